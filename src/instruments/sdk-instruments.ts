/** Creates instruments of the OpenTelemetry SDK from descriptors, and counts their series. */
import type { Counter, Histogram, Meter } from '@opentelemetry/api'
import { UNITS } from '../lib/units.ts'
import { helpText, type RecordedMetric } from './metric.ts'

export function createCounter(meter: Meter, metric: RecordedMetric): Counter {
  return meter.createCounter(metric.name, instrumentOptions(metric))
}

/** @param bounds inclusive upper bounds of the buckets, ascending, in the metric's unit */
export function createHistogram(meter: Meter, metric: RecordedMetric, bounds: readonly number[]): Histogram {
  return meter.createHistogram(metric.name, {
    ...instrumentOptions(metric),
    advice: { explicitBucketBoundaries: [...bounds] },
  })
}

/** For one label set: a bucket for each bound, one for +Inf, sum and count. */
export function histogramSeries(bounds: readonly number[]): number {
  return bounds.length + 3
}

function instrumentOptions(metric: RecordedMetric): { description: string; unit: string } {
  return { description: helpText(metric), unit: UNITS[metric.unit].ucum }
}
