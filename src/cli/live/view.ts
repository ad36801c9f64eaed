/** Data of a live screen, computed from two scrapes of modeltap's public /metrics. Pure. */
import { parseDuration } from '../../lib/duration.ts'
import { parseSamples, type Sample } from '../../lib/prometheus-text.ts'
import type { MetricName } from '../../outcomes/performance/index.ts'

export interface Scrape {
  /** Monotonic, milliseconds. */
  readonly atMs: number
  readonly samples: readonly Sample[]
}

export interface DriftRow {
  readonly model: string
  readonly version: string
  readonly role: 'feature' | 'prediction'
  readonly name: string
  readonly score: number
  readonly threshold: number
  /** Rows in the window of the score. */
  readonly observations: number
}

/** A metric of labelled predictions. */
export interface PerformanceRow {
  readonly output: string
  readonly metric: MetricName
  readonly value: number
  /** Absent without a reference. */
  readonly threshold: number | undefined
  /** Labels in the window. */
  readonly observations: number
  readonly window: string
}

export interface LiveView {
  readonly requestsPerSecond: number
  /** Latency of predictions in seconds; absent without predictions between the scrapes. */
  readonly p50Seconds: number | undefined
  readonly p99Seconds: number | undefined
  /** Requests per second by outcome other than success; only outcomes that occurred. */
  readonly errorsPerSecond: readonly { readonly outcome: string; readonly rate: number }[]
  /** Share of requests without success, 0…1; absent without requests. */
  readonly errorRatio: number | undefined
  readonly modelCpuCores: number | undefined
  readonly modelMemoryBytes: number | undefined
  readonly ownCpuCores: number | undefined
  readonly ownMemoryBytes: number | undefined
  readonly classes: readonly { readonly label: string; readonly ratio: number }[]
  /** Sorted by score as a multiple of its threshold, highest first. */
  readonly drift: readonly DriftRow[]
  /** Of the shortest window; empty without labels. */
  readonly performance: readonly PerformanceRow[]
}

export interface ViewOptions {
  /** Restricts the view to one version of one model; all when absent. */
  readonly of?: { readonly model: string; readonly version: string } | undefined
  readonly statistic: string
  readonly window: string
}

export const scrapeOf = (atMs: number, exposition: string): Scrape => ({
  atMs,
  samples: parseSamples(exposition),
})

const REQUESTS = 'modeltap_requests_total'
const DURATION_BUCKET = 'modeltap_request_duration_seconds_bucket'

/** Windows with a score, shortest first. */
export function windowsOf(scrape: Scrape): string[] {
  const windows = new Set(
    (['feature', 'prediction'] as const).flatMap((role) =>
      select(scrape, `modeltap_${role}_drift_score`, {}).map(({ labels }) => labels['window'] ?? ''),
    ),
  )
  return [...windows].sort((a, b) => (parseDuration(a) ?? 0) - (parseDuration(b) ?? 0))
}

/** Rates between two scrapes, gauges of the later one. */
export function viewOf(before: Scrape, now: Scrape, options: ViewOptions): LiveView {
  const seconds = (now.atMs - before.atMs) / 1000
  const own: Labels = options.of === undefined ? {} : { ...options.of }
  const rateOf = (name: string, labels: Labels = {}): number | undefined => {
    const total = sum(select(now, name, labels))
    if (total === undefined || seconds <= 0) return undefined
    const earlier = sum(select(before, name, labels)) ?? 0
    // A lower counter means a restart; only the count since then is known.
    return (total < earlier ? total : total - earlier) / seconds
  }
  const requestsPerSecond = rateOf(REQUESTS, { ...own, operation: 'predict' }) ?? 0
  const outcomes = new Set(select(now, REQUESTS, own).map(({ labels }) => labels['outcome'] ?? ''))
  outcomes.delete('success')
  const errorsPerSecond = [...outcomes]
    .map((outcome) => ({ outcome, rate: rateOf(REQUESTS, { ...own, operation: 'predict', outcome }) ?? 0 }))
    .filter(({ rate }) => rate > 0)
  const errors = errorsPerSecond.reduce((total, { rate }) => total + rate, 0)
  const buckets = bucketRates(before, now, own)
  return {
    requestsPerSecond,
    p50Seconds: histogramQuantile(0.5, buckets),
    p99Seconds: histogramQuantile(0.99, buckets),
    errorsPerSecond,
    errorRatio: requestsPerSecond > 0 ? errors / requestsPerSecond : undefined,
    modelCpuCores: rateOf('modeltap_model_cpu_seconds_total'),
    modelMemoryBytes: sum(select(now, 'modeltap_model_memory_bytes', {})),
    ownCpuCores: rateOf('process_cpu_seconds_total'),
    ownMemoryBytes: sum(select(now, 'process_resident_memory_bytes', {})),
    classes: select(now, 'modeltap_prediction_class_ratio', { ...own, window: options.window })
      .map(({ labels, value }) => ({ label: labels['class'] ?? '', ratio: value }))
      .filter(({ ratio }) => ratio > 0)
      .sort((a, b) => b.ratio - a.ratio),
    drift: (['feature', 'prediction'] as const)
      .flatMap((role) => driftRows(now, role, options))
      .sort((a, b) => b.score / b.threshold - a.score / a.threshold),
    performance: performanceRows(now, own),
  }
}

/** In this order. */
const SHOWN_METRICS = ['accuracy', 'f1', 'roc_auc', 'brier', 'rmse', 'mae', 'r2'] as const

function performanceRows(now: Scrape, own: Labels): PerformanceRow[] {
  const windows = select(now, 'modeltap_performance', own).map(({ labels }) => labels['window'] ?? '')
  const [window] = windows.sort((a, b) => (parseDuration(a) ?? 0) - (parseDuration(b) ?? 0))
  if (window === undefined) return []
  return SHOWN_METRICS.flatMap((metric) =>
    select(now, 'modeltap_performance', { ...own, metric, window }).map(({ labels, value }) => {
      const { metric: _, ...output } = labels
      return {
        ...{ output: labels['output'] ?? '', metric, value, window },
        threshold: select(now, 'modeltap_performance_threshold', labels)[0]?.value,
        observations: select(now, 'modeltap_performance_observations', output)[0]?.value ?? 0,
      }
    }),
  )
}

function driftRows(
  now: Scrape,
  role: DriftRow['role'],
  { statistic, window, of = undefined }: ViewOptions,
): DriftRow[] {
  return select(now, `modeltap_${role}_drift_score`, { ...of, statistic, window }).flatMap(
    ({ labels, value }) => {
      const { statistic: _, ...column } = labels
      const [threshold] = select(now, `modeltap_${role}_drift_threshold`, labels)
      const [observations] = select(now, `modeltap_${role}_window_observations`, column)
      if (threshold === undefined || observations === undefined) return []
      const name = labels['feature'] ?? labels['output'] ?? ''
      const { model = '', version = '' } = labels
      return [
        {
          model,
          version,
          role,
          name,
          score: value,
          threshold: threshold.value,
          observations: observations.value,
        },
      ]
    },
  )
}

type Labels = Readonly<Record<string, string>>

function select({ samples }: Scrape, name: string, wanted: Labels): Sample[] {
  const pairs = Object.entries(wanted)
  return samples.filter(
    (sample) => sample.name === name && pairs.every(([label, value]) => sample.labels[label] === value),
  )
}

function sum(samples: readonly Sample[]): number | undefined {
  return samples.length === 0 ? undefined : samples.reduce((total, { value }) => total + value, 0)
}

/** Upper bound, and requests at or below it between the scrapes. */
type Bucket = readonly [bound: number, count: number]

function bucketRates(before: Scrape, now: Scrape, own: Labels): Bucket[] {
  const counts = new Map<number, number>()
  const add = (scrape: Scrape, sign: 1 | -1): void => {
    for (const { labels, value } of select(scrape, DURATION_BUCKET, { ...own, operation: 'predict' })) {
      const bound = labels['le'] === '+Inf' ? Infinity : Number(labels['le'])
      counts.set(bound, (counts.get(bound) ?? 0) + sign * value)
    }
  }
  add(now, 1)
  add(before, -1)
  return [...counts].sort(([a], [b]) => a - b)
}

/** As PromQL's histogram_quantile: linear within a bucket; above all finite buckets, the last finite bound. */
export function histogramQuantile(q: number, buckets: readonly Bucket[]): number | undefined {
  const total = buckets.at(-1)?.[1] ?? 0
  if (total <= 0) return undefined
  const rank = q * total
  let [lowerBound, lowerCount] = [0, 0]
  for (const [bound, count] of buckets) {
    if (count >= rank) {
      if (bound === Infinity) return lowerBound
      return lowerBound + ((bound - lowerBound) * (rank - lowerCount)) / (count - lowerCount)
    }
    lowerBound = bound
    lowerCount = count
  }
  return lowerBound
}
