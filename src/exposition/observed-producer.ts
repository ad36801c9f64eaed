// HOT: per series of a collection
/**
 * Reads the observed metrics as an OpenTelemetry MetricProducer, the SDK's interface for state aggregated elsewhere.
 * The result is exactly what the metrics emit now. See docs/decisions/observed-metrics.md.
 */
import type { HrTime } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type {
  CollectionResult,
  DataPoint,
  MetricData,
  MetricDescriptor as OtelDescriptor,
  MetricProducer,
} from '@opentelemetry/sdk-metrics'
import { helpText, type ObservedMetric, type Sources } from '../instruments/metric.ts'
import { UNITS } from '../lib/units.ts'
import { AttributeCache } from './attribute-cache.ts'
import { AggregationTemporality, DataPointType, ValueType } from './opentelemetry.ts'

export interface ObservedProducerOptions {
  readonly metrics: readonly ObservedMetric[]
  readonly sources: () => Sources
  readonly resource: Resource
  readonly scope: { readonly name: string; readonly version: string }
  /** Maximum series of this collection; the last metrics of the list lose theirs first. */
  readonly room: () => number
  /** Maximum of `room`. */
  readonly maxSeries: number
  readonly epochMs: () => number
}

export function toHrTime(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1000)
  return [seconds, Math.round((epochMs - seconds * 1000) * 1e6)]
}

export class ObservedProducer implements MetricProducer {
  readonly #options: ObservedProducerOptions
  readonly #startTime: HrTime
  readonly #caches = new Map<string, AttributeCache>()
  readonly #metrics: readonly { metric: ObservedMetric; descriptor: OtelDescriptor; cache: AttributeCache }[]
  #collection = 0
  #limited = 0
  #duplicates = 0

  constructor(options: ObservedProducerOptions) {
    this.#options = options
    this.#startTime = toHrTime(options.epochMs())
    this.#metrics = options.metrics.map((metric) => ({
      metric,
      descriptor: {
        name: metric.name,
        description: helpText(metric),
        unit: UNITS[metric.unit].ucum,
        valueType: ValueType.DOUBLE,
      },
      cache: this.#cacheFor(metric.labels),
    }))
  }

  /** Series dropped because of `maxSeries`, summed over all collections. */
  get limited(): number {
    return this.#limited
  }

  /** Label sets emitted twice by a metric in one collection; the first one counts. */
  get duplicates(): number {
    return this.#duplicates
  }

  collect(): Promise<CollectionResult> {
    const { resource, scope } = this.#options
    const sources = this.#options.sources()
    const endTime = toHrTime(this.#options.epochMs())
    const metrics: MetricData[] = []
    const errors: unknown[] = []
    let room = this.#options.room()
    for (const { metric, descriptor, cache } of this.#metrics) {
      try {
        const dataPoints = this.#read({ metric, cache, sources, endTime, room })
        room -= dataPoints.length
        if (dataPoints.length > 0) metrics.push(metricData(metric, descriptor, dataPoints))
      } catch (error) {
        errors.push(error)
      }
    }
    return Promise.resolve({ resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] }, errors })
  }

  #read({ metric, cache, sources, endTime, room }: Reading): DataPoint<number>[] {
    const dataPoints: DataPoint<number>[] = []
    const startTime = this.#startTime
    this.#collection += 1
    const collection = this.#collection
    metric.collect(sources, (value, ...labels) => {
      if (value === undefined || Number.isNaN(value)) return
      const series = cache.get(labels)
      if (series.lastSeen === collection) {
        this.#duplicates += 1
        return
      }
      series.lastSeen = collection
      if (dataPoints.length >= room) this.#limited += 1
      else dataPoints.push({ startTime, endTime, attributes: series.attributes, value })
    })
    return dataPoints
  }

  /** Metrics with the same labels share their attributes objects, and thereby the rendered label text. */
  #cacheFor(labels: readonly string[]): AttributeCache {
    const key = labels.join()
    const known = this.#caches.get(key)
    if (known !== undefined) return known
    const cache = new AttributeCache(labels, 2 * this.#options.maxSeries)
    this.#caches.set(key, cache)
    return cache
  }
}

interface Reading {
  readonly metric: ObservedMetric
  readonly cache: AttributeCache
  readonly sources: Sources
  readonly endTime: HrTime
  readonly room: number
}

function metricData(
  { type }: ObservedMetric,
  descriptor: OtelDescriptor,
  dataPoints: DataPoint<number>[],
): MetricData {
  const aggregationTemporality = AggregationTemporality.CUMULATIVE
  return type === 'counter'
    ? { descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints }
}
