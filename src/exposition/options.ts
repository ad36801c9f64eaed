import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'

/** As characters, because Helm reads the pattern with an engine that knows no `\u0080`. */
const HEADER_VALUE = new RegExp('^[\\t -~\u0080-\u00ff]*$')

/** The key `metrics`: what is exported, on the scrape and on the push alike. */
export const metricsOptions = z.strictObject({
  latencyBounds: z
    .array(durationOption())
    .prefault([])
    .describe(
      'Durations that become bucket bounds of the latency histograms beside the built-in ones (5 ms to 10 s); put your latency objectives here.',
    ),
  maxSeries: z
    .number()
    .int()
    .min(1000)
    .max(1_000_000)
    .default(50_000)
    .describe(
      'Largest number of series in one exposition; more are left out, bins first, and counted in modeltap_series_dropped_total.',
    ),
  exemplars: z
    .boolean()
    .default(true)
    .describe(
      'Attach the trace id of sampled `traceparent` headers to latency buckets, for readers that ask for OpenMetrics.',
    ),
})
export type MetricsOptions = z.output<typeof metricsOptions>

/** The key `otlp`: push beside the scrape. Off without an endpoint. */
export const otlpOptions = z.strictObject({
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Base URL of an OTLP/HTTP receiver, such as http://collector:4318; `/v1/metrics` is appended unless the path ends with it, with or without a slash. Off when absent.',
    ),
  interval: durationOption().prefault('60s').describe('Time between two pushes.'),
  timeout: durationOption()
    .prefault('10s')
    .describe('Time after which a push is given up; at most the interval.'),
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
