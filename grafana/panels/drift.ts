/** How far live data is from the baseline, over all features. */
import { metric } from '../../src/instruments/catalogue.ts'
import { COLOR } from '../look.ts'
import { HEADLINE, recorded, series, thresholdOf } from '../selectors.ts'
import { stat } from '../visuals/stat.ts'
import { table } from '../visuals/table.ts'
import { timeseries } from '../visuals/timeseries.ts'

const NO_SCORE = 'No score yet'
const NO_RULES = 'Shipped rules are not loaded, or no bins'
const scores = series(metric.featureDriftScore, 'version', HEADLINE)
const DRIFT_STEPS = [
  { from: null, color: COLOR.good },
  { from: 0.01, color: COLOR.warn },
  { from: 0.3, color: COLOR.bad },
] as const
const EXCESS_STEPS = [
  { from: null, color: COLOR.good },
  { from: 1, color: COLOR.bad },
] as const

export const driftedFeatures = () =>
  stat({
    title: 'Drifted features',
    description:
      'Share of the features whose deviation is above 1, in the worst window and replica. Metric: `modeltap_drifted_features_ratio`.',
    unit: 'percentunit',
    noValue: NO_SCORE,
    targets: [{ expr: `max(${series(metric.driftedFeatures, 'version')})`, legend: 'drifted' }],
    steps: DRIFT_STEPS,
  })

export const worstFeature = () =>
  stat({
    title: 'Largest drift',
    description:
      'Deviation of the worst feature, in multiples of its limit: above 1 it has drifted. Metric: `modeltap_feature_drift_score`.',
    unit: 'short',
    decimals: 2,
    noValue: NO_SCORE,
    targets: [{ expr: `max(${scores})`, legend: 'deviation' }],
    steps: EXCESS_STEPS,
  })

export const baselineRows = () =>
  stat({
    title: 'Baseline rows',
    description:
      'Rows of the baseline. Without a baseline there are no drift scores: see the runbook of BaselineMissing. Metric: `modeltap_baseline_observations`.',
    unit: 'short',
    noValue: 'No baseline',
    sparkline: false,
    targets: [{ expr: `min(${series(metric.baselineObservations, 'version')})`, legend: 'rows' }],
  })

export const baselineAge = () =>
  stat({
    title: 'Baseline age',
    description:
      'Age of the oldest selected baseline. Beyond 90 days it has missed a season: see the runbook of BaselineOld. Metric: `modeltap_baseline_created_timestamp_seconds`.',
    unit: 's',
    noValue: 'No baseline',
    sparkline: false,
    targets: [{ expr: `time() - min(${series(metric.baselineCreated, 'version')})`, legend: 'age' }],
    steps: [
      { from: null, color: COLOR.good },
      { from: 90 * 86_400, color: COLOR.warn },
    ],
  })

export const learning = () =>
  stat({
    title: 'Baseline learned',
    description:
      'Progress of the baseline that is being learned, as a share of the required rows. Absent once it is frozen, or when it was loaded. Metric: `modeltap_baseline_learning_ratio`.',
    unit: 'percentunit',
    noValue: 'Frozen',
    sparkline: false,
    targets: [{ expr: `min(${series(metric.baselineLearning, 'version')})`, legend: 'learned' }],
  })

export const smallestWindow = () =>
  stat({
    title: 'Rows in the windows',
    description:
      'Rows in the fullest window of the replica with the fewest rows. Below the minimum sample (200 by default) there is no score. Metric: `modeltap_feature_window_observations`.',
    unit: 'short',
    noValue: 'No baseline',
    targets: [
      {
        expr: `min(max by (instance, model, version) (${series(metric.featureWindowObservations, 'version')}))`,
        legend: 'rows',
      },
    ],
  })

export const driftAlerts = () =>
  stat({
    title: 'Drift alerts',
    description: 'Firing drift alerts of the selected models. Empty when the rules are not loaded.',
    unit: 'short',
    noValue: 'None',
    targets: [
      {
        expr: 'count(ALERTS{alertstate="firing", product="modeltap", alertname=~".*Drift", model=~"$model"})',
        legend: 'firing',
      },
    ],
    steps: [
      { from: null, color: COLOR.good },
      { from: 1, color: COLOR.bad },
    ],
  })

const FEATURE_LINK = {
  title: 'Open this feature',
  url: '/d/modeltap-feature?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&var-model=${__data.fields.Model}&var-version=${__data.fields.Version}&var-feature=${__value.text}',
} as const

const FLEET_LABELS = 'model, version, feature, window'

export const topFeatures = () =>
  table({
    title: 'Features by drift',
    description:
      'Every feature with its deviation and PSI over the whole fleet (or of each replica if no bins are exported) and its rows, largest deviation first. Above 1 is drift. Click a feature to open its board. Recorded by the shipped rules from the bin counters.',
    noValue: NO_RULES,
    labels: [
      { label: 'model', header: 'Model' },
      { label: 'version', header: 'Version' },
      { label: 'feature', header: 'Feature', link: FEATURE_LINK },
      { label: 'window', header: 'Window' },
    ],
    values: [
      {
        header: 'Deviation',
        expr: `max by (${FLEET_LABELS}) (${recorded('feature:modeltap_drift_score:deviation', 'version')})`,
        unit: 'short',
        decimals: 2,
        steps: EXCESS_STEPS,
      },
      {
        header: 'PSI',
        expr: `max by (${FLEET_LABELS}) (${recorded('feature:modeltap_drift_score:psi', 'version')})`,
        unit: 'short',
        decimals: 3,
      },
      {
        header: 'Rows',
        expr: `max by (${FLEET_LABELS}) (${recorded('feature:modeltap_drift_observations:count', 'version')})`,
        unit: 'short',
      },
    ],
    sortBy: 'Deviation',
  })

export const topScores = () =>
  timeseries({
    title: 'Top drifting features',
    description:
      'The ten features with the largest deviation from the baseline, in multiples of their limits. FeatureDrift alerts on a line above 1. Metric: `modeltap_feature_drift_score`.',
    unit: 'short',
    size: 'half',
    noValue: NO_SCORE,
    targets: [
      { expr: `topk(10, max by (feature, window) (${scores}))`, legend: '{{feature}} ({{window}})' },
      { expr: 'vector(1)', legend: 'threshold' },
    ],
  })

export const fleetScores = () =>
  timeseries({
    title: 'Top drifting features of the fleet',
    description:
      'The same from the bin counters of all replicas together: exact for the fleet, where scores of single replicas are noisier. These scores alert. Recorded by the shipped rules.',
    unit: 'short',
    size: 'half',
    noValue: NO_RULES,
    targets: [
      {
        expr: `topk(10, max by (feature, window) (${recorded('feature:modeltap_drift_score:deviation', 'version')}))`,
        legend: '{{feature}} ({{window}})',
      },
      { expr: 'vector(1)', legend: 'threshold' },
    ],
  })

export const driftedShare = () =>
  timeseries({
    title: 'Share of drifted features',
    description:
      'Share of the features above their threshold, by window. A third or more at once has one common cause: see the runbook of ManyFeaturesDrift. Metric: `modeltap_drifted_features_ratio`.',
    unit: 'percentunit',
    size: 'half',
    max: 1,
    noValue: NO_SCORE,
    targets: [
      {
        expr: `max by (model, version, window) (${series(metric.driftedFeatures, 'version')})`,
        legend: '{{model}} {{version}} ({{window}})',
      },
      {
        expr: thresholdOf('drifted_features:max', series(metric.driftedFeatures, 'version')),
        legend: 'threshold',
      },
    ],
  })

export const windowRows = () =>
  timeseries({
    title: 'Rows in the windows',
    description:
      'Rows in each window. Below the minimum sample there is no score, on purpose: a score from few rows reflects chance more than drift. Metric: `modeltap_feature_window_observations`.',
    unit: 'short',
    size: 'half',
    noValue: 'No baseline',
    targets: [
      {
        expr: `max by (model, version, window) (${series(metric.featureWindowObservations, 'version')})`,
        legend: '{{model}} {{version}} ({{window}})',
      },
      {
        expr: thresholdOf('drift_samples:min', series(metric.featureWindowObservations, 'version')),
        legend: 'threshold of the fleet',
      },
    ],
  })
