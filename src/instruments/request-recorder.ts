// HOT: per request
/**
 * Records a finished exchange: four histograms and a counter of the OpenTelemetry SDK, with attribute objects that
 * are made once per label set. Bounded: above `maxSeries` a new model is recorded under model `other`, a new code of a
 * known model under code `other` unless it is usual, and both are counted.
 * Figures: bench/micro/exposition-record.ts.
 */
import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api'
import { durationSeconds, LOGGED, type Exchange, type Outcome } from '../observe/exchange.ts'
import { getOrAdd } from '../lib/get-or-add.ts'
import type { Operation } from '../protocols/protocol.ts'
import { latencyBounds, SIZE_BOUNDS_BYTES } from './buckets.ts'
import { ExemplarStore } from './exemplars.ts'
import { createCounter, createHistogram, histogramSeries } from './sdk-instruments.ts'
import { statusCode, UNKNOWN_STATUS } from './status-code.ts'
import { trafficMetrics } from './traffic.ts'

/** What the pipeline knows of an exchange once it was recognised. Model and version are already limited there. */
export interface RecordedExchange {
  readonly exchange: Exchange
  readonly protocol: string
  readonly operation: Operation
  readonly model: string
  readonly version: string
}

export interface RequestRecorderOptions {
  readonly meter: Meter
  /** Bucket bounds beside the built-in ones, seconds: the latency objectives, so that their ratio is exact. */
  readonly latencyBoundsSeconds: readonly number[]
  /** Series of the five metrics together, as exported: each bucket, sum and count of a histogram is one. */
  readonly maxSeries: number
  /** Keeps the newest trace id per latency bucket. */
  readonly exemplars: boolean
  /** Milliseconds since the Unix epoch; the time stamp of exemplars. */
  readonly epochMs: () => number
}

/** One model, version and operation. */
interface OperationSeries {
  readonly attributes: Attributes
  readonly startsAtZero: boolean
  readonly byOutcome: Map<Outcome, Attributes>
  /** By protocol, then by code and outcome. */
  readonly counters: Map<string, Map<string, Map<Outcome, Attributes>>>
}

/** Codes of predictions that start at 0, so that their first occurrence is not lost to `rate`. */
const USUAL: readonly (readonly [Outcome, readonly string[]])[] = [
  ['success', ['200']],
  ['client_error', ['400', '401', '403', '404', '413', '422', '429']],
  ['server_error', ['500', '502', '503', '504']],
  ['aborted', ['none']],
  ['upstream_closed', ['none']],
  ['upstream_unreachable', ['503']],
]

/** Codes that are told apart above the limit too. */
const ALWAYS_TOLD: ReadonlySet<string> = new Set([UNKNOWN_STATUS, ...USUAL.flatMap(([, codes]) => codes)])

export const OVERFLOW_MODEL = 'other'

export class RequestRecorder {
  readonly exemplars: ExemplarStore | undefined
  readonly #maxSeries: number
  readonly #durationSeries: number
  readonly #duration: Histogram
  readonly #firstByte: Histogram
  readonly #requestSize: Histogram
  readonly #responseSize: Histogram
  readonly #requests: Counter
  readonly #models = new Map<string, Map<string, Map<Operation, OperationSeries>>>()
  #seriesCount = 0
  #overflowed = 0

  constructor({ meter, latencyBoundsSeconds, maxSeries, exemplars, epochMs }: RequestRecorderOptions) {
    const { requestDuration, requests, requestSize, responseSize, timeToFirstByte } = trafficMetrics
    const bounds = latencyBounds(latencyBoundsSeconds)
    this.#duration = createHistogram(meter, requestDuration, bounds)
    this.#firstByte = createHistogram(meter, timeToFirstByte, bounds)
    this.#requestSize = createHistogram(meter, requestSize, SIZE_BOUNDS_BYTES)
    this.#responseSize = createHistogram(meter, responseSize, SIZE_BOUNDS_BYTES)
    this.#requests = createCounter(meter, requests)
    this.#maxSeries = maxSeries
    this.#durationSeries = histogramSeries(bounds)
    this.exemplars = exemplars ? new ExemplarStore(bounds, epochMs) : undefined
  }

  /** Series of the five metrics, as exported; above `maxSeries` only by usual codes and by model `other`. */
  get series(): number {
    return this.#seriesCount
  }

  /** Exchanges that were recorded under `other` because there were too many label sets. */
  get overflowed(): number {
    return this.#overflowed
  }

  recordExchange(recorded: RecordedExchange): void {
    const { exchange } = recorded
    const { outcome, request, response } = exchange
    const series = this.#series(recorded)
    const seconds = durationSeconds(exchange)
    const durationAttributes = this.#durationAttributes(series, outcome)
    // Logs may say of a request neither how long it took nor how large it was.
    if (!Number.isNaN(seconds)) this.#duration.record(seconds, durationAttributes)
    if (!Number.isNaN(request.bodyBytes)) this.#requestSize.record(request.bodyBytes, series.attributes)
    const hasFirstByte = !Number.isNaN(response.firstByteMs)
    if (hasFirstByte) {
      const firstByteSeconds = (response.firstByteMs - request.firstByteMs) / 1000
      this.#firstByte.record(Math.max(0, firstByteSeconds), series.attributes)
    }
    if ((hasFirstByte || exchange.connection === LOGGED) && !Number.isNaN(response.bodyBytes))
      this.#responseSize.record(response.bodyBytes, series.attributes)
    const code = statusCode(exchange.status, exchange.grpcStatus)
    this.#requests.add(1, this.#counterAttributes(series, recorded.protocol, code, outcome))
    if (!Number.isNaN(seconds)) this.exemplars?.observe(durationAttributes, seconds, request)
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
        attributes: { model, version, operation },
        startsAtZero: operation === 'predict',
        byOutcome: new Map(),
        counters: new Map(),
      }
    })
  }

  #durationAttributes(series: OperationSeries, outcome: Outcome): Attributes {
    const known = series.byOutcome.get(outcome)
    if (known !== undefined) return known
    const attributes = { ...series.attributes, outcome }
    series.byOutcome.set(outcome, attributes)
    this.#seriesCount += this.#durationSeries
    return attributes
  }

  #addProtocol(series: OperationSeries, protocol: string): Map<string, Map<Outcome, Attributes>> {
    const added = new Map<string, Map<Outcome, Attributes>>()
    series.counters.set(protocol, added)
    if (!series.startsAtZero) return added
    for (const [outcome, codes] of USUAL) {
      for (const code of codes)
        this.#requests.add(0, this.#counterAttributes(series, protocol, code, outcome))
    }
    return added
  }

  #counterAttributes(series: OperationSeries, protocol: string, code: string, outcome: Outcome): Attributes {
    const codes = series.counters.get(protocol) ?? this.#addProtocol(series, protocol)
    const known = codes.get(code)?.get(outcome)
    if (known !== undefined) return known
    if (this.#seriesCount >= this.#maxSeries && !ALWAYS_TOLD.has(code)) {
      this.#overflowed += 1
      return this.#counterAttributes(series, protocol, UNKNOWN_STATUS, outcome)
    }
    const outcomes = getOrAdd(codes, code, () => new Map<Outcome, Attributes>())
    const attributes = { ...series.attributes, protocol, code, outcome }
    outcomes.set(outcome, attributes)
    this.#seriesCount += 1
    return attributes
  }
}
