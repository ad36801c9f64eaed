/**
 * What modeltap tells about itself: the state of tap, ring, observer and limits at the moment of the question.
 * Counters are cumulative since the process started; a record by reason holds every reason it knows, 0 included,
 * because a series that first appears at 100 loses that 100 in PromQL.
 */
import type { NeighbourSnapshot } from '../model-server/snapshot.ts'
import type { Failure } from '../protocols/protocol.ts'
import type { CloudeventsStats, TailStats } from '../sources/source-stats.ts'

export interface SelfSnapshot {
  /**
   * Value of the label `model` for what belongs to the served process as a whole (CPU, memory, up): the configured
   * name, or the only model seen, or the upstream's address.
   */
  readonly servedModel: string
  /** Whether the last probe could open a connection to the model server; absent before the first one. */
  readonly upstreamReachable?: boolean
  /** Bytes copied from the connections into the ring, both directions. */
  readonly tapBytes: number
  /** Bytes that flowed but were not copied, by reason. */
  readonly droppedBytes: Readonly<Record<string, number>>
  /** Exchanges that were carried but could not be observed whole, by reason. */
  readonly unobservedExchanges: Readonly<Record<string, number>>
  readonly decodeFailures: readonly {
    readonly protocol: string
    readonly reason: Failure
    readonly count: number
  }[]
  /** Share of the ring that waits to be read, 0…1. */
  readonly ringUsedRatio: number
  /** Seconds between a frame's time stamp and its being read, for the last frame. */
  readonly analysisLagSeconds: number
  /** Analysis threads that were replaced, by reason. */
  readonly restarts: Readonly<Record<string, number>>
  /** Client connections that are open now. */
  readonly openConnections: number
  /** Client connections that modeltap refused or ended by itself, by reason. */
  readonly endedConnections: Readonly<Record<string, number>>
  /** Requests whose response has not ended, by model (after the limit on models). */
  readonly inFlight: readonly { readonly model: string; readonly requests: number }[]
  /** Absent when no log files are followed. */
  readonly tail?: TailStats
  /** Absent when no CloudEvents are taken. */
  readonly cloudevents?: CloudeventsStats
  /** Series left out because a limit of analysis was reached, by limit: `models`, `features`, `categories`. */
  readonly droppedSeries: Readonly<Record<string, number>>
  /** Absent without `state.directory`. */
  readonly checkpoints?: {
    readonly outcomes: Readonly<Record<'saved' | 'failed' | 'set_aside', number>>
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

export const OTLP_OUTCOMES = ['success', 'failure', 'skipped'] as const
export type OtlpOutcome = (typeof OTLP_OUTCOMES)[number]

/** Nothing has happened yet; for tests and for the moment before the first snapshot. */
export const emptySelfSnapshot: SelfSnapshot = {
  servedModel: '',
  tapBytes: 0,
  droppedBytes: {},
  unobservedExchanges: {},
  decodeFailures: [],
  ringUsedRatio: 0,
  analysisLagSeconds: 0,
  restarts: {},
  openConnections: 0,
  endedConnections: {},
  inFlight: [],
  droppedSeries: {},
}
