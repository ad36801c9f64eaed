import type { Clock } from '../lib/clock.ts'

/**
 * The clock of a replayed file: its latest timestamp. It never goes back: an out-of-order row counts on arrival, as in
 * live traffic. Without timestamps, rows arrive at a fixed rate from 0 on.
 */
export class FileClock implements Clock {
  /** Milliseconds since the Unix epoch of the first and the last row; `undefined` before the first timestamp. */
  firstMs: number | undefined
  lastMs: number | undefined
  /** Rows with a timestamp before that of an earlier row. */
  outOfOrder = 0
  readonly #msPerRow: number
  #nowMs = 0

  constructor(rowsPerSecond: number) {
    this.#msPerRow = 1_000 / rowsPerSecond
  }

  epochMs = (): number => this.#nowMs

  monotonicMs = (): number => this.#nowMs

  /** Rows without a timestamp before the next multiple of `lengthMs`, at least one. */
  rowsUntil(lengthMs: number): number {
    const next = this.#nowMs + this.#msPerRow
    const endMs = (Math.floor(next / lengthMs) + 1) * lengthMs
    return Math.max(1, Math.ceil((endMs - this.#nowMs) / this.#msPerRow) - 1)
  }

  isTimed = (): boolean => this.firstMs !== undefined

  /** The next row has arrived. */
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
