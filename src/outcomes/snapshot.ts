/**
 * Outcome data for instruments, API, status page and reports. Counters are cumulative; gauges belong to one evaluation.
 */
import type { DetectorState } from './detectors/detector.ts'
import type { LabelRemark, OutcomeResult, UnjoinableReason } from './outcome.ts'
import type { MetricName } from './performance/index.ts'

export interface MetricSnapshot {
  readonly metric: MetricName
  readonly value: number
  readonly lower: number | undefined
  readonly upper: number | undefined
  /** Absent without a reference, and for metrics without a worse side. */
  readonly threshold: number | undefined
  readonly isWorse: boolean
}

export interface ClassSnapshot {
  readonly name: string
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly support: number
}

export interface PerformanceWindow {
  /** As in the configuration: `1h`. */
  readonly window: string
  /** Labelled predictions in the window; below `outcomes.minSamples` the rest is empty. */
  readonly observations: number
  readonly metrics: readonly MetricSnapshot[]
  readonly classes: readonly ClassSnapshot[]
}

export interface ConfusionCell {
  readonly predicted: string
  readonly actual: string
  readonly count: number
}

export interface ScoreBin {
  /** `0.05`: the upper edge, as text. */
  readonly bin: string
  /** 1, 2, 3 … from the lowest scores to the highest. */
  readonly position: number
  readonly positives: number
  readonly negatives: number
  /** Positives in lower bins plus half of those in this one, for the ROC curve of a fleet. */
  readonly positivesBelow: number
  /** Negatives in lower bins plus half of those in this one, for the AUC of a fleet. */
  readonly negativesBelow: number
  /** Sum of the scores. */
  readonly scores: number
}

export interface ScoreSums {
  readonly positive: string
  readonly bins: readonly ScoreBin[]
  readonly logLoss: number
  readonly squaredError: number
  readonly observations: number
}

export interface ErrorTotals {
  readonly over: number
  readonly under: number
  readonly absolute: number
  readonly squared: number
  readonly relative: number
  readonly relativeObservations: number
  readonly center: number
  readonly truthAbove: number
  readonly truthBelow: number
  readonly squaredTruth: number
}

export interface ConceptSnapshot {
  readonly detector: string
  readonly state: DetectorState
  readonly detections: Readonly<Record<'up' | 'down', number>>
  readonly lastDetectionEpochMs: number | undefined
}

interface OutputBase {
  readonly model: string
  readonly version: string
  readonly output: string
  /** Labelled predictions since the start. */
  readonly observations: number
  readonly remarks: Readonly<Record<LabelRemark, number>>
  readonly windows: readonly PerformanceWindow[]
  readonly concept: readonly ConceptSnapshot[]
  readonly reference: { readonly state: 'learning' | 'learned' | 'loaded'; readonly rows: number }
}

export interface ClassificationSnapshot extends OutputBase {
  readonly task: 'classification'
  readonly cells: readonly ConfusionCell[]
  readonly scores: ScoreSums | undefined
}

export interface RegressionSnapshot extends OutputBase {
  readonly task: 'regression'
  readonly errors: ErrorTotals
}

export type OutputSnapshot = ClassificationSnapshot | RegressionSnapshot

export interface OutcomeModelSnapshot {
  readonly model: string
  readonly version: string
  /** Predictions that could be joined, and joined ones. */
  readonly named: number
  readonly joined: number
  readonly results: Readonly<Partial<Record<OutcomeResult, number>>>
  readonly lastLabelEpochMs: number | undefined
}

export interface KpiSnapshot {
  readonly model: string
  readonly version: string
  readonly kpi: string
  readonly unit: string
  readonly predicted: string
  readonly gains: number
  readonly losses: number
  readonly count: number
  readonly windows: readonly { readonly window: string; readonly sum: number; readonly count: number }[]
}

export interface CostAmount {
  readonly model: string
  readonly version: string
  readonly kind: string
  readonly amount: number
}

export interface MistakeCost {
  readonly model: string
  readonly version: string
  readonly output: string
  readonly predicted: string
  readonly actual: string
  readonly amount: number
}

export interface CostsSnapshot {
  readonly currency: string
  readonly amounts: readonly CostAmount[]
  readonly mistakes: readonly MistakeCost[]
  readonly perThousandPredictions: readonly {
    readonly model: string
    readonly version: string
    readonly amount: number
  }[]
}

export interface OutcomesSnapshot {
  readonly results: Readonly<Record<OutcomeResult, number>>
  readonly unjoinable: Readonly<Record<UnjoinableReason, number>>
  readonly store: {
    readonly kind: string
    readonly up: boolean
    readonly pending: number | undefined
    readonly spoolBytes: number
    readonly waitingLabels: number
  }
  readonly models: readonly OutcomeModelSnapshot[]
  readonly outputs: readonly OutputSnapshot[]
  readonly kpis: readonly KpiSnapshot[]
}
