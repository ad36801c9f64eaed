/**
 * Outcomes that arrived before their prediction was analysed, or before another replica stored it; they are retried.
 */

/** Maximum waiting outcomes; further ones with unknown ids count as unknown immediately. */
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

  /** Replaces an earlier one with that key. False without room, or when waiting is disabled. */
  add(key: string, entry: Entry, nowMs: number): boolean {
    const before = this.#waiting.get(key)
    if (before === undefined && (this.#waitMs === 0 || this.#waiting.size >= MAX_WAITING)) return false
    this.#waiting.set(key, { key, entry, untilMs: before?.untilMs ?? nowMs + this.#waitMs })
    return true
  }

  /** Removes and returns all of them for a retry. */
  take(): readonly EarlyOutcome<Entry>[] {
    const taken = [...this.#waiting.values()]
    this.#waiting.clear()
    return taken
  }

  /** Unless a later one with that key has arrived. */
  putBack(early: EarlyOutcome<Entry>): void {
    if (!this.#waiting.has(early.key)) this.#waiting.set(early.key, early)
  }
}
