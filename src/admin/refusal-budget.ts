import type { Clock } from '../lib/clock.ts'

/** Refused attempts that are logged one by one in a minute; the next minute's first line tells how many more there were. */
const REFUSALS_LOGGED = 10
const REFUSALS_PER_MS = 60_000

/** Anybody can make refused attempts, as many as they like; the audit log is not to be filled by them. */
export class RefusalBudget {
  readonly #clock: Clock
  #startedMs = Number.NEGATIVE_INFINITY
  #refused = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts one. Whether it is to be logged, and with how many that were not. */
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
