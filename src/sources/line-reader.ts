/** Delivers log lines to the sink: one class for every format, for `tail` and for `replay`. */
import { isUtf8 } from 'node:buffer'
import type { Failure } from '../formats/failure.ts'
import { parseJsonText } from '../formats/json.ts'
import { isObject, type JsonObject } from '../formats/json-value.ts'
import type { Clock } from '../lib/clock.ts'
import { pair } from '../records/pairing.ts'
import { RecordBatch } from '../records/record-batch.ts'
import { type AccessLine, parseAccessLine } from './access-log.ts'
import { bentoRow } from './bento-schema.ts'
import { capturedCall } from './captured-call.ts'
import { Joiner } from './joiner.ts'
import type { LineFacts, LineFields } from './line-fields.ts'
import type { LinePattern } from './line-pattern.ts'
import { type ColumnNames, type LineSides, readLine } from './line-rows.ts'
import type { LogFile } from './log-file.ts'
import { readLogLine } from './log-line.ts'
import { loggedExchange } from './logged-exchange.ts'
import type { RecordSink } from './record-sink.ts'
import type { TailOptions } from './tail-options.ts'
import type { TailFailure, TailStats } from './tail-stats.ts'

/** The value of the label `protocol` for predictions from a log. */
export const LOG_PROTOCOL = 'log'
/** Maximum lines waiting for their counterpart. */
const MAX_WAITING = 10_000
const MAX_WAITING_BYTES = 64 * 1024 * 1024
const WAIT_MS = 30_000
/** Assumed memory of a waiting half, besides its values. */
const HALF_BYTES = 1_024
const OK = 200

export interface LineReaderOptions {
  readonly options: Pick<TailOptions, 'format' | 'maxAge'> & { readonly pattern?: LinePattern | undefined }
  readonly fields: LineFields
  readonly columnNames: ColumnNames
  readonly maxColumns: number
  /** The clock of the lines: used for a line's age and for the wait of a half. */
  readonly clock: Clock
  readonly sink: RecordSink
  readonly stats: TailStats
  /** Whether flat lines without a prediction count as features; otherwise they are noise (`shape-unknown`). */
  readonly acceptsGuesses: boolean
  /** Called for each JSON line before delivery; `undefined` without a timestamp. */
  readonly onTimestamp?: ((epochMs: number | undefined) => void) | undefined
}

/** Context of a line besides its text. */
interface LineContext {
  readonly file: LogFile | undefined
  /** Extracted from a container's log. */
  readonly isContainer: boolean
  /** Time from the runtime, or from the text before the JSON. */
  readonly epochMs: number | undefined
}

const NO_CONTEXT: LineContext = { file: undefined, isContainer: false, epochMs: undefined }

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

  /** Never throws; unreadable lines are counted. */
  accept = (line: Buffer, file?: LogFile): void => {
    const { stats } = this.#options
    if (!isUtf8(line)) {
      stats.lines += 1
      stats.failures['not-text'] += 1
      return
    }
    const text = line.toString('utf8')
    if (text.trim() === '') return
    stats.lines += 1
    const unwrapped = file?.container.unwrap(text) ?? 'plain'
    if (unwrapped === 'plain') this.#acceptText(text, { file, isContainer: false, epochMs: undefined })
    else if (unwrapped === 'too-long') stats.failures['too-long'] += 1
    else if (unwrapped !== 'partial')
      this.#acceptText(unwrapped.text, { file, isContainer: true, epochMs: unwrapped.epochMs })
  }

  /** The same for data that is not a line, such as a row of a table. */
  acceptRow(row: JsonObject): void {
    this.#options.stats.lines += 1
    this.#acceptValue(row, NO_CONTEXT)
  }

  /** Call it from time to time: halves are delivered alone when their wait has ended. */
  expire(): void {
    this.#joiner.expire()
  }

  /** No more lines will arrive: waiting halves are delivered alone. */
  close(): void {
    this.#joiner.close()
  }

  #acceptText(text: string, context: LineContext): void {
    const { format, pattern } = this.#options.options
    if (pattern !== undefined) this.#acceptRow(pattern(text), context)
    else if (format === 'auto') this.#acceptAny(text, context)
    else if (format === 'common' || format === 'combined') {
      const line = parseAccessLine(text, format)
      if (line === undefined) this.#count('not-access-log', context)
      else this.#acceptAccessLine(line, context)
    } else {
      const parsed = parseJsonText(text)
      if ('failure' in parsed) this.#count('not-json', context)
      else this.#acceptValue(parsed.value, context)
    }
  }

  #acceptAny(text: string, context: LineContext): void {
    const line = readLogLine(text)
    if (line === undefined) this.#count('not-recognised', context)
    else if ('access' in line) this.#acceptAccessLine(line.access, context)
    else {
      const schema = context.file?.schema()
      const { value, epochMs = context.epochMs } = line
      const row = schema !== undefined && isObject(value) ? bentoRow(value, schema) : value
      this.#acceptValue(row, { ...context, epochMs })
    }
  }

  /** The match of a pattern. */
  #acceptRow(row: JsonObject | undefined, context: LineContext): void {
    if (row === undefined) this.#count('not-recognised', context)
    else this.#acceptValue(row, context)
  }

  #count(failure: TailFailure, { isContainer }: LineContext): void {
    this.#options.stats.failures[isContainer && failure !== 'not-access-log' ? 'noise' : failure] += 1
  }

  #acceptAccessLine({ requestBytes, responseBytes, ...call }: AccessLine, context: LineContext): void {
    if (!this.#isRecent(call.epochMs ?? context.epochMs)) return
    const named = namedBy(context)
    this.#options.sink.accept(
      loggedExchange({
        ...call,
        request: { bodyBytes: requestBytes },
        response: { bodyBytes: responseBytes },
      }),
      'head',
      named,
    )
  }

  #acceptValue(value: unknown, context: LineContext): void {
    const { options, columnNames, sink } = this.#options
    const captured = options.format === 'json' ? undefined : capturedCall(value)
    if (captured !== undefined) {
      if (this.#isRecent(captured.epochMs ?? context.epochMs))
        sink.accept(captured.exchange, captured.seen, namedBy(context))
      return
    }
    const facts = this.#factsOf(value, context)
    if (!this.#isRecent(facts.epochMs)) return
    if (options.format === 'json') {
      if (facts.target === '') this.#deliverTraffic(facts)
      else sink.accept(exchangeOf(facts), 'head')
      return
    }
    const sides = readLine(value, this.#fields, columnNames)
    // A line with metadata only describes a request, as in an access log.
    if (facts.target !== '' && sides.features === undefined && sides.predictions === undefined) {
      sink.accept(exchangeOf(facts), 'head', namedBy(context))
      return
    }
    const isWhole = sides.features !== undefined && sides.predictions !== undefined
    if (this.#fields.joins && !isWhole) {
      const side = sides.features === undefined ? 'response' : 'request'
      this.#joiner.add(facts.id, side, { facts, sides }, HALF_BYTES)
    } else this.#deliver(facts, sides)
  }

  /** Metadata missing in the line may be in the container's log or the file's path. */
  #factsOf(value: unknown, { file, epochMs }: LineContext): LineFacts {
    const { kubernetes, model = '' } = file?.origin ?? {}
    const facts = this.#fields.facts(
      isObject(value) && kubernetes !== undefined ? { ...value, kubernetes } : value,
    )
    return { ...facts, epochMs: facts.epochMs ?? epochMs, model: facts.model === '' ? model : facts.model }
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

  /** For a call without a path: mapping its fields means that it is a prediction. */
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

/** The model of a call when neither path nor payload names one. */
function namedBy({ file }: LineContext): { readonly model: string; readonly version: string } | undefined {
  const model = file?.origin.model ?? ''
  return model === '' ? undefined : { model, version: '' }
}

function exchangeOf({ method, target, status, latencyMs, requestBytes, responseBytes }: LineFacts) {
  return loggedExchange({
    // Predictions are POST requests; other calls need the method in the log.
    method: method === '' ? 'POST' : method,
    target,
    status: status ?? OK,
    latencyMs,
    request: { bodyBytes: requestBytes },
    response: { bodyBytes: responseBytes },
  })
}

/** Known metadata of a line, so that unknown values do not replace those of the other half. */
function known(facts: LineFacts): Partial<LineFacts> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== ''))
}
