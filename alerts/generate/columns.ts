/** The two kinds of column that drift rules exist for; their rules differ in nothing but these names. */
export interface ColumnRules {
  /** The label that names the column, and the level of the recorded series. */
  readonly label: 'feature' | 'output'
  /** The part of the metric names that tells the two apart. */
  readonly family: 'feature' | 'prediction'
  readonly alert: string
  readonly noun: string
}

export const COLUMN_RULES: readonly ColumnRules[] = [
  { label: 'feature', family: 'feature', alert: 'FeatureDrift', noun: 'Feature' },
  { label: 'output', family: 'prediction', alert: 'PredictionDrift', noun: 'Prediction' },
]

/** What identifies one version of one model in a fleet; pods and instances are summed over. */
export const MODEL_LABELS = 'cluster, namespace, job, model, version'
