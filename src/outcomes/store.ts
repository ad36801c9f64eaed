/** Where predictions wait for their labels. Every store keeps the same promises; test/outcomes/stores.test.ts holds them. */
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
 * `held`: it is held until it has settled, and then counted. `replaced`: so it is, in place of an earlier one of the same
 * id. `duplicate`: the id has been counted already. `unknown`: no such prediction waits. `kept`: the store is down, and the
 * label waits until it is back. `failed`: so it is, and there is no room left to wait in.
 */
export type Attachment = 'held' | 'replaced' | 'duplicate' | 'unknown' | 'kept' | 'failed'

/** A prediction with its label, handed out once. */
export interface JoinedPrediction {
  readonly prediction: WaitingPrediction
  readonly labels: readonly OutputTruth[]
  readonly labelTimeMs: number
}

export interface StoreStats {
  /** Predictions without a label yet; `undefined` while a remote store cannot tell. */
  readonly pending: number | undefined
  readonly dropped: Readonly<Partial<Record<UnjoinableReason, number>>>
  /** 1 when the store answers, 0 when it does not. */
  readonly up: boolean
  /** Bytes that wait on the disk for the store to come back. */
  readonly spoolBytes: number
}

export interface PredictionStore {
  /** Never waits and never throws; a newer prediction of the same id takes the place of the older one. */
  readonly put: (hash: string, prediction: WaitingPrediction) => void
  /** One answer a label, in their order. Never rejects. */
  readonly attach: (labels: readonly HashedLabel[], nowMs: number) => Promise<readonly Attachment[]>
  /** Hands out what has settled. Never rejects. */
  readonly settled: (nowMs: number) => Promise<readonly JoinedPrediction[]>
  /** The prediction of an id, labelled or not. Never rejects. */
  readonly find: (hash: string) => Promise<WaitingPrediction | undefined>
  /** Lets go of what is beyond the horizon, and goes on with what had to wait. Called about once a second. */
  readonly tick: (nowMs: number) => Promise<void>
  /** What became of labels that were `kept`, since it was asked last. */
  readonly takeLate?: () => readonly Attachment[]
  readonly stats: () => StoreStats
  readonly close: () => Promise<void>
}

export interface StoreLimits {
  readonly horizonMs: number
  readonly maxPending: number
  /** How long a label is held, so that a later one can take its place. */
  readonly settleMs: number
}
