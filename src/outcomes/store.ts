/**
 * The interface of stores for pending predictions. test/outcomes/stores.test.ts verifies the same guarantees for every
 * store.
 */
import type { OutputPrediction, OutputTruth, UnjoinableReason } from './outcome.ts'

export interface WaitingPrediction {
  readonly model: string
  readonly version: string
  readonly timeMs: number
  readonly outputs: readonly (OutputPrediction & { readonly output: string })[]
}

export interface HashedLabel {
  /** 16 Latin-1 characters. */
  readonly hash: string
  readonly labels: readonly OutputTruth[]
  readonly timeMs: number
}

/**
 * `held`: held until it has settled, then counted. `replaced`: held, and it replaced an earlier one with the same id.
 * `duplicate`: the id has already been counted. `unknown`: no such prediction is pending. `kept`: the store is down and
 * the label waits in the spool. `failed`: the store is down and the spool is full.
 */
export type Attachment = 'held' | 'replaced' | 'duplicate' | 'unknown' | 'kept' | 'failed'

/** A prediction with its label, handed out once. */
export interface JoinedPrediction {
  readonly prediction: WaitingPrediction
  readonly labels: readonly OutputTruth[]
  readonly labelTimeMs: number
}

export interface StoreStats {
  /** Predictions without a label; `undefined` while a remote store is unreachable. */
  readonly pending: number | undefined
  readonly dropped: Readonly<Partial<Record<UnjoinableReason, number>>>
  /** 1 when the store answers, 0 when it does not. */
  readonly up: boolean
  /** Bytes spooled on disk until the store is back. */
  readonly spoolBytes: number
}

export interface PredictionStore {
  /**
   * Never waits and never throws; a newer prediction with the same id replaces the older one.
   *
   * @param hash the four words of `IdHash.write`; reused after the call
   */
  readonly put: (hash: Uint32Array, prediction: WaitingPrediction) => void
  /** One result for each label, in order. Never rejects. */
  readonly attach: (labels: readonly HashedLabel[], nowMs: number) => Promise<readonly Attachment[]>
  /** Hands out settled labels. Never rejects. */
  readonly settled: (nowMs: number) => Promise<readonly JoinedPrediction[]>
  /** The prediction of an id, labelled or not. Never rejects. */
  readonly find: (hash: string) => Promise<WaitingPrediction | undefined>
  /** Drops predictions beyond the horizon and retries spooled entries. Called about once a second. */
  readonly tick: (nowMs: number) => Promise<void>
  /** Results of `kept` labels since the last call. */
  readonly takeLate?: () => readonly Attachment[]
  readonly stats: () => StoreStats
  readonly close: () => Promise<void>
}

export interface StoreLimits {
  readonly horizonMs: number
  readonly maxPending: number
  /** How long a label is held, so that a later one can replace it. */
  readonly settleMs: number
}
