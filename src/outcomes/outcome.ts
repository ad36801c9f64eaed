/** What an outcome is: something that the world said about a prediction after it was made. */

/** The truth of one output, as it came. */
export type Truth = number | string | boolean

export interface OutputTruth {
  /** The name of the output; `undefined` where the prediction has only one. */
  readonly output: string | undefined
  readonly value: Truth
}

export interface OutputPrediction extends OutputTruth {
  /** Probability of the positive class, or of the predicted one where there are more than two, 0…1. */
  readonly score: number | undefined
}

interface Named {
  /** Empty where the outcome does not say. */
  readonly model: string
  readonly version: string
  /** When the truth was known; `undefined`: when the outcome arrived. */
  readonly timeMs: number | undefined
}

/** A label for a prediction that waits. */
export interface LabelOutcome extends Named {
  readonly kind: 'label'
  /** With the row of a batch already part of it: `id#3`. */
  readonly id: string
  readonly labels: readonly OutputTruth[]
}

/** A label that brings its prediction, so nothing has to be joined. */
export interface SelfContainedOutcome extends Named {
  readonly kind: 'self_contained'
  readonly predictions: readonly OutputPrediction[]
  readonly labels: readonly OutputTruth[]
}

/** A business figure. */
export interface FigureOutcome extends Named {
  readonly kind: 'figure'
  /** Of the prediction that it belongs to; `undefined` for a figure of the model as a whole. */
  readonly id: string | undefined
  readonly kpi: string
  readonly value: number
}

export type Outcome = LabelOutcome | SelfContainedOutcome | FigureOutcome

/** What became of an outcome; the values of the label `result` of `modeltap_outcomes_total`. */
export const OUTCOME_RESULTS = [
  'joined',
  'self_contained',
  'figure',
  'unknown',
  'replaced',
  'duplicate',
  'too_old',
  'unknown_output',
  'not_sampled',
  'wrong_type',
  'invalid',
  'model_limit',
  'store_failed',
] as const
export type OutcomeResult = (typeof OUTCOME_RESULTS)[number]

/** Why a prediction cannot be joined, or can no longer be. */
export const UNJOINABLE_REASONS = [
  'no_id',
  'id_too_long',
  'no_output',
  'target_limit',
  'store_full',
  'expired',
  'same_id',
  'store_failed',
] as const
export type UnjoinableReason = (typeof UNJOINABLE_REASONS)[number]

/** Things worth knowing of labels that were counted all the same. */
export const LABEL_REMARKS = ['unseen_class', 'class_limit'] as const
export type LabelRemark = (typeof LABEL_REMARKS)[number]

export function zeroCounts<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
}
