/** Outcomes that came before their prediction was analysed, or before another replica had stored it: asked for again. */

/** Outcomes that wait at once; further ones of unknown ids are unknown at once. */
const MAX_WAITING = 10_000

interface Waiting<Entry> {
  readonly entry: Entry
  readonly untilMs: number
}

export class EarlyOutcomes<Entry> {
  readonly #waitMs: number
  #waiting: Waiting<Entry>[] = []

  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  get size(): number {
    return this.#waiting.length
  }

  /** False when there is no room, or nothing waits at all. */
  add(entry: Entry, nowMs: number): boolean {
    if (this.#waitMs === 0 || this.#waiting.length >= MAX_WAITING) return false
    this.#waiting.push({ entry, untilMs: nowMs + this.#waitMs })
    return true
  }

  /** All of them, to be asked for again; `last` for those that will not be put back. */
  take(nowMs: number): readonly { readonly entry: Entry; readonly isLast: boolean; readonly untilMs: number }[] {
    const taken = this.#waiting
    this.#waiting = []
    return taken.map(({ entry, untilMs }) => ({ entry, untilMs, isLast: untilMs <= nowMs }))
  }

  putBack(entry: Entry, untilMs: number): void {
    this.#waiting.push({ entry, untilMs })
  }
}
