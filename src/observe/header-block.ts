// HOT: per header block
import type { BufferPool } from './buffer-pool.ts'

const INITIAL_BYTES = 512

/** Collects one HPACK header block from its frames; the pool lends memory for a large one until `clear`. */
export class HeaderBlock {
  readonly #pool: BufferPool
  readonly #limit: number
  readonly #initial = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  #buffer: Buffer = this.#initial
  #length = 0

  constructor(pool: BufferPool, limit: number) {
    this.#pool = pool
    this.#limit = limit
  }

  /** Valid until the next `append` or `clear`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Returns the reason if the bytes could not be added. */
  append(source: Buffer, start: number, end: number): 'head_too_large' | 'copy_memory' | undefined {
    const length = this.#length + end - start
    if (length > this.#limit) return 'head_too_large'
    if (length > this.#buffer.length) {
      const larger = this.#pool.acquire(length)
      if (larger === undefined) return 'copy_memory'
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#giveBack()
      this.#buffer = larger
    }
    source.copy(this.#buffer, this.#length, start, end)
    this.#length = length
    return undefined
  }

  clear(): void {
    this.#length = 0
    this.#giveBack()
    this.#buffer = this.#initial
  }

  #giveBack(): void {
    if (this.#buffer !== this.#initial) this.#pool.release(this.#buffer)
  }
}
