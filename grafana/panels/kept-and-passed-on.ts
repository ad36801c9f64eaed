/** What modeltap keeps over a restart, and what it passes on of the model server's own metrics. */
import { metric } from '../../src/instruments/catalogue.ts'
import type { MetricDescriptor } from '../../src/instruments/metric.ts'
import { rate, series } from '../selectors.ts'
import { timeseries } from '../visuals/timeseries.ts'

const NOT_KEPT = 'Nothing is kept'
const NO_NEIGHBOUR = 'No metrics of the model server'
const of = (descriptor: MetricDescriptor): string => series(descriptor, 'target')
const during = (descriptor: MetricDescriptor): string => `increase(${of(descriptor)}[$__rate_interval])`

export const checkpoints = () =>
  timeseries({
    title: 'Checkpoints',
    description:
      'Checkpoints of windows and baselines within the interval, by outcome. Failures alert: see the runbook of ModeltapCheckpointsFailing; `set_aside` is a file that was unusable at start. Metric: `modeltap_checkpoints_total`.',
    unit: 'short',
    noValue: NOT_KEPT,
    targets: [{ expr: `sum by (outcome) (${during(metric.checkpoints)})`, legend: '{{outcome}}' }],
  })

export const checkpointAge = () =>
  timeseries({
    title: 'Age of the last checkpoint',
    description:
      'Time since the last checkpoint, which a crash would lose, by replica: a saw-tooth with the height of `state.interval`. Metric: `modeltap_checkpoint_timestamp_seconds`.',
    unit: 's',
    noValue: NOT_KEPT,
    targets: [
      {
        expr: `time() - max by (pod, instance) (${of(metric.checkpointTimestamp)})`,
        legend: '{{pod}} {{instance}}',
      },
    ],
  })

export const checkpointSize = () =>
  timeseries({
    title: 'Size of the last checkpoint',
    description:
      'Size of a checkpoint. Grows with models, features and windows up to a constant; the volume needs twice as much. Metric: `modeltap_checkpoint_size_bytes`.',
    unit: 'bytes',
    noValue: NOT_KEPT,
    targets: [
      { expr: `max by (pod, instance) (${of(metric.checkpointSize)})`, legend: '{{pod}} {{instance}}' },
    ],
  })

export const neighbourFetch = () =>
  timeseries({
    title: "Fetch of the model server's metrics",
    description:
      'Duration of the fetch for the latest scrape. It is part of the scrape, so it must stay far below the scrape timeout. Metric: `modeltap_neighbour_fetch_duration_seconds`.',
    unit: 's',
    noValue: NO_NEIGHBOUR,
    targets: [
      { expr: `max by (pod, instance) (${of(metric.neighbourDuration)})`, legend: '{{pod}} {{instance}}' },
    ],
  })

export const neighbourSamples = () =>
  timeseries({
    title: 'Samples passed on',
    description:
      'Samples of the model server in a scrape besides those of modeltap, and dropped samples by reason: `malformed`, or `type-conflict` with a metric of modeltap. Metrics: `modeltap_neighbour_samples`, `modeltap_neighbour_dropped_samples_total`.',
    unit: 'short',
    noValue: NO_NEIGHBOUR,
    targets: [
      {
        expr: `sum by (pod, instance) (${of(metric.neighbourSamples)})`,
        legend: 'passed on {{pod}} {{instance}}',
      },
      {
        expr: `sum by (reason) (${during(metric.neighbourDropped)})`,
        legend: 'left out: {{reason}}',
      },
    ],
  })

export const neighbourFailures = () =>
  timeseries({
    title: 'Failed fetches',
    description:
      'Replicas with a failed latest fetch, and failed fetches per second by reason. The metrics of modeltap do not depend on it. Metrics: `modeltap_neighbour_up`, `modeltap_neighbour_failures_total`.',
    unit: 'short',
    noValue: NO_NEIGHBOUR,
    targets: [
      { expr: `count(${of(metric.neighbourUp)}) - sum(${of(metric.neighbourUp)})`, legend: 'without now' },
      { expr: `sum by (reason) (${rate(of(metric.neighbourFailures))})`, legend: '{{reason}} per second' },
    ],
  })
