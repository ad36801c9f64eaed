// HOT: per request
/**
 * Calls the stages for one exchange: recognise, decode, record, count. Runs on the analysis thread, after the bytes
 * have long been forwarded; whatever goes wrong in here is a counter.
 */
import { durationSeconds, withOutcome, type Exchange } from '../observe/exchange.ts'
import { ReusableCall, type Call } from '../calls/call.ts'
import type { GenerationFacts } from '../generation/generation.ts'
import { DecodePlans } from './decode-plan.ts'
import { recognise } from '../protocols/index.ts'
import { JsonReader } from '../formats/json-reader.ts'
import type { Failure } from '../formats/failure.ts'
import type { Operation } from '../calls/recognition.ts'
import { RecordBatch } from '../records/record-batch.ts'
import type { DecodedCall, RecognisedExchange, RecordSink, Seen } from '../sources/record-sink.ts'
import type { Decoding } from '../protocols/decoding.ts'
import { statedError } from './stated-error.ts'
import { NO_MODEL, type ModelLabel, type ModelLabels } from './model-labels.ts'

/** The value of the label `protocol` for exchanges that no protocol recognised. */
export const NO_PROTOCOL = 'none'

export interface PipelineOptions {
  readonly decoding: Decoding
  readonly labels: ModelLabels
  /** Columns of a batch on each side. */
  readonly maxColumns: number
  readonly onRecognised: (recognised: RecognisedExchange) => void
  /** An answer that a language model wrote, also when it failed or broke off; after `onRecognised`. */
  readonly onGeneration?: (recognised: RecognisedExchange, facts: GenerationFacts) => void
  /** Rows of a successful prediction; the batch is used again after the call. */
  readonly onRows: (label: ModelLabel, protocol: string, batch: RecordBatch) => void
  /** A call that succeeded and was seen whole, after its rows; call and batch are used again after the call. */
  readonly onCall?: (recognised: RecognisedExchange, call: Call, batch: RecordBatch) => void
  readonly onDecodeFailure: (protocol: string, failure: Failure, recognised: RecognisedExchange) => void
  /** Columns that were over the limit, once an exchange. */
  readonly onDroppedColumns: (count: number) => void
  /** A stage threw: a bug of ours, logged with the stage's name and never the payload. */
  readonly onBug: (error: unknown) => void
}

const PREDICTIONS: ReadonlySet<Operation> = new Set(['predict', 'explain', 'chat', 'embeddings'])

export class Pipeline implements RecordSink {
  readonly #options: PipelineOptions
  readonly #batch: RecordBatch
  readonly #call: ReusableCall
  readonly #plans = new DecodePlans()

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#batch = new RecordBatch(options.maxColumns)
    const [request, response] = [new JsonReader(), new JsonReader()]
    this.#call = new ReusableCall(options.decoding.settings, {
      request: (bytes) => request.read(bytes),
      response: (bytes) => response.read(bytes),
    })
  }

  /**
   * Never throws.
   *
   * @param named whose call it is where neither path nor payload say
   */
  accept(exchange: Exchange, seen: Seen = 'call', named: ModelLabel = NO_MODEL): void {
    try {
      this.#accept(exchange, seen, named)
    } catch (error) {
      this.#options.onBug(error)
    }
  }

  /** For sources whose records need no protocol. Never throws. */
  acceptDecoded({ batch, failure, ...call }: DecodedCall): void {
    try {
      const isPrediction = call.exchange.outcome === 'success' && PREDICTIONS.has(call.operation)
      const label = this.#options.labels.label(call.model, call.version, isPrediction)
      const recognised: RecognisedExchange = { ...call, model: label.model, version: label.version }
      this.#options.onRecognised(recognised)
      if (failure !== undefined) this.#options.onDecodeFailure(call.protocol, failure, recognised)
      if (!isPrediction) return
      this.#deliver(label, call.protocol, batch)
      this.#options.onCall?.(recognised, this.#call.begin(call.exchange), batch)
    } catch (error) {
      this.#options.onBug(error)
    }
  }

  #accept(seenExchange: Exchange, seen: Seen, named: ModelLabel): void {
    const { decoding, labels, onRecognised, onDecodeFailure } = this.#options
    const batch = this.#batch
    const call = this.#call.begin(seenExchange)
    const match = recognise(call, decoding.protocols)
    const decoder = match?.protocol
    const protocol = decoder?.name ?? NO_PROTOCOL
    const operation = match?.recognition.operation ?? 'other'
    const error = seen === 'head' ? undefined : statedError(call, decoder)
    const exchange = error === undefined ? seenExchange : withOutcome(seenExchange, error)
    const succeeded = seenExchange.outcome === 'success' && (error === undefined || error.isPartial === true)

    batch.begin(0)
    // Decoded before it is recorded: free-form and OpenAI-like payloads name the model in the body.
    const decodes = decoder !== undefined && succeeded && seen !== 'head' && PREDICTIONS.has(operation)
    const result = decodes ? this.#plans.decode(decoder, call, batch) : undefined

    const { model = '', version = '' } = match?.recognition ?? {}
    const label = labels.label(
      firstNamed(model, batch.model, named.model),
      firstNamed(version, batch.version, named.version),
      succeeded && PREDICTIONS.has(operation),
    )
    const recognised: RecognisedExchange = {
      exchange,
      protocol,
      operation,
      model: label.model,
      version: label.version,
    }
    if (seen === 'call' || seen === 'head') onRecognised(recognised)
    const facts = seen === 'call' ? decoder?.generation?.(call) : undefined
    if (facts !== undefined) this.#options.onGeneration?.(recognised, facts)
    // Of half a call the other half always fails; rows say that the seen one was read.
    const isFailure = seen === 'call' || batch.rows === 0
    if (result !== undefined && isFailure) onDecodeFailure(protocol, result.failure, recognised)
    if (decodes) this.#deliver(label, protocol, batch)
    if (succeeded && seen === 'call') this.#options.onCall?.(recognised, call, batch)
  }

  #deliver(label: ModelLabel, protocol: string, batch: RecordBatch): void {
    if (batch.rows === 0) return
    const dropped = batch.features.droppedColumns + batch.predictions.droppedColumns
    if (dropped > 0) this.#options.onDroppedColumns(dropped)
    this.#options.onRows(label, protocol, batch)
  }
}

function firstNamed(first: string, second: string, third: string): string {
  if (first !== '') return first
  return second === '' ? third : second
}

/** For the debug page: what happened to one exchange, without any value of it. */
export interface ExchangeTrace {
  readonly protocol: string
  readonly operation: Operation
  readonly method: string
  readonly status: number
  readonly seconds: number
  readonly failure: Failure
}

export function traceExchange(
  { exchange, protocol, operation }: RecognisedExchange,
  failure: Failure,
): ExchangeTrace {
  const { method, status } = exchange
  return { protocol, operation, method, status, seconds: durationSeconds(exchange), failure }
}
