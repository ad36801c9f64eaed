/** What the admin port shows and does. All reads are of the latest state, cheap and synchronous. */
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

/** A prediction that gave no rows: where and why, never what it contained. */
export interface RecentFailure {
  readonly epochMs: number
  readonly model: string
  readonly protocol: string
  readonly reason: Failure
}

export interface About {
  /** `Clock.monotonicMs` at which the process started. */
  readonly startedMs: number
  /** Addresses as text, for people. */
  readonly listen: string
  readonly upstream: string
}

/** A route that changes state. Needs a token, and leaves one line in the audit log. */
export interface AdminAction {
  readonly path: string
  /** In the audit log: `baseline.learn`. */
  readonly name: string
  /** Largest body that it reads; without one it takes no body. */
  readonly maxBodyBytes?: number
  /** Status of an answer that went well; 200 when absent. */
  readonly status?: number
  /**
   * @param parameters of the query string. A `Problem` is returned to the caller; anything thrown is a 500.
   * @param body with its content encoding undone; empty for an action that takes none
   */
  readonly run: (
    parameters: URLSearchParams,
    body: Buffer,
  ) => Promise<{ readonly result: unknown } | { readonly status: number; readonly detail: string }>
}

/** A further JSON document; `undefined` is a 404. */
export interface AdminDocument {
  readonly path: string
  readonly read: (parameters: URLSearchParams) => unknown
  /** Whether a document has names out of payloads, which only the holder of a token may read. */
  readonly hasNames?: (document: unknown) => boolean
}

export interface AdminDependencies {
  readonly options: AdminOptions
  readonly about: About
  readonly snapshot: () => Snapshot
  readonly resources: () => ResourceSnapshot
  readonly history: History
  readonly self: () => SelfSnapshot
  /** Absent, and `undefined`, where no label can come. */
  readonly outcomes?: () => OutcomesSnapshot | undefined
  /** Routes of the model server, and how each is read. */
  readonly routes: () => readonly RouteReport[]
  /** Newest first, at most a few dozen. */
  readonly recentFailures: () => readonly RecentFailure[]
  readonly exposition: Exposition
  /** The model server's own metrics, answered behind ours. */
  readonly neighbour?: Neighbour | undefined
  /** The main thread answers probes itself, but for those that follow another request on the same connection. */
  readonly probe: (path: ProbePath) => ProbeAnswer
  readonly actions: readonly AdminAction[]
  readonly documents: readonly AdminDocument[]
  readonly clock: Clock
  readonly logger: Logger
}
