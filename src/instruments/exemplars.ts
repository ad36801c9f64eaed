// HOT: per request
/**
 * The latest trace for each latency bucket. The SDK (3.1) has no exemplars, so they are stored beside its histogram and
 * joined by the attributes object, which the recorder creates once for each label set. Bounded by label sets × buckets.
 */
import type { Attributes } from '@opentelemetry/api'
import type { Message } from '../observe/exchange.ts'
import { sampledTraceId } from './traceparent.ts'

export interface Exemplar {
  readonly traceId: string
  /** Seconds: the measured duration. */
  readonly value: number
  readonly epochMs: number
}

export class ExemplarStore {
  /** Inclusive upper bounds, ascending, seconds; bucket `bounds.length` is +Inf. */
  readonly #bounds: readonly number[]
  readonly #epochMs: () => number
  readonly #byAttributes = new Map<Attributes, (Exemplar | undefined)[]>()

  constructor(bounds: readonly number[], epochMs: () => number) {
    this.#bounds = bounds
    this.#epochMs = epochMs
  }

  observe(attributes: Attributes, seconds: number, request: Message): void {
    const traceId = sampledTraceId(request.header('traceparent'))
    if (traceId === undefined) return
    let buckets = this.#byAttributes.get(attributes)
    if (buckets === undefined) {
      buckets = Array.from({ length: this.#bounds.length + 1 }, () => undefined)
      this.#byAttributes.set(attributes, buckets)
    }
    let bucket = 0
    while (bucket < this.#bounds.length && seconds > (this.#bounds[bucket] ?? Infinity)) bucket += 1
    buckets[bucket] = { traceId, value: seconds, epochMs: this.#epochMs() }
  }

  /** Latest exemplars by bucket, or `undefined` without traced requests for this label set. */
  get(attributes: Attributes): readonly (Exemplar | undefined)[] | undefined {
    return this.#byAttributes.get(attributes)
  }
}
