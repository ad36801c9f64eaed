/**
 * Joins two halves of a call by id. Bounded in time, number and bytes; halves beyond the limits are delivered alone.
 */
import type { Clock } from '../lib/clock.ts'

export const HALF_SIDES = ['request', 'response'] as const
export type HalfSide = (typeof HALF_SIDES)[number]

/** Why half of a call was counted alone. */
export const JOIN_LOSSES = ['timeout', 'full', 'duplicate', 'no-id', 'stopped'] as const
export type JoinLoss = (typeof JOIN_LOSSES)[number]

export interface JoinerOptions<Half> {
  readonly waitMs: number
  readonly maxWaiting: number
  readonly maxWaitingBytes: number
  readonly clock: Clock
  readonly onPair: (request: Half, response: Half) => void
  readonly onAlone: (half: Half, side: HalfSide) => void
  /** Counts halves delivered alone or, for `duplicate`, not at all. */
  readonly losses: Record<JoinLoss, number>
}

interface Waiting<Half> {
  readonly half: Half
  readonly side: HalfSide
  readonly bytes: number
  readonly sinceMs: number
}

export class Joiner<Half> {
  readonly #options: JoinerOptions<Half>
  /** In order of arrival, oldest first. */
  readonly #waiting = new Map<string, Waiting<Half>>()
  #bytes = 0

  constructor(options: JoinerOptions<Half>) {
    this.#options = options
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** @param bytes memory that the half retains while waiting */
  add(id: string, side: HalfSide, half: Half, bytes: number): void {
    const { clock, onPair, losses } = this.#options
    this.expire()
    if (id === '') {
      this.#alone({ half, side }, 'no-id')
      return
    }
    const other = this.#waiting.get(id)
    if (other === undefined) {
      this.#waiting.set(id, { half, side, bytes, sinceMs: clock.monotonicMs() })
      this.#bytes += bytes
      this.#makeRoom()
    } else if (other.side === side) {
      losses.duplicate += 1
    } else {
      this.#remove(id, other)
      if (side === 'request') onPair(half, other.half)
      else onPair(other.half, half)
    }
  }

  /** Delivers halves alone when their wait has ended. */
  expire(): void {
    const dueMs = this.#options.clock.monotonicMs() - this.#options.waitMs
    for (const [id, waiting] of this.#waiting) {
      if (waiting.sinceMs > dueMs) return
      this.#remove(id, waiting)
      this.#alone(waiting, 'timeout')
    }
  }

  /** Delivers all waiting halves alone. */
  close(): void {
    for (const [id, waiting] of this.#waiting) {
      this.#remove(id, waiting)
      this.#alone(waiting, 'stopped')
    }
  }

  #makeRoom(): void {
    const { maxWaiting, maxWaitingBytes } = this.#options
    for (const [id, waiting] of this.#waiting) {
      if (this.#waiting.size <= maxWaiting && this.#bytes <= maxWaitingBytes) return
      this.#remove(id, waiting)
      this.#alone(waiting, 'full')
    }
  }

  #remove(id: string, { bytes }: Waiting<Half>): void {
    this.#waiting.delete(id)
    this.#bytes -= bytes
  }

  #alone({ half, side }: Pick<Waiting<Half>, 'half' | 'side'>, loss: JoinLoss): void {
    this.#options.losses[loss] += 1
    this.#options.onAlone(half, side)
  }
}
