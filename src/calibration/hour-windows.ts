/** Rows of each window by hour of the day: the expectation of a window depends on the arrival times of its rows. */
import { ColumnWindows, type ColumnWindowsState } from '../windows/column-windows.ts'
import { addRowsAt, HOURS, PARTS } from './hours.ts'

export class HourWindows {
  readonly #windows: ColumnWindows
  readonly #isTimed: boolean

  constructor(windowsMs: readonly number[], nowMs: number, isTimed: boolean) {
    this.#isTimed = isTimed
    this.#windows = new ColumnWindows({ windowsMs, layout: { counters: HOURS, numbers: undefined }, nowMs })
  }

  /** @param nowMs since the Unix epoch */
  add(rows: number, nowMs: number): void {
    if (nowMs >= this.#windows.paneEndMs) this.#windows.advance(nowMs)
    const { openCounts } = this.#windows
    if (this.#isTimed) addRowsAt(nowMs, rows, openCounts)
    // Rows without a time count equally for all hours.
    else
      for (let hour = 0; hour < HOURS; hour += 1)
        openCounts[hour] = (openCounts[hour] as number) + rows * PARTS
  }

  /** For each window, shortest first: rows at each of 24 hours, interpolated linearly between their middles. */
  weights(nowMs: number): Float64Array[] {
    this.#windows.advance(nowMs)
    return this.#windows.summaries().map(({ counts }) => Float64Array.from(counts))
  }

  state(): ColumnWindowsState {
    return this.#windows.state()
  }

  restore(state: ColumnWindowsState, nowMs: number): void {
    this.#windows.restore(state, new Float64Array(HOURS), nowMs)
  }
}
