/** The two kinds of column with drift rules. Their rules differ only in these names. */
export interface ColumnRules {
  /** The label that names the column, and the level of the recorded series. */
  readonly label: 'feature' | 'output'
  /** The part of the metric names that differs between them. */
  readonly family: 'feature' | 'prediction'
  readonly alert: string
  readonly noun: string
}

export const COLUMN_RULES: readonly ColumnRules[] = [
  { label: 'feature', family: 'feature', alert: 'FeatureDrift', noun: 'Feature' },
  { label: 'output', family: 'prediction', alert: 'PredictionDrift', noun: 'Prediction' },
]

/** Labels that identify one version of one model in a fleet. Rules sum over pods and instances. */
export const MODEL_LABELS = 'cluster, namespace, job, model, version'
