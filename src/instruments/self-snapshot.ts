/**
 * What modeltap tells about itself: the state of tap, ring, observer and limits at the moment of the question.
 * Counters are cumulative since the process started; a record by reason holds every reason it knows, 0 included,
 * because a series that first appears at 100 loses that 100 in PromQL.
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

/** Why an exchange or a connection was not observed: the observer's reasons, and those of the parts around it. */
export const UNSEEN_REASONS = [
  ...UNOBSERVED_REASONS,
  /** Connections that opened and closed while the ring had no room. */
  'unseen_connection',
  /** A stage of analysis threw. */
  'bug',
  /** An analysis thread ended while it read such a body. */
  'fatal_body',
] as const
export type UnseenReason = (typeof UNSEEN_REASONS)[number]

/** What ended an analysis thread that was replaced. */
export const RESTART_REASONS = ['crash', 'stall'] as const
export type RestartReason = (typeof RESTART_REASONS)[number]

/** Limits of analysis that keep series out. */
export const ANALYSIS_DROPS = ['models', 'model_names', 'features'] as const
export type AnalysisDrop = (typeof ANALYSIS_DROPS)[number]

/** How the latest reading of the configuration ended; the first one, at the start, was a success. */
export interface ConfigReload {
  readonly successful: boolean
  readonly successEpochMs: number
}

export interface SelfSnapshot {
  /**
   * Value of the label `model` for what belongs to the served process as a whole (CPU, memory, up): the configured
   * name, or the only model seen, or the upstream's address.
   */
  readonly servedModel: string
  /** As configured beside the model; absent without any. */
  readonly objectives?: {
    readonly owner?: string | undefined
    readonly availability?: number | undefined
    /** `bound` as the label `le` of the histograms spells it. */
    readonly latency?: { readonly seconds: number; readonly bound: string } | undefined
  }
  /** Absent where nothing can be reloaded. */
  readonly configReload?: ConfigReload
  /** Whether the last probe could open a connection to the model server; absent before the first one. */
  readonly upstreamReachable?: boolean
  /** Bytes copied from the connections into the ring, both directions. */
  readonly tapBytes: number
  /** Bytes that flowed but were not copied, by reason. */
  readonly droppedBytes: Readonly<Record<UncopiedReason, number>>
  /** Exchanges that were carried but could not be observed whole, by reason. */
  readonly unobservedExchanges: Readonly<Record<UnseenReason, number>>
  readonly decodeFailures: readonly {
    readonly protocol: string
    readonly reason: Failure
    readonly count: number
  }[]
  /** Successful calls with a body that gave no rows, by reason. */
  readonly exchangesWithoutRows: Readonly<Record<WithoutRows, number>>
  /** Exchanges that differed from what was learned of their route, by how. */
  readonly routeMisfits: Readonly<Record<Misfit, number>>
  /** What limits on structure kept out when routes were looked at, by limit. */
  readonly structureLimits: Readonly<Record<StructureLimit, number>>
  /** Share of the ring that waits to be read, 0…1. */
  readonly ringUsedRatio: number
  /** Seconds between a frame's time stamp and its being read, for the last frame. */
  readonly analysisLagSeconds: number
  /** Analysis threads that were replaced, by reason. */
  readonly restarts: Readonly<Record<RestartReason, number>>
  /** Open client connections. */
  readonly openConnections: number
  /** Client connections that modeltap refused or closed, by reason. */
  readonly endedConnections: Readonly<Record<EndReason, number>>
  /** Connections of the admin port that modeltap closed, by reason. */
  readonly closedAdminConnections: Readonly<Record<AdminCloseReason, number>>
  /** Requests whose response has not ended, by model (after the limit on models). */
  readonly inFlight: readonly { readonly model: string; readonly requests: number }[]
  /** Of each way in besides the proxy that is configured. */
  /** Absent unless traffic is captured. */
  readonly capture?: CaptureSnapshot
  readonly sources: SourceStats
  /** Series left out because a limit of analysis was reached, by limit. */
  readonly droppedSeries: Readonly<Record<AnalysisDrop, number>>
  /** Absent without `state.directory`. */
  readonly checkpoints?: {
    readonly outcomes: Readonly<Record<CheckpointOutcome, number>>
    /** Of the latest one on the disk; absent before the first. */
    readonly savedEpochMs?: number
    readonly savedBytes?: number
  }
  /** Absent without `neighbour.metrics`. */
  readonly neighbour?: NeighbourSnapshot
}

/** Why a series was left out on its way to the reader, whatever analysis did before. */
export const EXPOSITION_DROPS = ['series_limit', 'request_label_sets', 'duplicate'] as const
export type ExpositionDrop = (typeof EXPOSITION_DROPS)[number]

/** How the exposition itself fares; filled by src/exposition. */
export interface ExpositionStats {
  /** Series left out, counted again at each collection that leaves them out; `request_label_sets` at each request. */
  readonly droppedSeries: Readonly<Record<ExpositionDrop, number>>
  /** Of the last collection; 0 before the first. */
  readonly lastSeries: number
  readonly lastDurationSeconds: number
  /** Pushes over OTLP by how they ended; absent when there is no push. */
  readonly otlpExports?: Readonly<Record<OtlpOutcome, number>>
}

export const OTLP_OUTCOMES = ['success', 'partial', 'failure', 'skipped'] as const
export type OtlpOutcome = (typeof OTLP_OUTCOMES)[number]

/** Nothing has happened yet; for tests and for the moment before the first snapshot. */
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
  restarts: zeros(RESTART_REASONS),
  openConnections: 0,
  endedConnections: zeros(END_REASONS),
  closedAdminConnections: zeros(ADMIN_CLOSE_REASONS),
  inFlight: [],
  sources: {},
  droppedSeries: zeros(ANALYSIS_DROPS),
}
