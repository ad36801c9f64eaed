/**
 * The single MeterProvider with its reader: /metrics renders what the reader collects, and OTLP pushes the same. Rare
 * recordings use instruments of the SDK; recordings for each request, and observed metrics, use MetricProducers on the
 * same reader.
 */
import type {
  MeterProvider as OtelMeterProvider,
  PushMetricExporter,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { configuredBounds } from '../instruments/buckets.ts'
import { exposedMetrics, observedMetrics } from '../instruments/catalogue.ts'
import { LlmRecorder } from '../instruments/llm-recorder.ts'
import type { Sources } from '../instruments/metric.ts'
import type { ObjectivesOptions } from '../instruments/options.ts'
import { OutcomeRecorder } from '../instruments/outcome-recorder.ts'
import { processMetrics } from '../instruments/process.ts'
import { RequestRecorder } from '../instruments/request-recorder.ts'
import type { ExpositionStats } from '../instruments/self-snapshot.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { nodeTimeout } from '../lib/timers.ts'
import { version } from '../lib/version.ts'
import { ExpositionEncoder, type Format } from './exposition-encoder.ts'
import { ObservedProducer } from './observed-producer.ts'
import { MeterProvider, PrometheusExporter } from './opentelemetry.ts'
import type { MetricsOptions, OtlpOptions } from './options.ts'
import { openOtlpExporter } from './otlp-exporter.ts'
import { OtlpPush } from './otlp-push.ts'
import { PartialSuccessLog } from './partial-success.ts'
import { ProcessProducer } from './process-producer.ts'
import { createResource, type ResourceFacts } from './resource.ts'
import { TallyProducer } from './tally-producer.ts'

export interface ExpositionDependencies {
  readonly metrics: MetricsOptions
  readonly otlp: OtlpOptions
  /** The latency objective becomes a bucket bound. */
  readonly objectives?: ObjectivesOptions
  /** Identity of the pushing process, and its model. */
  readonly resource?: ResourceFacts
  /** Read at each collection; cheap, and must not throw. */
  readonly sources: () => Omit<Sources, 'exposition'>
  readonly clock: Clock
  readonly logger: Logger
}

export interface Exposition {
  readonly meterProvider: OtelMeterProvider
  /** HOT: for each request. */
  readonly recorder: RequestRecorder
  /** HOT: for each generated answer. */
  readonly llmRecorder: LlmRecorder
  readonly outcomeRecorder: OutcomeRecorder
  readonly stats: () => ExpositionStats
  /** The content of a scrape or push. Rejects when a metric could not be collected. */
  readonly collect: () => Promise<ResourceMetrics>
  /**
   * Collects and renders. Rejects when a metric could not be collected, because a partial answer would look complete.
   */
  readonly render: (format: Format) => Promise<string>
  /** Sends the last push, if any, and releases timers. */
  readonly shutdown: () => Promise<void>
}

const NOBODY: ResourceFacts = {
  model: undefined,
  modelVersion: undefined,
  owner: undefined,
  pod: undefined,
}

const SCOPE = { name: 'modeltap', version }
/** Share of all series for traffic; observed metrics have the rest. */
const REQUEST_SHARE = 0.5
const LLM_SHARE = 0.2

export function createExposition({
  metrics,
  objectives = {},
  otlp,
  resource: resourceFacts = NOBODY,
  sources,
  clock,
  logger,
}: ExpositionDependencies): Exposition {
  const resource = createResource(resourceFacts)
  let lastSeries = 0
  let lastDurationSeconds = 0
  const stats = (): ExpositionStats => ({
    droppedSeries: {
      series_limit: observed.limited,
      duplicate: observed.duplicates,
      request_label_sets: recorder.overflowed + llmRecorder.overflowed,
    },
    lastSeries,
    lastDurationSeconds,
    ...(push === undefined ? {} : { otlpExports: push.outcomes }),
  })
  const epochMs = clock.epochMs
  const observed = new ObservedProducer({
    metrics: observedMetrics,
    sources: () => ({ ...sources(), exposition: stats() }),
    resource,
    scope: SCOPE,
    room: (): number => metrics.maxSeries - recorder.series - llmRecorder.series - processMetrics.length,
    maxSeries: metrics.maxSeries,
    epochMs,
  })
  const process = new ProcessProducer({ metrics: processMetrics, resource, epochMs })
  const recorder = new RequestRecorder({
    latencyBoundsSeconds: configuredBounds({ metrics, objectives }),
    maxSeries: REQUEST_SHARE * metrics.maxSeries,
    exemplars: metrics.exemplars,
    epochMs,
  })
  const outcomeRecorder = new OutcomeRecorder()
  const { counters } = recorder
  const histograms = [...recorder.histograms, outcomeRecorder.histogram]
  const requests = new TallyProducer({ counters, histograms, resource, scope: SCOPE, epochMs })
  const reader = new PrometheusExporter({
    preventServerStart: true,
    metricProducers: [requests, observed, process],
  })
  const meterProvider = new MeterProvider({
    resource,
    readers: [reader],
    // The recorder stays far below this, so the SDK's own silent overflow never occurs.
    views: [{ instrumentName: '*', aggregationCardinalityLimit: 2 * metrics.maxSeries }],
  })
  const meter = meterProvider.getMeter(SCOPE.name, SCOPE.version)
  const llmRecorder = new LlmRecorder({ meter, maxSeries: LLM_SHARE * metrics.maxSeries })
  const collect = async (): Promise<ResourceMetrics> => {
    const { resourceMetrics, errors } = await reader.collect()
    if (errors.length > 0) throw new AggregateError(errors, 'a metric could not be collected')
    return inCatalogueOrder(resourceMetrics)
  }
  const push = createPush(otlp, collect, logger)
  const encoder = new ExpositionEncoder()

  const render = async (format: Format): Promise<string> => {
    const startMs = clock.monotonicMs()
    const collected = await collect()
    const { text, series } = encoder.encode(collected, format, (name, attributes) =>
      name === 'modeltap_request_duration_seconds' ? recorder.exemplars?.get(attributes) : undefined,
    )
    lastSeries = series
    lastDurationSeconds = (clock.monotonicMs() - startMs) / 1000
    return text
  }

  const shutdown = async (): Promise<void> => {
    await push?.shutdown()
    process.shutdown()
    await meterProvider.shutdown()
  }
  return { meterProvider, recorder, llmRecorder, outcomeRecorder, stats, collect, render, shutdown }
}

const order = new Map(exposedMetrics.map(({ name }, index) => [name, index]))

/** One scope, so that readers see metrics by subject instead of by origin. */
function inCatalogueOrder({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics {
  const position = (name: string): number => order.get(name) ?? order.size
  const metrics = scopeMetrics
    .flatMap((scope) => scope.metrics)
    .sort((a, b) => position(a.descriptor.name) - position(b.descriptor.name))
  return { resource, scopeMetrics: [{ scope: SCOPE, metrics }] }
}

/** The path of metrics below the endpoint's own, added once, keeping its query. */
export function metricsUrl(endpoint: string): string {
  const url = new URL(endpoint)
  const path = url.pathname.replace(/\/+$/, '')
  url.pathname = path.endsWith('/v1/metrics') ? path : `${path}/v1/metrics`
  return url.href
}

function createPush(
  { endpoint, wholeUrl, protocol, interval, timeout, headers }: OtlpOptions,
  collect: () => Promise<ResourceMetrics>,
  logger: Logger,
): OtlpPush | undefined {
  if (endpoint === undefined) return undefined
  const partialSuccess = new PartialSuccessLog()
  const exporter = async (): Promise<PushMetricExporter> => {
    partialSuccess.listen()
    return openOtlpExporter({
      ...{ protocol, endpoint, headers },
      url: wholeUrl ? endpoint : metricsUrl(endpoint),
      timeoutMillis: nodeTimeout(Math.min(timeout, interval)),
    })
  }
  const push = new OtlpPush({ exporter, collect, logger, partialSuccess: partialSuccess.take })
  push.start(interval)
  return push
}
