/**
 * modeltap's own state: tap, ring, observer and limits at the time of the call. Counters are cumulative since the
 * process started. A record by reason contains every known reason, including 0, because a series that first appears at
 * 100 loses that 100 in PromQL.
 */
import { WITHOUT_ROWS, type WithoutRows } from '../calls/without-rows.ts'
import type { CaptureSnapshot } from '../capture/snapshot.ts'
import type { CheckpointOutcome } from '../checkpoints/checkpoints.ts'
import type { Failure } from '../formats/failure.ts'
import { zeros } from '../lib/zeros.ts'
import type { NeighbourSnapshot } from '../model-server/snapshot.ts'
import { UNOBSERVED_REASONS } from '../observe/unobserved.ts'
import { STRUCTURE_LIMITS, type StructureLimit } from '../records/structure/limits.ts'
import { type Misfit, MISFITS } from '../records/structure/plan.ts'
import {
  ADMIN_CLOSE_REASONS,
  type AdminCloseReason,
  END_REASONS,
  type EndReason,
  UNCOPIED_REASONS,
  type UncopiedReason,
} from '../ring/control.ts'
import type { SourceStats } from '../sources/index.ts'

/** Why an exchange or a connection was not observed: the observer's reasons and those around it. */
export const UNSEEN_REASONS = [
  ...UNOBSERVED_REASONS,
  /** Connections that opened and closed while the ring was full. */
  'unseen_connection',
  /** A stage of analysis threw. */
  'bug',
  /** An analysis thread crashed while reading such a body before. */
  'fatal_body',
] as const
export type UnseenReason = (typeof UNSEEN_REASONS)[number]

/** Why an analysis thread was replaced. */
export const RESTART_REASONS = ['crash', 'stall'] as const
export type RestartReason = (typeof RESTART_REASONS)[number]

/** Limits of analysis that drop series. */
export const ANALYSIS_DROPS = ['models', 'model_names', 'features'] as const
export type AnalysisDrop = (typeof ANALYSIS_DROPS)[number]

/** Result of the latest configuration reload; the first read at start counts as a success. */
export interface ConfigReload {
  readonly successful: boolean
  readonly successEpochMs: number
}

export interface SelfSnapshot {
  /**
   * Value of the label `model` for the served process as a whole (CPU, memory, up): the configured name, or the only
   * model seen, or the upstream's address.
   */
  readonly servedModel: string
  /** Configured objectives; absent without any. */
  readonly objectives?: {
    readonly owner?: string | undefined
    readonly availability?: number | undefined
    /** `bound` is spelled like the label `le` of the histograms. */
    readonly latency?: { readonly seconds: number; readonly bound: string } | undefined
  }
  /** Absent when nothing can be reloaded. */
  readonly configReload?: ConfigReload
  /** Whether the last probe could connect to the model server; absent before the first one. */
  readonly upstreamReachable?: boolean
  /** Bytes copied from the connections into the ring, both directions. */
  readonly tapBytes: number
  /** Bytes forwarded but not copied, by reason. */
  readonly droppedBytes: Readonly<Record<UncopiedReason, number>>
  /** Exchanges forwarded but not completely observed, by reason. */
  readonly unobservedExchanges: Readonly<Record<UnseenReason, number>>
  readonly decodeFailures: readonly {
    readonly protocol: string
    readonly reason: Failure
    readonly count: number
  }[]
  /** Successful calls with a body that yielded no rows, by reason. */
  readonly exchangesWithoutRows: Readonly<Record<WithoutRows, number>>
  /** Exchanges that differed from the learned structure of their route, by kind. */
  readonly routeMisfits: Readonly<Record<Misfit, number>>
  /** Structure left out because of limits, by limit. */
  readonly structureLimits: Readonly<Record<StructureLimit, number>>
  /** Unread share of the ring, 0…1. */
  readonly ringUsedRatio: number
  /** Seconds between a frame's timestamp and its reading, for the last frame. */
  readonly analysisLagSeconds: number
  /** Longest stall of the main thread's event loop in the last minute. */
  readonly eventLoopStallSeconds: number
  /** Replaced analysis threads, by reason. */
  readonly restarts: Readonly<Record<RestartReason, number>>
  /** Open client connections. */
  readonly openConnections: number
  /** Client connections that modeltap refused or closed, by reason. */
  readonly endedConnections: Readonly<Record<EndReason, number>>
  /** Connections of the admin port that modeltap closed, by reason. */
  readonly closedAdminConnections: Readonly<Record<AdminCloseReason, number>>
  /** Requests without a finished response, by model (after the limit of models). */
  readonly inFlight: readonly { readonly model: string; readonly requests: number }[]
  /** For each configured source besides the proxy. */
  /** Absent without a capture. */
  readonly capture?: CaptureSnapshot
  readonly sources: SourceStats
  /** Series dropped because of a limit of analysis, by limit. */
  readonly droppedSeries: Readonly<Record<AnalysisDrop, number>>
  /** Absent without `state.directory`. */
  readonly checkpoints?: {
    readonly outcomes: Readonly<Record<CheckpointOutcome, number>>
    /** Of the latest checkpoint on disk; absent before the first. */
    readonly savedEpochMs?: number
    readonly savedBytes?: number
  }
  /** Absent without `neighbour.metrics`. */
  readonly neighbour?: NeighbourSnapshot
}

/** Why the exposition dropped a series, independent of analysis. */
export const EXPOSITION_DROPS = ['series_limit', 'request_label_sets', 'duplicate'] as const
export type ExpositionDrop = (typeof EXPOSITION_DROPS)[number]

/** State of the exposition; filled by src/exposition. */
export interface ExpositionStats {
  /** Dropped series, counted at each collection; `request_label_sets` at each request. */
  readonly droppedSeries: Readonly<Record<ExpositionDrop, number>>
  /** In the last collection; 0 before the first. */
  readonly lastSeries: number
  readonly lastDurationSeconds: number
  /** OTLP pushes by result; absent without pushes. */
  readonly otlpExports?: Readonly<Record<OtlpOutcome, number>>
}

export const OTLP_OUTCOMES = ['success', 'partial', 'failure', 'skipped'] as const
export type OtlpOutcome = (typeof OTLP_OUTCOMES)[number]

/** The state before anything has happened; for tests and before the first snapshot. */
export const emptySelfSnapshot: SelfSnapshot = {
  servedModel: '',
  tapBytes: 0,
  droppedBytes: zeros(UNCOPIED_REASONS),
  unobservedExchanges: zeros(UNSEEN_REASONS),
  decodeFailures: [],
  exchangesWithoutRows: zeros(WITHOUT_ROWS),
  routeMisfits: zeros(MISFITS),
  structureLimits: zeros(STRUCTURE_LIMITS),
  ringUsedRatio: 0,
  analysisLagSeconds: 0,
  eventLoopStallSeconds: 0,
  restarts: zeros(RESTART_REASONS),
  openConnections: 0,
  endedConnections: zeros(END_REASONS),
  closedAdminConnections: zeros(ADMIN_CLOSE_REASONS),
  inFlight: [],
  sources: {},
  droppedSeries: zeros(ANALYSIS_DROPS),
}
