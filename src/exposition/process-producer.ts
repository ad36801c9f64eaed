/** The metrics of the Node.js process, measured by prom-client, in the form of the other metrics. */
import type { HrTime } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type {
  CollectionResult,
  DataPoint,
  Histogram,
  MetricData,
  MetricProducer,
} from '@opentelemetry/sdk-metrics'
import { collectDefaultMetrics, type MetricValue, Registry } from 'prom-client'
import type { MetricDescriptor } from '../instruments/metric.ts'
import { UNITS } from '../lib/units.ts'
import { toHrTime } from './observed-producer.ts'
import { AggregationTemporality, DataPointType, ValueType } from './opentelemetry.ts'

/**
 * Interval of the timer with which prom-client measures the event-loop delay. Its default of 10 ms alone took 0.7 % of
 * a core at rest, four times as much as everything else together.
 */
const LAG_TIMER_MS = 100

/** prom-client's types lack the name of a histogram's sample. */
type ClientSample = MetricValue<string> & { readonly metricName?: string }

export interface ProcessProducerOptions {
  readonly metrics: readonly MetricDescriptor[]
  readonly resource: Resource
  readonly epochMs: () => number
}

export class ProcessProducer implements MetricProducer {
  readonly #options: ProcessProducerOptions
  readonly #registry = new Registry()
  readonly #startTime: HrTime

  constructor(options: ProcessProducerOptions) {
    this.#options = options
    this.#startTime = toHrTime(options.epochMs())
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LAG_TIMER_MS })
  }

  async collect(): Promise<CollectionResult> {
    const { resource, metrics, epochMs } = this.#options
    const measured = new Map((await this.#registry.getMetricsAsJSON()).map((metric) => [metric.name, metric]))
    const time = { startTime: this.#startTime, endTime: toHrTime(epochMs()) }
    const data = metrics.flatMap((metric) => {
      const found = measured.get(metric.name)
      return found === undefined || found.values.length === 0
        ? []
        : [toMetricData(metric, found.values, time)]
    })
    const scopeMetrics = [{ scope: { name: 'prom-client' }, metrics: data }]
    return { resourceMetrics: { resource, scopeMetrics }, errors: [] }
  }

  /** Stops the event loop's monitor and the garbage collection's observer. */
  shutdown(): void {
    this.#registry.clear()
  }
}

interface Time {
  readonly startTime: HrTime
  readonly endTime: HrTime
}

function toMetricData(metric: MetricDescriptor, values: readonly ClientSample[], time: Time): MetricData {
  const descriptor = {
    name: metric.name,
    description: metric.help,
    unit: UNITS[metric.unit].ucum,
    valueType: ValueType.DOUBLE,
  }
  const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE }
  if (metric.type === 'histogram') {
    return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: toHistograms(values, time) }
  }
  const dataPoints = values.map(({ labels, value }) => ({
    ...time,
    attributes: { ...labels },
    value: metric.name.startsWith('nodejs_eventloop_lag_') ? lagSeconds(value) : value,
  }))
  return metric.type === 'counter'
    ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...common, dataPointType: DataPointType.GAUGE, dataPoints }
}

/** The measured value is the time between two timer events; the delay is the part beyond its interval. */
const lagSeconds = (betweenTurnsSeconds: number): number =>
  Math.max(0, betweenTurnsSeconds - LAG_TIMER_MS / 1000)

/** prom-client has cumulative `le` samples; OpenTelemetry needs the count of each bucket. */
function toHistograms(samples: readonly ClientSample[], time: Time): DataPoint<Histogram>[] {
  const groups = new Map<string, ClientSample[]>()
  for (const sample of samples) {
    const { le: _le, ...labels } = sample.labels as Record<string, string | number>
    const key = JSON.stringify(labels)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [sample])
    else group.push(sample)
  }
  return [...groups].map(([key, group]) => {
    const buckets = group.filter(({ labels }) => 'le' in labels)
    const cumulative = buckets.map(({ value }) => value)
    return {
      ...time,
      attributes: JSON.parse(key) as Record<string, string>,
      value: {
        buckets: {
          boundaries: buckets.map(({ labels }) => Number(labels['le'])).filter(Number.isFinite),
          counts: cumulative.map((count, index) => count - (cumulative[index - 1] ?? 0)),
        },
        sum: group.find(({ metricName }) => metricName?.endsWith('_sum') === true)?.value ?? 0,
        count: group.find(({ metricName }) => metricName?.endsWith('_count') === true)?.value ?? 0,
      },
    }
  })
}
