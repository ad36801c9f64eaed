/** Data and actions of the admin port. All reads return the latest state, cheap and synchronous. */
import type { ProbeAnswer, ProbePath } from '../admin-port/probes.ts'
import type { Snapshot } from '../analysis/snapshot.ts'
import type { RouteReport } from '../calls/route-report.ts'
import type { Exposition } from '../exposition/exposition.ts'
import type { Failure } from '../formats/failure.ts'
import type { SelfSnapshot } from '../instruments/self-snapshot.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { Neighbour } from '../model-server/neighbour.ts'
import type { OutcomesSnapshot } from '../outcomes/snapshot.ts'
import type { ResourceSnapshot } from '../resources/snapshot.ts'
import type { History } from './history.ts'
import type { AdminOptions } from './options.ts'

/** A prediction without rows: where and why, never its content. */
export interface RecentFailure {
  readonly epochMs: number
  readonly model: string
  readonly protocol: string
  readonly reason: Failure
}

export interface About {
  /** `Clock.monotonicMs` at which the process started. */
  readonly startedMs: number
  /** Addresses as text, for display. */
  readonly listen: string
  readonly upstream: string
}

/** A route that changes state. Requires a token, and writes one line to the audit log. */
export interface AdminAction {
  readonly path: string
  /** In the audit log: `baseline.learn`. */
  readonly name: string
  /** Maximum body size; without it the action takes no body. */
  readonly maxBodyBytes?: number
  /** Status of a successful answer; 200 by default. */
  readonly status?: number
  /**
   * @param parameters of the query string. A `Problem` is returned to the caller; an exception is a 500.
   * @param body after decoding its content encoding; empty for an action without a body
   */
  readonly run: (
    parameters: URLSearchParams,
    body: Buffer,
  ) => Promise<{ readonly result: unknown } | { readonly status: number; readonly detail: string }>
}

/** An additional JSON document; `undefined` gives a 404. */
export interface AdminDocument {
  readonly path: string
  readonly read: (parameters: URLSearchParams) => unknown
  /** Whether a document contains names from payloads, which require a token. */
  readonly hasNames?: (document: unknown) => boolean
}

export interface AdminDependencies {
  readonly options: AdminOptions
  readonly about: About
  readonly snapshot: () => Snapshot
  readonly resources: () => ResourceSnapshot
  readonly history: History
  readonly self: () => SelfSnapshot
  /** Absent, and `undefined`, when no label can arrive. */
  readonly outcomes?: () => OutcomesSnapshot | undefined
  /** Routes of the model server, and how each is understood. */
  readonly routes: () => readonly RouteReport[]
  /** Newest first, at most a few dozen. */
  readonly recentFailures: () => readonly RecentFailure[]
  readonly exposition: Exposition
  /** The model server's own metrics, appended to ours. */
  readonly neighbour?: Neighbour | undefined
  /** The main thread answers probes itself, except those after another request on the same connection. */
  readonly probe: (path: ProbePath) => ProbeAnswer
  readonly actions: readonly AdminAction[]
  readonly documents: readonly AdminDocument[]
  readonly clock: Clock
  readonly logger: Logger
}
