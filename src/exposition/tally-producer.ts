/** Passes the tallies of the hot path to the SDK's reader, in the form of its own instruments. */
import type { HrTime } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type {
  AggregationTemporality as Temporality,
  CollectionResult,
  MetricData,
  MetricDescriptor,
  MetricProducer,
} from '@opentelemetry/sdk-metrics'
import { helpText, type RecordedMetric } from '../instruments/metric.ts'
import type { CounterTally, HistogramTally } from '../instruments/tallies.ts'
import { UNITS } from '../lib/units.ts'
import { toHrTime } from './observed-producer.ts'
import { AggregationTemporality, DataPointType, ValueType } from './opentelemetry.ts'

export interface TallyProducerOptions {
  readonly counters: readonly CounterTally[]
  readonly histograms: readonly HistogramTally[]
  readonly resource: Resource
  readonly scope: { readonly name: string; readonly version: string }
  readonly epochMs: () => number
}

interface Time {
  readonly startTime: HrTime
  readonly endTime: HrTime
}

export class TallyProducer implements MetricProducer {
  readonly #options: TallyProducerOptions
  readonly #startTime: HrTime

  constructor(options: TallyProducerOptions) {
    this.#options = options
    this.#startTime = toHrTime(options.epochMs())
  }

  collect(): Promise<CollectionResult> {
    const { counters, histograms, resource, scope, epochMs } = this.#options
    const time = { startTime: this.#startTime, endTime: toHrTime(epochMs()) }
    // A metric without series is absent, like an SDK metric.
    const metrics = [
      ...histograms.filter(({ series }) => series.length > 0).map((tally) => histogramData(tally, time)),
      ...counters.filter(({ series }) => series.length > 0).map((tally) => counterData(tally, time)),
    ]
    return Promise.resolve({ resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] }, errors: [] })
  }
}

function counterData({ metric, series }: CounterTally, time: Time): MetricData {
  return {
    ...common(metric),
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints: series.map(({ attributes, value }) => ({ ...time, attributes, value })),
  }
}

function histogramData({ metric, bounds, series }: HistogramTally, time: Time): MetricData {
  // Always the same array: the encoder uses it as a cache key.
  const boundaries = bounds as number[]
  return {
    ...common(metric),
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: series.map(({ attributes, counts, sum, count }) => ({
      ...time,
      attributes,
      // Copied, because a push is sent later while counting continues.
      value: { buckets: { boundaries, counts: counts.slice() }, sum, count },
    })),
  }
}

function common(metric: RecordedMetric): {
  readonly descriptor: MetricDescriptor
  readonly aggregationTemporality: Temporality.CUMULATIVE
} {
  return {
    descriptor: {
      name: metric.name,
      description: helpText(metric),
      unit: UNITS[metric.unit].ucum,
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
}
