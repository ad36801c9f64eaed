/** One feature: its distribution beside the baseline, its scores, its quality. */
import { metric } from '../../src/instruments/catalogue.ts'
import { COLOR } from '../look.ts'
import { HEADLINE, rate, ratio, recorded, series, shares } from '../selectors.ts'
import { barChart } from '../visuals/bar-chart.ts'
import { stat } from '../visuals/stat.ts'
import { timeseries } from '../visuals/timeseries.ts'
import { KIND_COLORS } from './predictions.ts'

const NO_SCORE = 'No score yet'
const NO_BINS = 'No bins exported for this feature'
const bins = series(metric.featureBinObservations, 'feature')
const live = shares(`sum by (bin) (increase(${bins}[$__range]))`, `sum(increase(${bins}[$__range]))`)
/** Bins of numbers are called `le_12.5` … `inf` or `v_3`: the number in the name orders them. */
const ordered = (expr: string): string =>
  `label_replace(label_replace(${expr}, "order", "$1", "bin", "(?:le|v)_(.+)"), "order", "Infinity", "bin", "inf")`
const baseline = ordered(`max by (bin) (${series(metric.baselineFeatureBin, 'feature')})`)

export const featureScore = () =>
  stat({
    title: 'Deviation',
    description:
      'How far the feature is from its baseline in multiples of its limit, in the worst window and replica: above 1 it has drifted. Metric: `modeltap_feature_drift_score`.',
    unit: 'short',
    decimals: 2,
    noValue: NO_SCORE,
    targets: [
      {
        expr: `max(${series(metric.featureDriftScore, 'feature', HEADLINE)})`,
        legend: 'deviation',
      },
    ],
    steps: [
      { from: null, color: COLOR.good },
      { from: 1, color: COLOR.bad },
    ],
  })

export const featureFleetScore = () =>
  stat({
    title: 'Deviation of the fleet',
    description:
      'Deviation of the bins of all replicas together, longest recorded window: above 1 the fleet has drifted. Recorded by the shipped rules; this score alerts.',
    unit: 'short',
    decimals: 3,
    noValue: NO_BINS,
    targets: [
      {
        expr: `max(${recorded('feature:modeltap_drift_score:deviation', 'feature', 'window="1h"')})`,
        legend: 'deviation',
      },
    ],
  })

export const featureRows = () =>
  stat({
    title: 'Rows per second',
    description:
      'Rows with this feature, missing values included, over all selected replicas. Metric: `modeltap_feature_values_total`.',
    unit: 'rowsps',
    targets: [{ expr: `sum(${rate(series(metric.featureValues, 'feature'))})`, legend: 'rows' }],
  })

const kindShare = (kind: string): string =>
  `sum(${rate(series(metric.featureValues, 'feature', `kind="${kind}"`))}) / (sum(${rate(series(metric.featureValues, 'feature'))}) > 0)`

const kindTile = (title: string, kind: string, meaning: string) =>
  stat({
    title,
    description: `Share of the values that ${meaning}. Metric: \`modeltap_feature_values_total\`, kind \`${kind}\`.`,
    unit: 'percentunit',
    decimals: 1,
    targets: [{ expr: kindShare(kind), legend: kind }],
    steps: [
      { from: null, color: COLOR.good },
      { from: 0.01, color: COLOR.warn },
      { from: 0.05, color: COLOR.bad },
    ],
  })

export const missing = () =>
  kindTile('Missing', 'missing', 'are missing; some are usual where the baseline has some')
export const unseen = () => kindTile('Unseen', 'unseen', 'are categories that the baseline lacks')
export const outOfRange = () =>
  kindTile('Out of bounds', 'out_of_range', 'lie outside the smallest and largest value of the baseline')

export const constant = () =>
  stat({
    title: 'Constant',
    description:
      'Whether every value of a window is the same, on every replica, although the baseline has more than one: a frozen sensor, or a default in every row. Metric: `modeltap_feature_constant`.',
    unit: 'short',
    noValue: NO_SCORE,
    sparkline: false,
    targets: [
      {
        expr: `max(min by (window) (${series(metric.featureConstant, 'feature')}))`,
        legend: 'constant',
      },
    ],
    texts: { 0: { text: 'No', color: COLOR.good }, 1: { text: 'Yes', color: COLOR.bad } },
  })

const ofValues = (part: string): string =>
  ratio(`sum(${rate(part)})`, `sum(${rate(series(metric.featureValues, 'feature'))})`)

export const outliers = () =>
  stat({
    title: 'Outliers',
    description:
      'Share of the values beyond the robust fences of the baseline. Heavy-tailed columns always have some. Metrics: `modeltap_feature_outliers_total`, `modeltap_feature_values_total`.',
    unit: 'percentunit',
    decimals: 1,
    noValue: 'Not numeric',
    targets: [{ expr: ofValues(series(metric.featureOutliers, 'feature')), legend: 'outliers' }],
  })

export const implausible = () =>
  timeseries({
    title: 'Outliers and declared bounds',
    description:
      'Share of the values beyond the robust fences of the baseline, and outside the bounds that the configuration declares (FeatureBoundsViolated). Metrics: `modeltap_feature_outliers_total`, `modeltap_feature_bounds_violations_total`.',
    unit: 'percentunit',
    noValue: 'Not numeric',
    targets: [
      { expr: ofValues(series(metric.featureOutliers, 'feature')), legend: 'outliers' },
      {
        expr: ofValues(series(metric.featureBoundsViolations, 'feature')),
        legend: 'outside the declared bounds',
      },
    ],
  })

export const pValues = () =>
  timeseries({
    title: 'Chance of such a score without drift',
    description:
      'The p-value of the statistics that have one, smallest of the replicas. It is for a single test: among hundreds of tests some are always small. Thresholds account for that, p-values do not. Metric: `modeltap_feature_drift_p_value`.',
    unit: 'percentunit',
    max: 1,
    noValue: NO_SCORE,
    targets: [
      {
        expr: `min by (statistic, window) (${series(metric.featureDriftPValue, 'feature')})`,
        legend: '{{statistic}} ({{window}})',
      },
    ],
  })

export const distribution = () =>
  barChart({
    title: 'Baseline and live, by bin',
    description:
      'Share of the rows in each bin of the baseline: in the baseline, and live over the time range of the board. `missing`, `other` and `unseen` are separate bins. The difference of the bars is the drift. Metrics: `modeltap_baseline_feature_bin_ratio`, `modeltap_feature_bin_observations_total`.',
    unit: 'percentunit',
    size: 'half',
    noValue: NO_BINS,
    by: 'bin',
    order: 'order',
    targets: [
      { expr: baseline, legend: 'baseline' },
      { expr: live, legend: 'live' },
    ],
    colors: [COLOR.muted, COLOR.calm],
  })

export const binsOverTime = () =>
  timeseries({
    title: 'Live shares over time',
    description:
      'Share of the live rows in each bin. Shows when the distribution moved, and whether at once or slowly. Metric: `modeltap_feature_bin_observations_total`.',
    unit: 'percentunit',
    size: 'half',
    max: 1,
    stacked: true,
    noValue: NO_BINS,
    targets: [{ expr: shares(`sum by (bin) (${rate(bins)})`, `sum(${rate(bins)})`), legend: '{{bin}}' }],
  })

export const scoreHistory = () =>
  timeseries({
    title: 'Scores of every statistic',
    description:
      'Every statistic that modeltap computes for the feature, worst replica; each has its own scale. Alerts use the deviation, above 1. Metric: `modeltap_feature_drift_score`.',
    unit: 'short',
    noValue: NO_SCORE,
    targets: [
      {
        expr: `max by (statistic, window) (${series(metric.featureDriftScore, 'feature')})`,
        legend: '{{statistic}} ({{window}})',
      },
    ],
  })

export const deviationAgainstThreshold = () =>
  timeseries({
    title: 'Deviation against its threshold',
    description:
      'Deviation of the feature by window, worst replica, in multiples of its limit: above 1 is drift. Metric: `modeltap_feature_drift_score`.',
    unit: 'short',
    noValue: NO_SCORE,
    targets: [
      {
        expr: `max by (window) (${series(metric.featureDriftScore, 'feature', HEADLINE)})`,
        legend: 'deviation ({{window}})',
      },
      { expr: 'vector(1)', legend: 'threshold' },
    ],
  })

export const quantileBands = () =>
  timeseries({
    title: 'Quantiles of the values',
    description:
      'Quantiles of the live values by window, averaged over replicas. A moving band is a shift, a widening band is noise, a single line is a constant. Metric: `modeltap_feature_value`.',
    unit: 'short',
    signed: true,
    noValue: 'Categorical feature',
    targets: [
      {
        expr: `avg by (q, window) (${series(metric.featureValue, 'feature')})`,
        legend: 'q{{q}} ({{window}})',
      },
    ],
  })

export const quality = () =>
  timeseries({
    title: 'Values by kind',
    description:
      'Every value is exactly one of: valid, missing, of another type, outside the range of the baseline, unseen category. Metric: `modeltap_feature_values_total`.',
    unit: 'percentunit',
    max: 1,
    stacked: true,
    targets: [
      {
        expr: shares(
          `sum by (kind) (${rate(series(metric.featureValues, 'feature'))})`,
          `sum(${rate(series(metric.featureValues, 'feature'))})`,
        ),
        legend: '{{kind}}',
      },
    ],
    colors: KIND_COLORS,
  })
