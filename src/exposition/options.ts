import { z } from 'zod'
import { durationOption, intervalOption } from '../config/primitives.ts'

/** As characters, because Helm's regular expression engine does not support `\u0080`. */
const HEADER_VALUE = new RegExp('^[\\t -~\u0080-\u00ff]*$')

/** The key `metrics`: exported data, for scrape and push. */
export const metricsOptions = z.strictObject({
  latencyBounds: z
    .array(durationOption())
    .prefault([])
    .describe(
      'Additional bucket bounds of the latency histograms, besides the built-in ones (5 ms to 10 s), as durations.',
    ),
  maxSeries: z
    .number()
    .int()
    .min(1000)
    .max(1_000_000)
    .default(50_000)
    .describe(
      'Maximum number of series in one scrape. modeltap drops the rest, bins first, and counts them in modeltap_series_dropped_total.',
    ),
  exemplars: z
    .boolean()
    .default(true)
    .describe(
      'Whether latency buckets carry the trace id of sampled `traceparent` headers as exemplars, for scrapers that request OpenMetrics.',
    ),
})
export type MetricsOptions = z.output<typeof metricsOptions>

/** The key `otlp`: push in addition to the scrape. Off without an endpoint. */
export const otlpOptions = z.strictObject({
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Base URL of an OTLP receiver, such as http://collector:4318; `/v1/metrics` is appended unless the path ends with it, with or without a slash. Off when absent. The variables OTEL_EXPORTER_OTLP_* of OpenTelemetry apply when it is absent.',
    ),
  protocol: z
    .enum(['http/json', 'http/protobuf', 'grpc'])
    .default('http/json')
    .describe(
      'Form of a push. Receivers of OTLP/HTTP take both of its forms on port 4318; grpc is for port 4317, with `http://` in the endpoint for no TLS.',
    ),
  wholeUrl: z
    .boolean()
    .default(false)
    .describe('Whether otlp.endpoint is the whole URL of metrics, so that nothing is appended.'),
  interval: intervalOption().prefault('60s').describe('Interval between two pushes (duration).'),
  timeout: durationOption().prefault('10s').describe('Timeout of a push (duration); at most the interval.'),
  headers: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'a header name has letters, digits and hyphens'),

      z.string().regex(HEADER_VALUE, 'a header value has no line break and no control character'),
    )
    .default({})
    .meta({ secret: true })
    .describe('HTTP headers of each push, such as authorization; never logged.'),
})
export type OtlpOptions = z.output<typeof otlpOptions>
