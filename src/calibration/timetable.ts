/** End times of windows and days for learning: windows of a fixed grid that starts with the first row. */

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** Days without a row after which the grid restarts. */
const LONGEST_GAP_DAYS = 2

/** A moment at which windows or a day end. */
export interface Moment {
  readonly atMs: number
  /** Indices of the windows that end, shortest first. */
  readonly windows: readonly number[]
  /** Whether a shortest window ends that started at the end of the previous one: its rows were not counted yet. */
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
    // Windows of an hour or more overlap by half, so that a few days give enough samples.
    this.#stepsMs = windowsMs.map((windowMs) =>
      windowMs >= DAY_MS ? DAY_MS : windowMs >= HOUR_MS ? windowMs / 2 : windowMs,
    )
    this.#startMs = startMs
    this.#dayEndMs = startMs + DAY_MS
    this.#next = this.#stepsMs.map((stepMs) => startMs + stepMs)
  }

  /** Nothing ends before this time. */
  get nextMs(): number {
    return Math.min(this.#dayEndMs, ...this.#next)
  }

  /** Milliseconds of the current day. */
  elapsedMs(nowMs: number): number {
    return nowMs - (this.#dayEndMs - DAY_MS)
  }

  /** Continues in the middle of a day. */
  resume(elapsedMs: number, nowMs: number): void {
    this.#startAt(nowMs - Math.min(Math.max(elapsedMs, 0), DAY_MS), nowMs)
  }

  /** Everything that has ended, in order of time. */
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
        // A window that started before the first row is incomplete.
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
