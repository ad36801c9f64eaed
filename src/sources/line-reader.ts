/** Lines of logs → the sink: one class for every format, for `tail` and for `replay`. */
import { isUtf8 } from 'node:buffer'
import type { Clock } from '../lib/clock.ts'
import { parseJsonText } from '../formats/json.ts'
import type { JsonObject } from '../formats/json-value.ts'
import { pair } from '../records/pairing.ts'
import type { Failure } from '../formats/failure.ts'
import { RecordBatch } from '../records/record-batch.ts'
import { parseAccessLine } from './access-log.ts'
import { capturedCall } from './captured-call.ts'
import { Joiner } from './joiner.ts'
import type { LineFacts, LineFields } from './line-fields.ts'
import { readLine, type ColumnNames, type LineSides } from './line-rows.ts'
import { loggedExchange } from './logged-exchange.ts'
import type { TailOptions } from './tail-options.ts'
import type { RecordSink } from './record-sink.ts'
import type { TailStats } from './tail-stats.ts'

/** The value of the label `protocol` for predictions that a log told. */
export const LOG_PROTOCOL = 'log'
/** Lines of an id that wait for their other half. */
const MAX_WAITING = 10_000
const MAX_WAITING_BYTES = 64 * 1024 * 1024
const WAIT_MS = 30_000
const OK = 200

export interface LineReaderOptions {
  readonly options: Pick<TailOptions, 'format' | 'maxAge'>
  readonly fields: LineFields
  readonly columnNames: ColumnNames
  readonly maxColumns: number
  /** Of the lines: a line's age and how long a half waits are by it. */
  readonly clock: Clock
  readonly sink: RecordSink
  readonly stats: TailStats
  /** Takes flat lines without any prediction for features; else they are noise (`shape-unknown`). */
  readonly acceptsGuesses: boolean
  /** Told of each line in JSON before it is delivered; `undefined` when it has none. */
  readonly onTimestamp?: ((epochMs: number | undefined) => void) | undefined
}

interface Half {
  readonly facts: LineFacts
  readonly sides: LineSides
}

export class LineReader {
  readonly #options: LineReaderOptions
  readonly #fields: LineFields
  readonly #batch: RecordBatch
  readonly #joiner: Joiner<Half>

  constructor(options: LineReaderOptions) {
    this.#options = options
    this.#fields = options.fields
    this.#batch = new RecordBatch(options.maxColumns)
    this.#joiner = new Joiner({
      waitMs: WAIT_MS,
      maxWaiting: MAX_WAITING,
      maxWaitingBytes: MAX_WAITING_BYTES,
      clock: options.clock,
      losses: options.stats.unjoined,
      onPair: (request, response) => this.#deliverPair(request, response),
      onAlone: ({ facts, sides }) => this.#deliver(facts, sides),
    })
  }

  /** Never throws; what cannot be read is a counter. */
  accept = (line: Buffer): void => {
    const { stats, options } = this.#options
    if (!isUtf8(line)) {
      stats.lines += 1
      stats.failures['not-text'] += 1
      return
    }
    const text = line.toString('utf8')
    if (text.trim() === '') return
    stats.lines += 1
    if (options.format === 'common' || options.format === 'combined')
      this.#acceptAccessLine(text, options.format)
    else this.#acceptJson(text, line.length)
  }

  /** The same for what is no line but says the same, such as a row of a table. */
  acceptRow(row: JsonObject): void {
    this.#options.stats.lines += 1
    this.#acceptValue(row, 0)
  }

  /** To be called now and then: halves that have waited long enough go alone. */
  expire(): void {
    this.#joiner.expire()
  }

  /** Nothing will come any more: waiting halves go alone. */
  close(): void {
    this.#joiner.close()
  }

  #acceptAccessLine(text: string, format: 'common' | 'combined'): void {
    const line = parseAccessLine(text, format)
    if (line === undefined) {
      this.#options.stats.failures['not-access-log'] += 1
      return
    }
    if (!this.#isRecent(line.epochMs)) return
    const { responseBytes: bodyBytes, ...call } = line
    this.#options.sink.accept(loggedExchange({ ...call, response: { bodyBytes } }), 'head')
  }

  #acceptJson(text: string, bytes: number): void {
    const parsed = parseJsonText(text)
    if ('failure' in parsed) this.#options.stats.failures['not-json'] += 1
    else this.#acceptValue(parsed.value, bytes)
  }

  #acceptValue(value: unknown, bytes: number): void {
    const { options, columnNames, sink } = this.#options
    const captured = options.format === 'jsonl' ? capturedCall(value) : undefined
    if (captured !== undefined) {
      if (this.#isRecent(captured.epochMs)) sink.accept(captured.exchange, captured.seen)
      return
    }
    const facts = this.#fields.facts(value)
    if (!this.#isRecent(facts.epochMs)) return
    if (options.format === 'json') {
      if (facts.target === '') this.#deliverTraffic(facts)
      else sink.accept(exchangeOf(facts), 'head')
      return
    }
    const sides = readLine(value, this.#fields, columnNames)
    const isWhole = sides.features !== undefined && sides.predictions !== undefined
    if (this.#fields.joins && !isWhole) {
      const side = sides.features === undefined ? 'response' : 'request'
      this.#joiner.add(facts.id, side, { facts, sides }, bytes)
    } else this.#deliver(facts, sides)
  }

  #isRecent(epochMs: number | undefined): boolean {
    const { options, stats, clock, onTimestamp } = this.#options
    onTimestamp?.(epochMs)
    if (epochMs === undefined || options.maxAge === undefined || clock.epochMs() - epochMs <= options.maxAge)
      return true
    stats.failures['too-old'] += 1
    return false
  }

  #deliverPair(request: Half, response: Half): void {
    const facts = { ...request.facts, ...known(response.facts) }
    const took = (response.facts.epochMs ?? NaN) - (request.facts.epochMs ?? NaN)
    this.#deliver(facts.latencyMs === undefined && took >= 0 ? { ...facts, latencyMs: took } : facts, {
      features: request.sides.features,
      predictions: response.sides.predictions,
      isGuess: false,
    })
  }

  /** Of a call that has no path to be recognised by: whoever maps its fields says that it is a prediction. */
  #deliverTraffic(facts: LineFacts): void {
    this.#batch.begin(0)
    this.#acceptDecoded(facts, undefined)
  }

  #deliver(facts: LineFacts, { features, predictions, isGuess }: LineSides): void {
    const { acceptsGuesses } = this.#options
    const isNoise =
      (isGuess && !acceptsGuesses && !this.#fields.joins) || (features ?? predictions) === undefined
    if (isNoise) this.#batch.begin(0)
    const result = isNoise
      ? ({ failure: 'shape-unknown' } as const)
      : pair(this.#batch, features, predictions)
    if (facts.id !== '') this.#batch.ids.push(facts.id)
    if (facts.label !== undefined && facts.label !== null) this.#batch.truths.push(facts.label)
    this.#acceptDecoded(facts, result?.failure)
  }

  #acceptDecoded(facts: LineFacts, failure: Failure | undefined): void {
    this.#options.sink.acceptDecoded({
      exchange: exchangeOf(facts),
      protocol: LOG_PROTOCOL,
      operation: 'predict',
      model: facts.model,
      version: facts.version,
      batch: this.#batch,
      failure,
    })
  }
}

function exchangeOf({ method, target, status, latencyMs, requestBytes, responseBytes }: LineFacts) {
  return loggedExchange({
    // Predictions are posted; only paths of other calls need the log to say it.
    method: method === '' ? 'POST' : method,
    target,
    status: status ?? OK,
    latencyMs,
    request: { bodyBytes: requestBytes },
    response: { bodyBytes: responseBytes },
  })
}

/** What the line says, so that it does not hide what the other half said. */
function known(facts: LineFacts): Partial<LineFacts> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== ''))
}
