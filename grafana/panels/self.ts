/** What modeltap costs, and what it does not see. */
import { exposedMetrics, metric } from '../../src/instruments/catalogue.ts'
import type { MetricDescriptor } from '../../src/instruments/metric.ts'
import { COLOR } from '../look.ts'
import { rate, series, setting } from '../selectors.ts'
import { stat } from '../visuals/stat.ts'
import { timeseries } from '../visuals/timeseries.ts'

const self = (descriptor: MetricDescriptor, ...matchers: string[]): string =>
  series(descriptor, 'target', ...matchers)
const byInstance = (expr: string): string => `sum by (pod, instance) (${expr})`

/** A metric of the Node.js process by its name; the catalogue has no shorter one for these. */
function ofProcess(name: string, ending: '' | '_sum' = ''): string {
  const found = exposedMetrics.find((descriptor) => descriptor.name === name)
  if (found === undefined) throw new Error(`the catalogue has no metric ${name}`)
  return self({ ...found, name: `${name}${ending}` })
}

export const replicas = () =>
  stat({
    title: 'Replicas',
    description: 'Number of scraped modeltap processes. Metric: `modeltap_build_info`.',
    unit: 'short',
    size: 'wideTile',
    noValue: 'None',
    targets: [{ expr: `count(${self(metric.buildInfo)})`, legend: 'replicas' }],
  })

export const unobservedShare = () =>
  stat({
    title: 'Unobserved',
    description:
      'Share of exchanges that were forwarded but not observed. Above 1 % ModeltapTrafficUnobserved fires. Metrics: `modeltap_exchanges_unobserved_total`, `modeltap_requests_total`.',
    unit: 'percentunit',
    decimals: 2,
    size: 'wideTile',
    targets: [
      {
        expr: `sum(${rate(self(metric.exchangesUnobserved))}) / (sum(${rate(self(metric.exchangesUnobserved))}) + sum(${rate(self(metric.requests))}) > 0)`,
        legend: 'unobserved',
      },
    ],
    steps: [
      { from: null, color: COLOR.good },
      { from: 0.01, color: COLOR.bad },
    ],
  })

export const ringNow = () =>
  stat({
    title: 'Buffer used',
    description:
      'Unread share of the buffer between traffic and analysis, fullest replica. At 100 %, bytes of the copy are dropped; traffic is not affected. Metric: `modeltap_ring_used_ratio`.',
    unit: 'percentunit',
    decimals: 1,
    size: 'wideTile',
    noValue: 'Unknown',
    targets: [{ expr: `max(${self(metric.ringUsed)})`, legend: 'used' }],
    steps: [
      { from: null, color: COLOR.good },
      { from: 0.5, color: COLOR.warn },
      { from: 0.9, color: COLOR.bad },
    ],
  })

export const cpuPerThousand = () =>
  stat({
    title: 'CPU per 1000 requests',
    description:
      'CPU seconds of modeltap, both threads, for 1000 requests. Rises with the number of features and the size of bodies. Metrics: `process_cpu_seconds_total`, `modeltap_requests_total`.',
    unit: 's',
    size: 'wideTile',
    targets: [
      {
        expr: `1000 * sum(${rate(ofProcess('process_cpu_seconds_total'))}) / (sum(${rate(self(metric.requests))}) > 0)`,
        legend: 'CPU seconds',
      },
    ],
  })

export const seriesNow = () =>
  stat({
    title: 'Series',
    description:
      'Series of the largest exposition. Grows with models, features and bins, up to a limit. Metric: `modeltap_exposition_series`.',
    unit: 'short',
    size: 'wideTile',
    noValue: 'Unknown',
    targets: [{ expr: `max(${self(metric.expositionSeries)})`, legend: 'series' }],
  })

export const restartsToday = () =>
  stat({
    title: 'Analysis restarts',
    description:
      'How often the analysis thread was replaced over the time range of the board. Two within half an hour alert. Metric: `modeltap_analysis_restarts_total`.',
    unit: 'short',
    decimals: 0,
    size: 'wideTile',
    noValue: 'Unknown',
    sparkline: false,
    targets: [{ expr: `sum(increase(${self(metric.analysisRestarts)}[$__range]))`, legend: 'restarts' }],
    steps: [
      { from: null, color: COLOR.good },
      { from: 1, color: COLOR.warn },
      { from: 2, color: COLOR.bad },
    ],
  })

export const cpu = () =>
  timeseries({
    title: 'CPU of modeltap',
    description:
      'CPU cores used by the whole process, both threads, and the part for garbage collection of the analysis thread; more than a quarter means that the heap is too small. Metrics: `process_cpu_seconds_total`, `nodejs_gc_duration_seconds`.',
    size: 'quarter',
    unit: 'short',
    targets: [
      { expr: byInstance(rate(ofProcess('process_cpu_seconds_total'))), legend: '{{pod}} {{instance}}' },
      {
        expr: byInstance(rate(ofProcess('nodejs_gc_duration_seconds', '_sum'))),
        legend: 'garbage collection {{pod}} {{instance}}',
      },
    ],
  })

export const memory = () =>
  timeseries({
    title: 'Memory of modeltap',
    description:
      'Resident memory of the whole process. Bounded by configuration (buffers, windows, series); please report steady growth. It is in the heap of the analysis thread, in buffers outside of it, or, if in neither, in the allocator. Metrics: `process_resident_memory_bytes`, `nodejs_heap_size_used_bytes`, `nodejs_external_memory_bytes`.',
    size: 'quarter',
    unit: 'bytes',
    targets: [
      { expr: byInstance(ofProcess('process_resident_memory_bytes')), legend: '{{pod}} {{instance}}' },
      { expr: byInstance(ofProcess('nodejs_heap_size_used_bytes')), legend: 'heap {{pod}} {{instance}}' },
      { expr: byInstance(ofProcess('nodejs_external_memory_bytes')), legend: 'buffers {{pod}} {{instance}}' },
    ],
  })

export const lag = () =>
  timeseries({
    title: 'Lag of analysis',
    description:
      'Age of the traffic that analysis reads now, and the event loop delay of the analysis thread. Figures are delayed by this time; requests are not. Metrics: `modeltap_analysis_lag_seconds`, `nodejs_eventloop_lag_p99_seconds`.',
    size: 'quarter',
    unit: 's',
    targets: [
      {
        expr: `max by (pod, instance) (${self(metric.analysisLag)})`,
        legend: 'analysis {{pod}} {{instance}}',
      },
      {
        expr: `max by (pod, instance) (${ofProcess('nodejs_eventloop_lag_p99_seconds')})`,
        legend: 'event loop p99 {{pod}} {{instance}}',
      },
    ],
  })

export const stall = () =>
  timeseries({
    title: 'Stalls of the proxy',
    description:
      'Longest time in the last minute for which the thread that forwards the traffic did not take up new work. Requests wait this long. With free cores the target is 10 ms at most; with busy cores the thread also waits for a core. With little traffic, only stalls above half a second are sure to be seen. Metric: `modeltap_event_loop_stall_seconds`.',
    size: 'quarter',
    unit: 's',
    targets: [
      { expr: `max by (pod, instance) (${self(metric.eventLoopStall)})`, legend: '{{pod}} {{instance}}' },
    ],
  })

export const bytes = () =>
  timeseries({
    title: 'Bytes seen and dropped',
    description:
      'Bytes per second that were copied for analysis, and those that were not, by reason. Dropped bytes were still forwarded. Metrics: `modeltap_tap_bytes_total`, `modeltap_tap_dropped_bytes_total`.',
    size: 'quarter',
    unit: 'Bps',
    targets: [
      { expr: `sum(${rate(self(metric.tapBytes))})`, legend: 'seen' },
      {
        expr: `sum by (reason) (${rate(self(metric.tapDroppedBytes))})`,
        legend: 'dropped: {{reason}}',
      },
    ],
  })

export const unobserved = () =>
  timeseries({
    title: 'Unobserved exchanges',
    description:
      'Exchanges per second that were forwarded but not observed, by reason. Metric: `modeltap_exchanges_unobserved_total`.',
    size: 'quarter',
    unit: 'cps',
    targets: [{ expr: `sum by (reason) (${rate(self(metric.exchangesUnobserved))})`, legend: '{{reason}}' }],
  })

export const decodeFailures = () =>
  timeseries({
    title: 'Payloads that gave no rows',
    description:
      'Predictions per second whose payload could not be decoded, by protocol and reason. The status page shows the last ones. Metric: `modeltap_decode_failures_total`.',
    size: 'quarter',
    unit: 'cps',
    noValue: 'None',
    targets: [
      {
        expr: `sum by (protocol, reason) (${rate(self(metric.decodeFailures))})`,
        legend: '{{protocol}}: {{reason}}',
      },
    ],
  })

export const connections = () =>
  timeseries({
    title: 'Connections',
    description:
      'Client connections that are open now, those that modeltap refused or closed in five minutes, by reason, the same for the admin port, and all open files: two for each connection. Connections beyond `connections.limit`, or beyond the limit of open files (`ulimit -n`), are refused as `limit`. Metrics: `modeltap_open_connections`, `modeltap_connections_ended_total`, `modeltap_admin_connections_closed_total`, `process_open_fds`.',
    size: 'quarter',
    unit: 'short',
    targets: [
      { expr: byInstance(self(metric.openConnections)), legend: '{{pod}} {{instance}}' },
      {
        expr: `sum by (reason) (increase(${self(metric.connectionsEnded)}[5m]))`,
        legend: 'ended: {{reason}}',
      },
      {
        expr: `sum by (reason) (increase(${self(metric.adminConnectionsClosed)}[5m]))`,
        legend: 'admin port: {{reason}}',
      },
      { expr: byInstance(ofProcess('process_open_fds')), legend: 'files {{pod}} {{instance}}' },
    ],
  })

export const exposition = () =>
  timeseries({
    title: 'Scrape',
    description:
      'Duration of a scrape as measured by Prometheus, and of collecting and rendering in modeltap. Above one second ModeltapScrapeSlow fires. Metrics: `scrape_duration_seconds`, `modeltap_exposition_duration_seconds`.',
    unit: 's',
    targets: [
      {
        expr: `max by (pod, instance) (${series({ ...metric.expositionDuration, name: 'scrape_duration_seconds' }, 'target')})`,
        legend: 'scrape {{pod}} {{instance}}',
      },
      {
        expr: `max by (pod, instance) (${self(metric.expositionDuration)})`,
        legend: 'rendering {{pod}} {{instance}}',
      },
      { expr: `min(${setting('scrape_duration_seconds:max', 'namespace')})`, legend: 'threshold' },
    ],
  })

export const droppedSeries = () =>
  timeseries({
    title: 'Series kept back',
    description:
      'Series dropped from the exposition per second, by limit. While it is above zero, these series are missing on every board: see the runbook of ModeltapSeriesDropped. Metric: `modeltap_series_dropped_total`.',
    unit: 'cps',
    targets: [{ expr: `sum by (reason) (${rate(self(metric.seriesDropped))})`, legend: '{{reason}}' }],
  })

export const otlp = () =>
  timeseries({
    title: 'Pushes over OTLP',
    description:
      'Pushes per minute by outcome; `partial` when the receiver refused some data points, `skipped` when the previous push had not ended. Metric: `modeltap_otlp_exports_total`.',
    unit: 'cpm',
    noValue: 'Push is off',
    targets: [{ expr: `60 * sum by (outcome) (${rate(self(metric.otlpExports))})`, legend: '{{outcome}}' }],
  })
