/** What the model answers, and whether it still answers as it did. */
import { metric } from '../../src/instruments/catalogue.ts'
import type { Size } from '../look.ts'
import { COLOR } from '../look.ts'
import type { Scope } from '../selectors.ts'
import { HEADLINE, rate, recorded, series, shares, thresholdOf } from '../selectors.ts'
import { stat } from '../visuals/stat.ts'
import { timeseries } from '../visuals/timeseries.ts'

export const classRatios = (scope: Scope) =>
  timeseries({
    title: 'Predicted classes',
    description:
      'Share of each class among the predictions of the window, averaged over replicas. Check a class that disappears or dominates even without an alert. Metric: `modeltap_prediction_class_ratio`.',
    unit: 'percentunit',
    max: 1,
    noValue: 'Numeric output',
    targets: [
      {
        expr: `avg by (output, class, window) (${series(metric.predictionClass, scope)})`,
        legend: '{{output}} {{class}} ({{window}})',
      },
    ],
  })

export const predictedValues = (scope: Scope) =>
  timeseries({
    title: 'Predicted values',
    description:
      'Quantiles of the predictions of the window, averaged over replicas. Bands that collapse into a line mean a constant answer. Metric: `modeltap_prediction_value`.',
    unit: 'short',
    signed: true,
    noValue: 'Categorical output',
    targets: [
      {
        expr: `avg by (output, q, window) (${series(metric.predictionValue, scope)})`,
        legend: '{{output}} q{{q}} ({{window}})',
      },
    ],
  })

export const predictionDrift = (scope: Scope, size: Size = 'third') =>
  timeseries({
    title: 'Prediction drift',
    description:
      'Deviation of the predictions from the baseline, per window, worst replica, in multiples of its limit: above 1 is drift. No score means fewer rows than the minimum sample. Metric: `modeltap_prediction_drift_score`.',
    unit: 'short',
    size,
    noValue: 'No score yet',
    targets: [
      {
        expr: `max by (output, window) (${series(metric.predictionDriftScore, scope, HEADLINE)})`,
        legend: '{{output}} ({{window}})',
      },
      { expr: 'vector(1)', legend: 'threshold' },
    ],
  })

export const predictionFleetDrift = () =>
  timeseries({
    title: 'Prediction drift of the fleet',
    description:
      'The same from the bin counters of all replicas together, where bins are exported. These scores alert (PredictionDrift). Recorded by the shipped rules.',
    unit: 'short',
    size: 'half',
    noValue: 'Shipped rules are not loaded, or no bins',
    targets: [
      {
        expr: `max by (output, window) (${recorded('output:modeltap_drift_score:deviation', 'output')})`,
        legend: '{{output}} ({{window}})',
      },
      { expr: 'vector(1)', legend: 'threshold' },
    ],
  })

const lowConfidenceRows = series(metric.predictionWindowObservations, 'output')
const lowConfidenceRatio = series(metric.lowConfidence, 'output')

export const lowConfidence = () =>
  timeseries({
    title: 'Unsure predictions',
    description:
      'Share of the predictions whose confidence is at most `quality.lowConfidence` (0.6 by default), over all replicas, and the share from which PredictionConfidenceLow fires. Metric: `modeltap_prediction_low_confidence_ratio`.',
    unit: 'percentunit',
    max: 1,
    noValue: 'No output named confidence',
    targets: [
      {
        expr: `sum by (output, window) (${lowConfidenceRatio} * ${lowConfidenceRows}) / sum by (output, window) (${lowConfidenceRows} and ${lowConfidenceRatio})`,
        legend: '{{output}} ({{window}})',
      },
      { expr: thresholdOf('low_confidence:max', lowConfidenceRatio), legend: 'threshold' },
    ],
  })

export const confidence = () =>
  timeseries({
    title: 'Confidence',
    description:
      'Quantiles of what a classifier reports as its confidence, averaged over replicas. Sinking bands mean that the model knows its inputs less well. Metric: `modeltap_prediction_value` of the output `confidence`.',
    unit: 'percentunit',
    max: 1,
    noValue: 'No output named confidence',
    targets: [
      {
        expr: `avg by (output, q, window) (${series(metric.predictionValue, 'output', 'output=~"(.+[._])?confidence"')})`,
        legend: '{{output}} q{{q}} ({{window}})',
      },
    ],
  })

export const KIND_COLORS = {
  valid: COLOR.good,
  missing: COLOR.muted,
  wrong_type: COLOR.bad,
  out_of_range: COLOR.warn,
  unseen: COLOR.calm,
} as const

export const predictionQuality = () =>
  timeseries({
    title: 'Predictions that are not as usual',
    description:
      'Share of predictions that are missing, have another type, are outside the range of the baseline, or are a class that it lacks. Metric: `modeltap_prediction_values_total`.',
    unit: 'percentunit',
    targets: [
      {
        expr: shares(
          `sum by (kind) (${rate(series(metric.predictionValues, 'output', 'kind!="valid"'))})`,
          `sum(${rate(series(metric.predictionValues, 'output'))})`,
        ),
        legend: '{{kind}}',
      },
    ],
    colors: KIND_COLORS,
  })

export const predictionRows = () =>
  timeseries({
    title: 'Rows in the windows of predictions',
    description:
      'Predictions in each window. Below the minimum sample there is no score. Metric: `modeltap_prediction_window_observations`.',
    unit: 'short',
    noValue: 'No baseline',
    targets: [
      {
        expr: `max by (output, window) (${series(metric.predictionWindowObservations, 'output')})`,
        legend: '{{output}} ({{window}})',
      },
    ],
  })

export const worstOutput = () =>
  stat({
    title: 'Prediction drift',
    description:
      'Deviation of the worst output, in multiples of its limit: above 1 it has drifted. Metric: `modeltap_prediction_drift_score`.',
    unit: 'short',
    decimals: 2,
    noValue: 'No score yet',
    targets: [
      {
        expr: `max(${series(metric.predictionDriftScore, 'output', HEADLINE)})`,
        legend: 'deviation',
      },
    ],
    steps: [
      { from: null, color: COLOR.good },
      { from: 1, color: COLOR.bad },
    ],
  })
