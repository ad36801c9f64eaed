/** Whether the model was right: labels, performance, concept drift, figures and cost. */
import { metric } from '../../src/instruments/catalogue.ts'
import { HEADLINE, rate, series } from '../selectors.ts'
import { heatmap } from '../visuals/heatmap.ts'
import { stat } from '../visuals/stat.ts'
import { timeseries } from '../visuals/timeseries.ts'

const NO_LABEL = 'No label yet'
const HIGHER = 'metric=~"accuracy|balanced_accuracy|f1|roc_auc|r2"'
const LOWER = 'metric=~"rmse|mae|ece|brier|log_loss"'

export const joinRatio = () =>
  stat({
    title: 'Predictions with a label',
    description:
      'Share of the predictions with an id that have been joined with a label since the start. Labels that are still to come count as missing. Mean over replicas. Metric: `modeltap_outcome_join_ratio`.',
    unit: 'percentunit',
    size: 'broadTile',
    noValue: NO_LABEL,
    targets: [
      {
        expr: `avg(${series(metric.outcomeJoinRatio, 'version')})`,
        legend: 'labelled',
      },
    ],
  })

export const labelAge = () =>
  stat({
    title: 'Age of the newest label',
    description:
      'Time since the last label was counted. Alert: LabelsMissing. Metric: `modeltap_outcome_last_label_timestamp_seconds`.',
    unit: 's',
    size: 'broadTile',
    noValue: NO_LABEL,
    targets: [
      { expr: `time() - max(${series(metric.outcomeLastLabel, 'version')})`, legend: 'newest label' },
    ],
  })

export const pending = () =>
  stat({
    title: 'Predictions that wait',
    description:
      'Predictions without a label in the store. With a shared store every replica reports the same number, so this is the maximum. Metric: `modeltap_outcome_pending_predictions`.',
    unit: 'short',
    size: 'broadTile',
    noValue: 'No store',
    targets: [{ expr: `max(${series(metric.outcomePending, 'target')})`, legend: 'waiting' }],
  })

export const unlabelled = () =>
  stat({
    title: 'Predictions that no label can find',
    description:
      'Share of the predictions of the last day without an id, or gone from the store before a label came. Metrics: `modeltap_outcome_unjoinable_predictions_total`, `modeltap_outcome_named_predictions_total`.',
    unit: 'percentunit',
    size: 'broadTile',
    noValue: NO_LABEL,
    targets: [
      {
        expr: `sum(increase(${series(metric.outcomeUnjoinable, 'target')}[1d])) / (sum(increase(${series(metric.outcomeNamed, 'target')}[1d])) + sum(increase(${series(metric.outcomeUnjoinable, 'target')}[1d])) > 0)`,
        legend: 'not to be found',
      },
    ],
  })

export const labelResults = () =>
  timeseries({
    title: 'Outcomes by result',
    description:
      'Outcomes per second by result. `unknown` means that no prediction with that id is pending here; with several replicas use a shared store, or outcomes that carry their prediction. Metric: `modeltap_outcomes_total`.',
    unit: 'cps',
    size: 'half',
    noValue: NO_LABEL,
    targets: [
      { expr: `sum by (result) (${rate(series(metric.outcomes, 'target'))}) > 0`, legend: '{{result}}' },
    ],
  })

export const labelDelay = () =>
  heatmap({
    title: 'Delay of labels',
    description: 'Time from a prediction to its label. Metric: `modeltap_outcome_delay_seconds`.',
    unit: 's',
    size: 'half',
    noValue: NO_LABEL,
    targets: [
      {
        expr: `sum by (le) (increase(${series({ ...metric.outcomeDelay, name: `${metric.outcomeDelay.name}_bucket` }, 'version')}[$__rate_interval]))`,
        legend: '{{le}}',
      },
    ],
  })

const performanceOf = (title: string, matcher: string, direction: string, worst: 'min' | 'max') =>
  timeseries({
    title,
    description: `Performance over the windows, the worst replica, and the threshold; ${direction}. Absent below outcomes.minSamples labels. Alert: PerformanceLow. Metrics: \`modeltap_performance\`, \`modeltap_performance_threshold\`.`,
    unit: 'short',
    size: 'half',
    noValue: 'Too few labels',
    signed: true,
    targets: [
      {
        expr: `${worst} by (output, metric, window) (${series(metric.performance, 'version', matcher)})`,
        legend: '{{output}} {{metric}} ({{window}})',
      },
      {
        expr: `${worst === 'min' ? 'max' : 'min'} by (output, metric, window) (${series(metric.performanceThreshold, 'version', matcher)})`,
        legend: 'threshold {{output}} {{metric}} ({{window}})',
      },
    ],
  })

export const rightness = () => performanceOf('Rightness', HIGHER, 'below the threshold is worse', 'min')
export const errors = () => performanceOf('Errors and losses', LOWER, 'above the threshold is worse', 'max')

export const coverage = () =>
  timeseries({
    title: 'Labels in the windows',
    description:
      'Labelled predictions in each window, all replicas. Metric: `modeltap_performance_observations`.',
    unit: 'short',
    size: 'third',
    noValue: NO_LABEL,
    targets: [
      {
        expr: `sum by (output, window) (${series(metric.performanceObservations, 'version')})`,
        legend: '{{output}} ({{window}})',
      },
    ],
  })

export const dataDrift = () =>
  timeseries({
    title: 'Data drift',
    description:
      'Highest deviation among the features: above 1 is drift. Together with performance and concept drift below it shows what changed. Metric: `modeltap_feature_drift_score`.',
    unit: 'short',
    size: 'third',
    noValue: 'No score yet',
    targets: [
      {
        expr: `max by (window) (${series(metric.featureDriftScore, 'version', HEADLINE)})`,
        legend: 'worst feature ({{window}})',
      },
    ],
  })

export const conceptDrift = () =>
  timeseries({
    title: 'Concept drift',
    description:
      'Detections of rising errors in the last six hours, by detector. The relation of inputs and labels changed, or the labels did. Alert: ConceptDrift. Metric: `modeltap_concept_drift_detections_total`.',
    unit: 'short',
    size: 'third',
    noValue: NO_LABEL,
    targets: [
      {
        expr: `sum by (output, detector) (increase(${series(metric.conceptDetections, 'version', 'direction="up"')}[6h]))`,
        legend: '{{output}} {{detector}}',
      },
    ],
  })

export const figures = () =>
  timeseries({
    title: 'Business figures',
    description: 'Mean of each figure in its window, by predicted class. Metric: `modeltap_kpi_window_mean`.',
    unit: 'short',
    size: 'third',
    signed: true,
    noValue: 'No figures',
    targets: [
      {
        expr: `avg by (kpi, unit, predicted, window) (${series(metric.kpiWindowMean, 'version')})`,
        legend: '{{kpi}} {{unit}} {{predicted}} ({{window}})',
      },
    ],
  })

export const costRate = () =>
  timeseries({
    title: 'Cost an hour',
    description:
      'Cost of predictions by kind, at the configured prices. Alert: CostGrowing. Metric: `modeltap_cost_total`.',
    unit: 'short',
    size: 'third',
    noValue: 'No prices',
    targets: [
      {
        expr: `3600 * sum by (kind, currency) (${rate(series(metric.cost, 'model'))})`,
        legend: '{{kind}} {{currency}}',
      },
    ],
  })

export const mistakeCost = () =>
  timeseries({
    title: 'Cost of mistakes',
    description:
      'Cost of mistakes in a day by the matrix `costs`, all replicas. Metric: `modeltap_error_cost_total`.',
    unit: 'short',
    size: 'third',
    noValue: 'No cost matrix',
    targets: [
      {
        expr: `sum by (predicted, actual, currency) (increase(${series(metric.mistakeCost, 'version')}[1d]))`,
        legend: '{{predicted}} but {{actual}} {{currency}}',
      },
    ],
  })
