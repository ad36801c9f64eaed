/** Where a classifier was right: by class, and by its scores. */
import { metric } from '../../src/instruments/catalogue.ts'
import type { MetricDescriptor } from '../../src/instruments/metric.ts'
import { COLOR } from '../look.ts'
import { recorded, series } from '../selectors.ts'
import { barChart } from '../visuals/bar-chart.ts'
import { curve } from '../visuals/curve.ts'
import { matrix } from '../visuals/matrix.ts'
import { timeseries } from '../visuals/timeseries.ts'

const NO_SCORE = 'No scores'

/** Two outputs with the same classes stay apart. */
const byPredictedAndActual = (selector: string): string =>
  `label_join(sum by (output, predicted, actual) (increase(${selector}[1d])), "predicted", ": ", "output", "predicted")`

export const confusionMatrix = () =>
  matrix({
    title: 'Confusion matrix',
    description:
      'Labelled predictions of the last day, all replicas: predicted classes down, actual classes across. Correct ones lie on the diagonal. Metric: `modeltap_outcome_predictions_total`.',
    unit: 'short',
    decimals: 0,
    size: 'third',
    noValue: 'No classes',
    rows: 'predicted',
    columns: 'actual',
    expr: byPredictedAndActual(series(metric.confusion, 'version')),
  })

export const confusionShares = () =>
  matrix({
    title: 'Confusion matrix, share of each actual class',
    description:
      'Where the predictions of each actual class went in the last day: each column adds up to 100 %, and the diagonal is the recall. Shows what a frequent class hides in the counts. Metric: `modeltap_outcome_predictions_total`.',
    unit: 'percentunit',
    decimals: 1,
    max: 1,
    size: 'third',
    noValue: 'No classes',
    rows: 'predicted',
    columns: 'actual',
    expr: `${byPredictedAndActual(series(metric.confusion, 'version'))} / on (output, actual) group_left () (sum by (output, actual) (increase(${series(metric.confusion, 'version')}[1d])) > 0)`,
  })

export const classMetrics = () =>
  timeseries({
    title: 'Precision and recall by class',
    description:
      'Precision: the correct share of the predictions of a class. Recall: the share of a class that was predicted as such. Over a day, all replicas. Recorded by the shipped rules from `modeltap_outcome_predictions_total`.',
    unit: 'percentunit',
    max: 1,
    size: 'third',
    noValue: 'No classes',
    targets: [
      {
        expr: `max by (output, class) (${recorded('class:modeltap_precision:ratio_increase1d', 'version')})`,
        legend: 'precision {{output}} {{class}}',
      },
      {
        expr: `max by (output, class) (${recorded('class:modeltap_recall:ratio_increase1d', 'version')})`,
        legend: 'recall {{output}} {{class}}',
      },
    ],
  })

export const scoresByTruth = () =>
  barChart({
    title: 'Scores by what was true',
    description:
      'Labelled predictions of the last day by the bin of their score. A good model separates positives from negatives; the ROC curve is computed from these bins. Metric: `modeltap_outcome_score_bins_total`.',
    unit: 'short',
    size: 'half',
    noValue: NO_SCORE,
    by: 'bin',
    order: 'bin',
    colors: [COLOR.good, COLOR.bad],
    targets: [
      {
        expr: `sum by (bin) (increase(${series(metric.scoreBins, 'version', 'actual="positive"')}[1d]))`,
        legend: 'positive',
      },
      {
        expr: `sum by (bin) (increase(${series(metric.scoreBins, 'version', 'actual="negative"')}[1d]))`,
        legend: 'negative',
      },
    ],
  })

export const calibration = () =>
  barChart({
    title: 'Calibration',
    description:
      'Mean score and share of positives in each bin of scores, over the last day. Where the two differ, a score is not a probability. Alert: CalibrationOff. Metrics: `modeltap_outcome_score_total`, `modeltap_outcome_score_bins_total`.',
    unit: 'percentunit',
    size: 'half',
    noValue: NO_SCORE,
    by: 'bin',
    order: 'bin',
    colors: [COLOR.calm, COLOR.good],
    targets: [
      {
        expr: `sum by (bin) (increase(${series(metric.scoreSum, 'version')}[1d])) / (sum by (bin) (increase(${series(metric.scoreBins, 'version')}[1d])) > 0)`,
        legend: 'mean score',
      },
      {
        expr: `sum by (bin) (increase(${series(metric.scoreBins, 'version', 'actual="positive"')}[1d])) / (sum by (bin) (increase(${series(metric.scoreBins, 'version')}[1d])) > 0)`,
        legend: 'share of positives',
      },
    ],
  })

/** Share of the positives or negatives with a score above the upper edge of each bin, and all of them above 0. */
function sharesAbove(actual: 'positive' | 'negative', below: MetricDescriptor): string {
  const inBin = series(metric.scoreBins, 'version', `actual="${actual}"`)
  // The counter holds half of its own bin; the other half makes it all scores up to the edge.
  const upToEdge = `sum by (bin) (increase(${series(below, 'version')}[1d])) + 0.5 * sum by (bin) (increase(${inBin}[1d]))`
  // Over the largest: `increase` extrapolates each series on its own, and over their sum a share could be negative.
  const above = `1 - (${upToEdge}) / on () group_left () (max(${upToEdge}) > 0)`
  return `(${above}) or label_replace(max(${above}) * 0 + 1, "bin", "0", "", "")`
}

export const rocCurve = () =>
  curve({
    title: 'ROC curve',
    description:
      'True positive rate against false positive rate, one point for each threshold between the bins of the scores, over the last day, all replicas. A model that guesses lies on the diagonal; a good one reaches up to the left corner. The tooltip names the threshold (`bin`). Metrics: `modeltap_outcome_score_positives_below_total`, `modeltap_outcome_score_negatives_below_total`, `modeltap_outcome_score_bins_total`.',
    unit: 'percentunit',
    max: 1,
    size: 'half',
    noValue: NO_SCORE,
    by: 'bin',
    targets: [
      { expr: sharesAbove('negative', metric.scoreNegativesBelow), legend: 'false positive rate' },
      { expr: sharesAbove('positive', metric.scorePositivesBelow), legend: 'true positive rate' },
    ],
  })

export const fleetAuc = () =>
  timeseries({
    title: 'ROC AUC of the fleet',
    description:
      'Area under the ROC curve over a day, all replicas, from the bins of the scores. Recorded by the shipped rules.',
    unit: 'percentunit',
    max: 1,
    size: 'half',
    noValue: NO_SCORE,
    targets: [
      {
        expr: `max by (output) (${recorded('output:modeltap_roc_auc:ratio_increase1d', 'version')})`,
        legend: '{{output}}',
      },
    ],
  })
