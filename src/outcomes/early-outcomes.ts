/** Outcomes that came before their prediction was analysed, or before another replica had stored it: asked for again. */

/** Outcomes that wait at once; further ones of unknown ids are unknown at once. */
const MAX_WAITING = 10_000

export interface EarlyOutcome<Entry> {
  readonly key: string
  readonly entry: Entry
  readonly untilMs: number
}

export class EarlyOutcomes<Entry> {
  readonly #waitMs: number
  readonly #waiting = new Map<string, EarlyOutcome<Entry>>()

  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  get size(): number {
    return this.#waiting.size
  }

  has(key: string): boolean {
    return this.#waiting.has(key)
  }

  /** In the place of an earlier one with that key. False when there is no room, or nothing waits at all. */
  add(key: string, entry: Entry, nowMs: number): boolean {
    const before = this.#waiting.get(key)
    if (before === undefined && (this.#waitMs === 0 || this.#waiting.size >= MAX_WAITING)) return false
    this.#waiting.set(key, { key, entry, untilMs: before?.untilMs ?? nowMs + this.#waitMs })
    return true
  }

  /** All of them, to be asked for again. */
  take(): readonly EarlyOutcome<Entry>[] {
    const taken = [...this.#waiting.values()]
    this.#waiting.clear()
    return taken
  }

  /** Unless a later one with that key has come meanwhile. */
  putBack(early: EarlyOutcome<Entry>): void {
    if (!this.#waiting.has(early.key)) this.#waiting.set(early.key, early)
  }
}
