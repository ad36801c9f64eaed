/** Counts what analysis could not see or understand, by reason; every reason starts at 0. */
import type { Failure } from '../formats/failure.ts'
import { zeros } from '../lib/zeros.ts'
import { UNOBSERVED_REASONS, type UnobservedReason } from '../observe/unobserved.ts'

export interface FailureRecord {
  readonly epochMs: number
  readonly model: string
  readonly protocol: string
  readonly reason: Failure
}

/** Failures kept for the status page; older ones remain in the counters only. */
const RECENT_FAILURES = 32

export class SelfCounters {
  readonly unobserved = zeros(UNOBSERVED_REASONS)
  /** Number of times a column was left out of a batch. */
  droppedColumns = 0
  /** Exceptions in analysis stages: bugs. */
  bugs = 0
  readonly #decodeFailures = new Map<string, Map<Failure, number>>()
  readonly #recent: FailureRecord[] = []

  countUnobserved = (reason: UnobservedReason, count = 1): void => {
    this.unobserved[reason] += count
  }

  countDecodeFailure(failure: FailureRecord): void {
    const { protocol, reason } = failure
    const reasons = this.#decodeFailures.get(protocol) ?? new Map<Failure, number>()
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    this.#decodeFailures.set(protocol, reasons)
    this.#recent.unshift(failure)
    if (this.#recent.length > RECENT_FAILURES) this.#recent.pop()
  }

  /** Newest first. */
  get recentFailures(): readonly FailureRecord[] {
    return this.#recent
  }

  get decodeFailures(): { readonly protocol: string; readonly reason: Failure; readonly count: number }[] {
    return [...this.#decodeFailures].flatMap(([protocol, reasons]) =>
      [...reasons].map(([reason, count]) => ({ protocol, reason, count })),
    )
  }
}
