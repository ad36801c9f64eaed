/** Rows and values that are not as usual, beside drift: columns, repetitions, outliers, declared bounds, constants. */
import { metric } from '../../src/instruments/catalogue.ts'
import type { MetricDescriptor } from '../../src/instruments/metric.ts'
import { rate, ratio, series, shares } from '../selectors.ts'
import { timeseries } from '../visuals/timeseries.ts'

const of = (descriptor: MetricDescriptor, ...matchers: string[]): string =>
  series(descriptor, 'version', ...matchers)
const byModel = (expr: string): string => `sum by (model, version) (${expr})`
/** Every row counts once in each feature, so the fullest feature tells the rows. */
const rows = `max by (model, version) (sum by (model, version, feature) (${rate(of(metric.featureValues))}))`

export const rowIssues = () =>
  timeseries({
    title: 'Rows with other columns',
    description:
      'Share of rows with columns that differ from the baseline: some missing, some unknown, or in another order. A step means that a client changed; new columns alert as ModelColumnsNew, missing values as FeatureMissingValues. Metric: `modeltap_row_issues_total`.',
    unit: 'percentunit',
    noValue: 'No baseline',
    targets: [
      {
        expr: `sum by (model, version, kind) (${rate(of(metric.rowIssues, 'kind!="duplicate"'))}) / on (model, version) group_left () (${rows} > 0)`,
        legend: '{{model}} {{version}}: {{kind}}',
      },
    ],
  })

export const duplicates = () =>
  timeseries({
    title: 'Repeated rows',
    description:
      'Share of rows equal to one of the last 8192 rows of their replica. Some traffic repeats naturally; a rise means a client that retries, or a stuck producer. Metrics: `modeltap_row_issues_total`, `modeltap_rows_compared_total`.',
    unit: 'percentunit',
    noValue: 'No baseline',
    targets: [
      {
        expr: ratio(
          byModel(rate(of(metric.rowIssues, 'kind="duplicate"'))),
          byModel(rate(of(metric.rowsCompared))),
        ),
        legend: '{{model}} {{version}}',
      },
    ],
  })

export const outlyingRows = () =>
  timeseries({
    title: 'Rows with outliers',
    description:
      'Share of rows by the part of their numeric features beyond the fences of the baseline: `le_0.1` is up to a tenth. Many rows with one outlier indicate one odd feature; rows in the upper bins are unusual as a whole. Metric: `modeltap_row_outlier_bin_observations_total`.',
    unit: 'percentunit',
    stacked: true,
    noValue: 'No baseline',
    targets: [
      {
        expr: shares(
          `sum by (bin) (${rate(of(metric.rowOutliers, 'bin!="le_0"'))})`,
          `sum(${rate(of(metric.rowOutliers))})`,
        ),
        legend: '{{bin}}',
      },
    ],
  })

export const outlyingColumns = () =>
  timeseries({
    title: 'Columns with outliers',
    description:
      'The ten features, and the outputs, with the largest share of values beyond the robust fences of the baseline (median and quartiles). Heavy tails have some at all times; watch for a rise. Metrics: `modeltap_feature_outliers_total`, `modeltap_prediction_outliers_total`.',
    unit: 'percentunit',
    noValue: 'No numeric column',
    targets: [
      {
        expr: `topk(10, ${ratio(`sum by (feature) (${rate(of(metric.featureOutliers))})`, `sum by (feature) (${rate(of(metric.featureValues))})`)})`,
        legend: '{{feature}}',
      },
      {
        expr: ratio(
          `sum by (output) (${rate(of(metric.predictionOutliers))})`,
          `sum by (output) (${rate(of(metric.predictionValues))})`,
        ),
        legend: 'output {{output}}',
      },
    ],
  })

export const boundsViolations = () =>
  timeseries({
    title: 'Outside the declared bounds',
    description:
      'Values per second outside the range declared by the configuration key `bounds`. Ten within half an hour alert: FeatureBoundsViolated and PredictionBoundsViolated. Metrics: `modeltap_feature_bounds_violations_total`, `modeltap_prediction_bounds_violations_total`.',
    unit: 'cps',
    noValue: 'No bounds declared',
    targets: [
      { expr: `sum by (feature) (${rate(of(metric.featureBoundsViolations))})`, legend: '{{feature}}' },
      {
        expr: `sum by (output) (${rate(of(metric.predictionBoundsViolations))})`,
        legend: 'output {{output}}',
      },
    ],
  })

const constant = (descriptor: MetricDescriptor, label: string): string =>
  `min by (model, version, ${label}, window) (${of(descriptor)}) == 1`

export const constantColumns = () =>
  timeseries({
    title: 'Constant columns',
    description:
      'Features and outputs with a single value in the window, on every replica, although the baseline has more than one: a frozen sensor, a default in every row, a model with a constant answer (PredictionConstant). Metrics: `modeltap_feature_constant`, `modeltap_prediction_constant`.',
    unit: 'short',
    decimals: 0,
    max: 1,
    noValue: 'None',
    targets: [
      { expr: constant(metric.featureConstant, 'feature'), legend: '{{feature}} ({{window}})' },
      { expr: constant(metric.predictionConstant, 'output'), legend: 'output {{output}} ({{window}})' },
    ],
  })
