/** All models at a glance. */
import { metric } from '../../src/instruments/catalogue.ts'
import { COLOR } from '../look.ts'
import {
  buckets,
  HEADLINE,
  INFERENCE,
  matchersOf,
  quantile,
  rate,
  ratioFromZero,
  series,
  SERVICE_ERRORS,
} from '../selectors.ts'
import { stat } from '../visuals/stat.ts'
import { table } from '../visuals/table.ts'
import { timeseries } from '../visuals/timeseries.ts'

const BY_MODEL = ['namespace', 'model', 'version']
const by = BY_MODEL.join(', ')
const requests = series(metric.requests, 'target', INFERENCE)
const errors = series(metric.requests, 'target', INFERENCE, SERVICE_ERRORS)
const durations = buckets(metric.requestDuration, 'target', INFERENCE)
const deviations = series(metric.featureDriftScore, 'target', HEADLINE)
/** The alerts of modeltap; they carry the labels of what they are about, so only these two narrow them. */
const firing = `ALERTS{alertstate="firing", product="modeltap", severity!~"info|none", ${matchersOf('target').slice(0, 2).join(', ')}}`

export const models = () =>
  stat({
    title: 'Models',
    description: 'Models and versions that answer predictions. Metric: `modeltap_model_info`.',
    unit: 'short',
    noValue: 'None',
    targets: [{ expr: `count(count by (${by}) (${series(metric.modelInfo, 'target')}))`, legend: 'models' }],
  })

export const down = () =>
  stat({
    title: 'Model servers down',
    description: 'Replicas whose model server cannot be reached. Metric: `modeltap_model_up`.',
    unit: 'short',
    noValue: 'Unknown',
    targets: [
      {
        expr: `count(${series(metric.modelUp, 'target')}) - sum(${series(metric.modelUp, 'target')})`,
        legend: 'down',
      },
    ],
    steps: [
      { from: null, color: COLOR.good },
      { from: 1, color: COLOR.bad },
    ],
  })

export const fleetRequests = () =>
  stat({
    title: 'Requests',
    description: 'Inference requests per second of all models. Metric: `modeltap_requests_total`.',
    unit: 'reqps',
    targets: [{ expr: `sum(${rate(requests)})`, legend: 'requests' }],
  })

export const fleetErrors = () =>
  stat({
    title: 'Error ratio',
    description:
      'Share of inference requests with a failure of the service. Metric: `modeltap_requests_total`.',
    unit: 'percentunit',
    decimals: 2,
    targets: [{ expr: ratioFromZero(`sum(${rate(errors)})`, `sum(${rate(requests)})`), legend: 'errors' }],
    steps: [
      { from: null, color: COLOR.good },
      { from: 0.01, color: COLOR.warn },
      { from: 0.05, color: COLOR.bad },
    ],
  })

export const drifting = () =>
  stat({
    title: 'Models that drift',
    description:
      'Models with at least one feature above its threshold. Metric: `modeltap_drifted_features_ratio`.',
    unit: 'short',
    noValue: 'No score yet',
    targets: [
      {
        expr: `count(max by (${by}) (${series(metric.driftedFeatures, 'target')}) > 0) or 0 * count(${series(metric.driftedFeatures, 'target')})`,
        legend: 'drifting',
      },
    ],
    steps: [
      { from: null, color: COLOR.good },
      { from: 1, color: COLOR.warn },
    ],
  })

export const firingAlerts = () =>
  stat({
    title: 'Firing alerts',
    description:
      'Firing alerts of the shipped rules, without informational ones. Empty when the rules are not loaded.',
    unit: 'short',
    noValue: 'None',
    targets: [{ expr: `count(${firing})`, legend: 'firing' }],
    steps: [
      { from: null, color: COLOR.good },
      { from: 1, color: COLOR.bad },
    ],
  })

export const withoutBaseline = () =>
  stat({
    title: 'Without a baseline',
    description:
      'Models without a baseline, and therefore without drift scores. Metrics: `modeltap_model_info`, `modeltap_baseline_info`.',
    unit: 'short',
    noValue: 'None',
    targets: [
      {
        expr: `count(count by (${by}) (${series(metric.modelInfo, 'target')}) unless count by (${by}) (${series(metric.baselineInfo, 'target')})) or 0 * count(${series(metric.modelInfo, 'target')})`,
        legend: 'without',
      },
    ],
    steps: [
      { from: null, color: COLOR.good },
      { from: 1, color: COLOR.warn },
    ],
  })

export const fleetReplicas = () =>
  stat({
    title: 'Replicas',
    description: 'Number of scraped modeltap processes. Metric: `modeltap_build_info`.',
    unit: 'short',
    noValue: 'None',
    targets: [{ expr: `count(${series(metric.buildInfo, 'target')})`, legend: 'replicas' }],
  })

const MODEL_LINK = {
  title: 'Open this model',
  url: '/d/modeltap-model?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&var-namespace=${__data.fields.Namespace}&var-model=${__value.text}&var-version=${__data.fields.Version}',
} as const

export const modelTable = () =>
  table({
    title: 'Models',
    description:
      'Every model with its traffic, errors, latency and drift, worst drift first. A click on a model opens its board. Empty cells: no traffic in the interval, or no score yet.',
    size: 'table',
    labels: [
      { label: 'namespace', header: 'Namespace' },
      { label: 'model', header: 'Model', link: MODEL_LINK },
      { label: 'version', header: 'Version' },
    ],
    values: [
      { header: 'Requests', expr: `sum by (${by}) (${rate(requests)})`, unit: 'reqps' },
      {
        header: 'Errors',
        expr: ratioFromZero(`sum by (${by}) (${rate(errors)})`, `sum by (${by}) (${rate(requests)})`),
        unit: 'percentunit',
        decimals: 2,
        steps: [
          { from: null, color: COLOR.good },
          { from: 0.01, color: COLOR.warn },
          { from: 0.05, color: COLOR.bad },
        ],
      },
      { header: 'p99', expr: quantile({ q: 0.99, of: durations, by: BY_MODEL }), unit: 's' },
      {
        header: 'Drifted features',
        expr: `max by (${by}) (${series(metric.driftedFeatures, 'target')})`,
        unit: 'percentunit',
        steps: [
          { from: null, color: COLOR.good },
          { from: 0.01, color: COLOR.warn },
          { from: 0.3, color: COLOR.bad },
        ],
      },
      { header: 'Deviation', expr: `max by (${by}) (${deviations})`, unit: 'short', decimals: 2 },
    ],
    sortBy: 'Deviation',
  })

const LEGEND = '{{model}} {{version}}'

export const requestsByModel = () =>
  timeseries({
    title: 'Requests by model',
    description: 'Inference requests per second. Metric: `modeltap_requests_total`.',
    unit: 'reqps',
    stacked: true,
    targets: [{ expr: `sum by (model, version) (${rate(requests)})`, legend: LEGEND }],
  })

export const errorsByModel = () =>
  timeseries({
    title: 'Error ratio by model',
    description:
      'Share of inference requests with a failure of the service; gaps mean no traffic. Metric: `modeltap_requests_total`.',
    unit: 'percentunit',
    targets: [
      {
        expr: ratioFromZero(
          `sum by (model, version) (${rate(errors)})`,
          `sum by (model, version) (${rate(requests)})`,
        ),
        legend: LEGEND,
      },
    ],
  })

export const latencyByModel = () =>
  timeseries({
    title: 'Latency p99 by model',
    description: 'One request in a hundred took longer. Metric: `modeltap_request_duration_seconds`.',
    unit: 's',
    targets: [{ expr: quantile({ q: 0.99, of: durations, by: ['model', 'version'] }), legend: LEGEND }],
  })

export const driftByModel = () =>
  timeseries({
    title: 'Largest drift by model',
    description:
      'Deviation of the worst feature of each model, in multiples of its limit. Above 1 a feature has drifted. Metric: `modeltap_feature_drift_score`.',
    unit: 'short',
    decimals: 2,
    size: 'half',
    noValue: 'No score yet',
    targets: [
      { expr: `max by (model, version) (${deviations})`, legend: LEGEND },
      { expr: 'vector(1)', legend: 'threshold' },
    ],
  })

export const alertsByName = () =>
  timeseries({
    title: 'Firing alerts',
    description:
      'Alerts of the shipped rules over time, by name and model, without informational ones. See Prometheus and the runbooks for details.',
    unit: 'short',
    decimals: 0,
    size: 'half',
    stacked: true,
    noValue: 'None',
    targets: [{ expr: `count by (alertname, model) (${firing})`, legend: '{{alertname}} {{model}}' }],
  })
