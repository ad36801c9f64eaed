/** The registry of performance metrics: label values, thresholds, boards and docs derive from it. */

export type Task = 'classification' | 'regression'

export interface PerformanceMetric {
  readonly task: Task
  /** Whether higher or lower values are better; `none` has no worse side and no threshold. */
  readonly better: 'higher' | 'lower' | 'none'
  /** Bounds of the value, for its interval. */
  readonly range: readonly [number, number]
  readonly summary: string
}

const share = (summary: string): PerformanceMetric => ({
  task: 'classification',
  better: 'higher',
  range: [0, 1],
  summary,
})

const loss = (summary: string, most: number): PerformanceMetric => ({
  task: 'classification',
  better: 'lower',
  range: [0, most],
  summary,
})

const error = (summary: string): PerformanceMetric => ({
  task: 'regression',
  better: 'lower',
  range: [0, Infinity],
  summary,
})

export const performanceMetrics = {
  accuracy: share('share of right predictions'),
  balanced_accuracy: share('mean recall of the classes'),
  precision: share('of what was called positive, the share that was; macro mean with more than two classes'),
  recall: share('of what was positive, the share that was called so; macro mean with more than two classes'),
  f1: share('harmonic mean of precision and recall; macro mean with more than two classes'),
  precision_macro: share('mean precision of the classes'),
  recall_macro: share('mean recall of the classes that appear'),
  f1_macro: share('mean F1 of the classes'),
  mcc: { ...share("Matthews' correlation coefficient"), range: [-1, 1] },
  roc_auc: share('area under the ROC curve'),
  pr_auc: share('average precision, the area under the precision-recall curve'),
  log_loss: loss('mean negative log likelihood of the scores', Infinity),
  brier: loss('mean squared difference of score and truth', 1),
  ece: loss('expected calibration error over ten bins of equal width', 1),
  rmse: error('root of the mean squared error'),
  mae: error('mean absolute error'),
  mape: error('mean absolute error as a share of the truth, excluding rows with a true value of 0'),
  bias: {
    task: 'regression',
    better: 'none',
    range: [-Infinity, Infinity],
    summary: 'mean of predicted minus actual',
  },
  r2: {
    task: 'regression',
    better: 'higher',
    range: [-Infinity, 1],
    summary: 'share of the variance that is explained',
  },
} as const satisfies Record<string, PerformanceMetric>

export type MetricName = keyof typeof performanceMetrics

export const METRIC_NAMES = Object.keys(performanceMetrics) as [MetricName, ...MetricName[]]

export function findMetric(name: MetricName): PerformanceMetric {
  return performanceMetrics[name]
}
