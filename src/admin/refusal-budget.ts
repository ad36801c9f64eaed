import type { Clock } from '../lib/clock.ts'

/**
 * Refused attempts logged individually in a minute; the first line of the next minute gives the number of the others.
 */
const REFUSALS_LOGGED = 10
const REFUSALS_PER_MS = 60_000

/** Anyone can make any number of refused attempts, so they must not fill the audit log. */
export class RefusalBudget {
  readonly #clock: Clock
  #startedMs = Number.NEGATIVE_INFINITY
  #refused = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts one attempt. Returns whether to log it, and the number of unlogged ones. */
  take(): { readonly unlogged?: number } | undefined {
    const nowMs = this.#clock.monotonicMs()
    const unlogged = Math.max(0, this.#refused - REFUSALS_LOGGED)
    const isNew = nowMs - this.#startedMs >= REFUSALS_PER_MS
    if (isNew) {
      this.#startedMs = nowMs
      this.#refused = 0
    }
    this.#refused += 1
    if (this.#refused > REFUSALS_LOGGED) return undefined
    return isNew && unlogged > 0 ? { unlogged } : {}
  }
}
