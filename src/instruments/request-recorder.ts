// HOT: per request
/**
 * Records a finished exchange: four histograms and a counter, with series looked up once for each label set (tallies.ts
 * explains why they are not SDK instruments). Bounded: above `maxSeries`, a new model is recorded under model `other`,
 * and a new code of a known model under code `other` unless it is usual; both are counted. Figures:
 * bench/micro/exposition-record.ts.
 */
import type { Attributes } from '@opentelemetry/api'
import type { Operation } from '../calls/recognition.ts'
import { getOrAdd } from '../lib/get-or-add.ts'
import { durationSeconds, type Exchange, LOGGED, type Outcome } from '../observe/exchange.ts'
import { latencyBounds, SIZE_BOUNDS_BYTES } from './buckets.ts'
import { ExemplarStore } from './exemplars.ts'
import { labelText } from './label-text.ts'
import { histogramSeries } from './sdk-instruments.ts'
import { statusCode, UNKNOWN_STATUS } from './status-code.ts'
import {
  addCounter,
  addHistogram,
  type CounterSeries,
  type CounterTally,
  type HistogramSeries,
  type HistogramTally,
} from './tallies.ts'
import { trafficMetrics } from './traffic.ts'

/** Facts about a recognised exchange. Model and version are already limited. */
export interface RecordedExchange {
  readonly exchange: Exchange
  readonly protocol: string
  readonly operation: Operation
  readonly model: string
  readonly version: string
}

export interface RequestRecorderOptions {
  /** Additional bucket bounds in seconds: the latency objectives, so that their ratio is exact. */
  readonly latencyBoundsSeconds: readonly number[]
  /** Maximum series of the five metrics together, as exported: each bucket, sum and count of a histogram is one. */
  readonly maxSeries: number
  /** Stores the latest trace id for each latency bucket. */
  readonly exemplars: boolean
  /** Milliseconds since the Unix epoch; the timestamp of exemplars. */
  readonly epochMs: () => number
}

/** One model, version and operation. */
interface OperationSeries {
  readonly attributes: Attributes
  readonly startsAtZero: boolean
  readonly byOutcome: Map<Outcome, HistogramSeries>
  /** By protocol, then by code and outcome. */
  readonly counters: Map<string, Map<string, Map<Outcome, CounterSeries>>>
  /** Absent before the first value. */
  firstByte: HistogramSeries | undefined
  requestSize: HistogramSeries | undefined
  responseSize: HistogramSeries | undefined
}

/** Codes of predictions that start at 0, so that `rate` does not lose their first occurrence. */
const USUAL: readonly (readonly [Outcome, readonly string[]])[] = [
  ['success', ['200']],
  ['client_error', ['400', '401', '403', '404', '413', '422', '429']],
  ['server_error', ['500', '502', '503', '504']],
  ['aborted', ['none']],
  ['upstream_closed', ['none']],
  ['upstream_unreachable', ['503']],
]

/** Codes that have their own series even above the limit. */
const ALWAYS_TOLD: ReadonlySet<string> = new Set([UNKNOWN_STATUS, ...USUAL.flatMap(([, codes]) => codes)])

export const OVERFLOW_MODEL = 'other'

export class RequestRecorder {
  readonly exemplars: ExemplarStore | undefined
  readonly #maxSeries: number
  readonly #durationSeries: number
  readonly #duration: HistogramTally
  readonly #firstByte: HistogramTally
  readonly #requestSize: HistogramTally
  readonly #responseSize: HistogramTally
  readonly #requests: CounterTally
  readonly #models = new Map<string, Map<string, Map<Operation, OperationSeries>>>()
  #seriesCount = 0
  #overflowed = 0

  constructor({ latencyBoundsSeconds, maxSeries, exemplars, epochMs }: RequestRecorderOptions) {
    const { requestDuration, requests, requestSize, responseSize, timeToFirstByte } = trafficMetrics
    const bounds = latencyBounds(latencyBoundsSeconds)
    this.#duration = { metric: requestDuration, bounds, series: [] }
    this.#firstByte = { metric: timeToFirstByte, bounds, series: [] }
    this.#requestSize = { metric: requestSize, bounds: SIZE_BOUNDS_BYTES, series: [] }
    this.#responseSize = { metric: responseSize, bounds: SIZE_BOUNDS_BYTES, series: [] }
    this.#requests = { metric: requests, series: [] }
    this.#maxSeries = maxSeries
    this.#durationSeries = histogramSeries(bounds)
    this.exemplars = exemplars ? new ExemplarStore(bounds, epochMs) : undefined
  }

  /** For the exporter. */
  get histograms(): readonly HistogramTally[] {
    return [this.#duration, this.#firstByte, this.#requestSize, this.#responseSize]
  }

  /** For the status page. */
  get ofRequests(): { readonly requests: CounterTally; readonly durations: HistogramTally } {
    return { requests: this.#requests, durations: this.#duration }
  }

  get counters(): readonly CounterTally[] {
    return [this.#requests]
  }

  /** Exported series of the five metrics; exceeds `maxSeries` only by usual codes and by model `other`. */
  get series(): number {
    return this.#seriesCount
  }

  /** Exchanges recorded under `other` because of too many label sets. */
  get overflowed(): number {
    return this.#overflowed
  }

  recordExchange(recorded: RecordedExchange): void {
    const { exchange } = recorded
    const { outcome, request, response } = exchange
    const series = this.#series(recorded)
    const seconds = durationSeconds(exchange)
    // Logs may lack the duration and the size of a request.
    if (!Number.isNaN(seconds)) {
      const duration = this.#durationOf(series, outcome)
      duration.record(seconds)
      this.exemplars?.observe(duration.attributes, seconds, request)
    }
    if (!Number.isNaN(request.bodyBytes)) {
      series.requestSize ??= addHistogram(this.#requestSize, series.attributes)
      series.requestSize.record(request.bodyBytes)
    }
    const hasFirstByte = !Number.isNaN(response.firstByteMs)
    if (hasFirstByte) {
      series.firstByte ??= addHistogram(this.#firstByte, series.attributes)
      series.firstByte.record(Math.max(0, (response.firstByteMs - request.firstByteMs) / 1000))
    }
    if ((hasFirstByte || exchange.connection === LOGGED) && !Number.isNaN(response.bodyBytes)) {
      series.responseSize ??= addHistogram(this.#responseSize, series.attributes)
      series.responseSize.record(response.bodyBytes)
    }
    const code = statusCode(exchange.status, exchange.grpcStatus)
    this.#counter(series, recorded.protocol, code, outcome).value += 1
  }

  #series({ model, version, operation }: RecordedExchange): OperationSeries {
    const known = this.#models.get(model)?.get(version)?.get(operation)
    if (known !== undefined) return known
    if (this.#seriesCount >= this.#maxSeries) {
      this.#overflowed += 1
      const overflow = this.#models.get(OVERFLOW_MODEL)?.get('')?.get(operation)
      return overflow ?? this.#addSeries(OVERFLOW_MODEL, '', operation)
    }
    return this.#addSeries(model, version, operation)
  }

  #addSeries(model: string, version: string, operation: Operation): OperationSeries {
    const versions = getOrAdd(this.#models, model, () => new Map<string, Map<Operation, OperationSeries>>())
    const operations = getOrAdd(versions, version, () => new Map<Operation, OperationSeries>())
    return getOrAdd(operations, operation, () => {
      this.#seriesCount += this.#durationSeries + 2 * histogramSeries(SIZE_BOUNDS_BYTES)
      return {
        attributes: { model: labelText(model), version: labelText(version), operation },
        startsAtZero: operation === 'predict',
        byOutcome: new Map(),
        counters: new Map(),
        firstByte: undefined,
        requestSize: undefined,
        responseSize: undefined,
      }
    })
  }

  #durationOf(series: OperationSeries, outcome: Outcome): HistogramSeries {
    const known = series.byOutcome.get(outcome)
    if (known !== undefined) return known
    const added = addHistogram(this.#duration, { ...series.attributes, outcome })
    series.byOutcome.set(outcome, added)
    this.#seriesCount += this.#durationSeries
    return added
  }

  #addProtocol(series: OperationSeries, protocol: string): Map<string, Map<Outcome, CounterSeries>> {
    const added = new Map<string, Map<Outcome, CounterSeries>>()
    series.counters.set(protocol, added)
    if (!series.startsAtZero) return added
    for (const [outcome, codes] of USUAL) {
      for (const code of codes) this.#counter(series, protocol, code, outcome)
    }
    return added
  }

  #counter(series: OperationSeries, protocol: string, code: string, outcome: Outcome): CounterSeries {
    const codes = series.counters.get(protocol) ?? this.#addProtocol(series, protocol)
    const known = codes.get(code)?.get(outcome)
    if (known !== undefined) return known
    if (this.#seriesCount >= this.#maxSeries && !ALWAYS_TOLD.has(code)) {
      this.#overflowed += 1
      return this.#counter(series, protocol, UNKNOWN_STATUS, outcome)
    }
    const outcomes = getOrAdd(codes, code, () => new Map<Outcome, CounterSeries>())
    const added = addCounter(this.#requests, { ...series.attributes, protocol, code, outcome })
    outcomes.set(outcome, added)
    this.#seriesCount += 1
    return added
  }
}
