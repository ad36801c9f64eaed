/**
 * Local ports of modeltap's own connections to the model server, one bit each. The analysis thread sets a bit before it
 * connects. The capture ignores such connections, because they are not traffic of the model.
 */
import type { TapMemory } from './memory.ts'

export class OwnPorts {
  readonly #bits: Uint8Array

  constructor({ ownPorts }: Pick<TapMemory, 'ownPorts'>) {
    this.#bits = new Uint8Array(ownPorts)
  }

  has(port: number): boolean {
    return ((this.#bits[port >>> 3] as number) & (1 << (port & 7))) !== 0
  }

  add(port: number): void {
    this.#bits[port >>> 3] = (this.#bits[port >>> 3] as number) | (1 << (port & 7))
  }

  delete(port: number): void {
    this.#bits[port >>> 3] = (this.#bits[port >>> 3] as number) & ~(1 << (port & 7))
  }

  /** Clears the bits that a crashed thread left behind. */
  clear(): void {
    this.#bits.fill(0)
  }
}
