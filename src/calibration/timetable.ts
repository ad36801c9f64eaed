/** When windows are over and days end, for learning: windows of a fixed grid that starts with the first row. */

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** Days without a row after which the grid starts anew. */
const LONGEST_GAP_DAYS = 2

/** A moment at which something is over. */
export interface Moment {
  readonly atMs: number
  /** Windows that end, by their place; shortest first. */
  readonly windows: readonly number[]
  /** Whether the shortest window ends that began where the one before it ended: its rows were not counted yet. */
  readonly hasNewRows: boolean
  readonly isDayEnd: boolean
}

export class Timetable {
  readonly #windowsMs: readonly number[]
  readonly #stepsMs: readonly number[]
  #startMs: number
  #dayEndMs: number
  readonly #next: number[]

  /** @param windowsMs shortest first */
  constructor(windowsMs: readonly number[], startMs: number) {
    this.#windowsMs = windowsMs
    // Windows of an hour and more overlap by half, so that few days give enough of them.
    this.#stepsMs = windowsMs.map((windowMs) =>
      windowMs >= DAY_MS ? DAY_MS : windowMs >= HOUR_MS ? windowMs / 2 : windowMs,
    )
    this.#startMs = startMs
    this.#dayEndMs = startMs + DAY_MS
    this.#next = this.#stepsMs.map((stepMs) => startMs + stepMs)
  }

  /** Before it nothing is over. */
  get nextMs(): number {
    return Math.min(this.#dayEndMs, ...this.#next)
  }

  /** Milliseconds of the day that is being learned. */
  elapsedMs(nowMs: number): number {
    return nowMs - (this.#dayEndMs - DAY_MS)
  }

  /** Goes on in the middle of a day. */
  resume(elapsedMs: number, nowMs: number): void {
    this.#startAt(nowMs - Math.min(Math.max(elapsedMs, 0), DAY_MS), nowMs)
  }

  /** What is over by now, in the order of time. */
  *due(nowMs: number): Generator<Moment> {
    if (nowMs - this.nextMs > LONGEST_GAP_DAYS * DAY_MS) {
      yield { atMs: this.#dayEndMs, windows: [], hasNewRows: false, isDayEnd: true }
      this.#startAt(nowMs, nowMs)
      return
    }
    for (let atMs = this.nextMs; atMs <= nowMs; atMs = this.nextMs) {
      const windows: number[] = []
      for (let place = 0; place < this.#next.length; place += 1) {
        if ((this.#next[place] as number) > atMs) continue
        // A window that began before the first row is not a whole one.
        if (atMs - this.#startMs >= 0.9 * (this.#windowsMs[place] as number)) windows.push(place)
        this.#next[place] = atMs + (this.#stepsMs[place] as number)
      }
      const [shortest = 0] = this.#windowsMs
      const hasNewRows = windows[0] === 0 && Math.round((atMs - this.#startMs) / (shortest / 2)) % 2 === 0
      const isDayEnd = atMs >= this.#dayEndMs
      if (isDayEnd) this.#dayEndMs = atMs + DAY_MS
      yield { atMs, windows, hasNewRows, isDayEnd }
    }
  }

  #startAt(startMs: number, nowMs: number): void {
    this.#startMs = startMs
    this.#dayEndMs = startMs + DAY_MS
    for (const [place, stepMs] of this.#stepsMs.entries()) this.#next[place] = nowMs + stepMs
  }
}
