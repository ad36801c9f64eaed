import type { Clock } from '../lib/clock.ts'

/**
 * The time of a file that is replayed: that of its latest time stamp. It never goes back: a row that is out of order
 * counts when it comes, as it would have in live traffic. Without time stamps rows come at a fixed rate from 0 on.
 */
export class FileClock implements Clock {
  /** Milliseconds since the Unix epoch of the first and the last row; `undefined` while none had a time stamp. */
  firstMs: number | undefined
  lastMs: number | undefined
  /** Rows whose time stamp was before that of an earlier one. */
  outOfOrder = 0
  readonly #msPerRow: number
  #nowMs = 0

  constructor(rowsPerSecond: number) {
    this.#msPerRow = 1_000 / rowsPerSecond
  }

  epochMs = (): number => this.#nowMs

  monotonicMs = (): number => this.#nowMs

  /** Rows without a time stamp that come before a multiple of `lengthMs` is reached, at least one. */
  rowsUntil(lengthMs: number): number {
    const next = this.#nowMs + this.#msPerRow
    const endMs = (Math.floor(next / lengthMs) + 1) * lengthMs
    return Math.max(1, Math.ceil((endMs - this.#nowMs) / this.#msPerRow) - 1)
  }

  isTimed = (): boolean => this.firstMs !== undefined

  /** The next row has come. */
  tick(epochMs: number | undefined): void {
    if (epochMs === undefined) {
      if (this.firstMs === undefined) this.#nowMs += this.#msPerRow
      return
    }
    this.firstMs ??= epochMs
    if (this.lastMs !== undefined && epochMs < this.lastMs) this.outOfOrder += 1
    else this.lastMs = epochMs
    this.#nowMs = Math.max(this.#nowMs, epochMs)
  }
}
