/** Traffic, errors and latency of a model. */
import { metric } from '../../src/instruments/catalogue.ts'
import { COLOR } from '../look.ts'
import {
  buckets,
  INFERENCE,
  quantile,
  rate,
  ratioFromZero,
  recorded,
  series,
  SERVICE_ERRORS,
} from '../selectors.ts'
import { heatmap } from '../visuals/heatmap.ts'
import { stat } from '../visuals/stat.ts'
import { timeseries } from '../visuals/timeseries.ts'

const requests = series(metric.requests, 'version', INFERENCE)
const everything = series(metric.requests, 'version')
const errors = series(metric.requests, 'version', INFERENCE, SERVICE_ERRORS)
const durations = buckets(metric.requestDuration, 'version', INFERENCE)

export const requestRate = () =>
  stat({
    title: 'Requests',
    description:
      'Inference requests per second over all selected replicas; health and metadata calls are left out. Metric: `modeltap_requests_total`.',
    unit: 'reqps',
    targets: [{ expr: `sum(${rate(requests)})`, legend: 'requests' }],
  })

export const errorRatio = () =>
  stat({
    title: 'Error ratio',
    description:
      'Share of inference requests with a failure of the service: server errors, connections closed by the server, unreachable server. Client errors (4xx) do not count. Metric: `modeltap_requests_total`.',
    unit: 'percentunit',
    decimals: 2,
    targets: [{ expr: ratioFromZero(`sum(${rate(errors)})`, `sum(${rate(requests)})`), legend: 'errors' }],
    steps: [
      { from: null, color: COLOR.good },
      { from: 0.01, color: COLOR.warn },
      { from: 0.05, color: COLOR.bad },
    ],
  })

export const latencyMedian = () =>
  stat({
    title: 'Latency p50',
    description:
      'Half of the inference requests were answered faster than this, first byte of the request to last byte of the answer. Metric: `modeltap_request_duration_seconds`.',
    unit: 's',
    targets: [{ expr: quantile({ q: 0.5, of: durations }), legend: 'p50' }],
  })

export const latencyTail = () =>
  stat({
    title: 'Latency p99',
    description:
      'One request in a hundred took longer than this. Compare it with p50: a high p99 with a normal p50 is a slow tail, not a slow model. Metric: `modeltap_request_duration_seconds`.',
    unit: 's',
    targets: [{ expr: quantile({ q: 0.99, of: durations }), legend: 'p99' }],
  })

export const inFlight = () =>
  stat({
    title: 'In flight',
    description:
      'Requests that are not answered yet. Growth without more traffic means that the server cannot keep up. Metric: `modeltap_requests_in_flight`.',
    unit: 'short',
    targets: [{ expr: `sum(${series(metric.requestsInFlight, 'model')})`, legend: 'in flight' }],
  })

export const requestsByOutcome = () =>
  timeseries({
    title: 'Requests by outcome',
    description:
      'Inference requests per second by outcome. `aborted`: the client disconnected first; `upstream_closed` and `upstream_unreachable`: the model server did. Metric: `modeltap_requests_total`.',
    unit: 'reqps',
    stacked: true,
    targets: [{ expr: `sum by (outcome) (${rate(requests)})`, legend: '{{outcome}}' }],
    colors: {
      success: COLOR.good,
      client_error: COLOR.warn,
      server_error: COLOR.bad,
      aborted: COLOR.muted,
    },
  })

export const requestsByCode = () =>
  timeseries({
    title: 'Requests by code and operation',
    description:
      'All requests per second, health and metadata calls included, by response code and recognised operation. Metric: `modeltap_requests_total`.',
    unit: 'reqps',
    stacked: true,
    targets: [
      {
        // Many codes are known from the start and never occur.
        expr: `sum by (operation, code) (${rate(everything)}) and sum by (operation, code) (increase(${everything}[$__range])) > 0`,
        legend: '{{operation}} {{code}}',
      },
    ],
  })

export const errorRatioByVersion = () =>
  timeseries({
    title: 'Error ratio by version',
    description:
      'Share of inference requests with a failure of the service, by version. Gaps mean no traffic. Compare versions after a roll-out. Metric: `modeltap_requests_total`.',
    unit: 'percentunit',
    targets: [
      {
        expr: ratioFromZero(
          `sum by (model, version) (${rate(errors)})`,
          `sum by (model, version) (${rate(requests)})`,
        ),
        legend: '{{model}} {{version}}',
      },
    ],
  })

export const durationHeatmap = () =>
  heatmap({
    title: 'Request duration',
    description:
      'Distribution of the duration of inference requests; darker means more. Two bands mean two kinds of requests (or a warm and a cold path), which an average would hide. Metric: `modeltap_request_duration_seconds`.',
    unit: 's',
    targets: [
      {
        expr: `sum by (le) (increase(${durations}[$__rate_interval]))`,
        legend: '{{le}}',
        exemplar: true,
      },
    ],
  })

export const durationQuantiles = () =>
  timeseries({
    title: 'Request duration quantiles',
    description:
      'Quantiles interpolated from the histogram, and the time to the first byte of the answer. A total far above the first byte means long answers or a slow client. Metrics: `modeltap_request_duration_seconds`, `modeltap_time_to_first_byte_seconds`.',
    unit: 's',
    size: 'half',
    targets: [
      ...[0.5, 0.9, 0.99].map((q) => ({ expr: quantile({ q, of: durations }), legend: `p${q * 100}` })),
      {
        expr: quantile({ q: 0.99, of: buckets(metric.timeToFirstByte, 'version', INFERENCE) }),
        legend: 'first byte p99',
      },
    ],
  })

export const payloadSizes = () =>
  timeseries({
    title: 'Payload sizes',
    description:
      'Median and 99th percentile of request and response bodies as sent. Growth explains latency and memory. Metrics: `modeltap_request_size_bytes`, `modeltap_response_size_bytes`.',
    unit: 'bytes',
    targets: [0.5, 0.99].flatMap((q) => [
      {
        expr: quantile({ q, of: buckets(metric.requestSize, 'version', INFERENCE) }),
        legend: `request p${q * 100}`,
      },
      {
        expr: quantile({ q, of: buckets(metric.responseSize, 'version', INFERENCE) }),
        legend: `response p${q * 100}`,
      },
    ]),
  })

export const predictionRate = () =>
  timeseries({
    title: 'Predicted rows',
    description:
      'Rows predicted per second, by version. Divided by the request rate it gives the rows per request: growing batches increase latency. Metric: `modeltap_predictions_total`.',
    unit: 'rowsps',
    targets: [
      {
        expr: `sum by (model, version) (${rate(series(metric.predictions, 'version'))})`,
        legend: '{{model}} {{version}}',
      },
    ],
  })

export const trafficAgainstLastWeek = () =>
  timeseries({
    title: 'Traffic against last week',
    description:
      'Requests per second and the median of the same two hours of last week; ModelTrafficAnomaly compares the two. Without a week of history only the first is shown. Recorded by the shipped rules.',
    unit: 'reqps',
    noValue: 'Shipped rules are not loaded, or no traffic',
    targets: [
      { expr: recorded('model:modeltap_traffic:rate5m', 'model'), legend: '{{model}} now' },
      { expr: recorded('model:modeltap_traffic_last_week:median', 'model'), legend: '{{model}} last week' },
    ],
  })
