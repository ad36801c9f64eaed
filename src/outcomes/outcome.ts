/** An outcome: information about a prediction that arrives after it was made. */

/** The true value of one output, in the received form. */
export type Truth = number | string | boolean

export interface OutputTruth {
  /** The name of the output; `undefined` when the prediction has a single output. */
  readonly output: string | undefined
  readonly value: Truth
}

export interface OutputPrediction extends OutputTruth {
  /** Probability of the positive class, or of the predicted one with more than two classes, 0…1. */
  readonly score: number | undefined
}

interface Named {
  /** Empty when the outcome does not name a model. */
  readonly model: string
  readonly version: string
  /** When the truth was known; `undefined` means on arrival. */
  readonly timeMs: number | undefined
}

/** A label for a pending prediction. */
export interface LabelOutcome extends Named {
  readonly kind: 'label'
  /** Includes the row of a batch: `id#3`. */
  readonly id: string
  readonly labels: readonly OutputTruth[]
}

/** A label that carries its prediction, so no join is needed. */
export interface SelfContainedOutcome extends Named {
  readonly kind: 'self_contained'
  readonly predictions: readonly OutputPrediction[]
  readonly labels: readonly OutputTruth[]
}

/** A business figure. */
export interface FigureOutcome extends Named {
  readonly kind: 'figure'
  /** The prediction's id; `undefined` for a figure of the whole model. */
  readonly id: string | undefined
  readonly kpi: string
  readonly value: number
}

export type Outcome = LabelOutcome | SelfContainedOutcome | FigureOutcome

/** Results of outcomes; values of the label `result` of `modeltap_outcomes_total`. */
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

/** Why a prediction cannot be joined. */
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

/** Remarks on labels that were counted anyway. */
export const LABEL_REMARKS = ['unseen_class', 'class_limit'] as const
export type LabelRemark = (typeof LABEL_REMARKS)[number]

export function zeroCounts<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
}
