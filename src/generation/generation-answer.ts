/** The answer of a text generation call, from the followed stream or from the copy of the body. */
import type { Call } from '../calls/call.ts'
import type { Failure } from '../formats/failure.ts'
import { objectOf } from '../formats/json-value.ts'
import type { Side } from '../records/pairing.ts'
import type { ColumnSet } from '../records/record-batch.ts'
import { type GenerationFacts, GenerationMeter, type GenerationOperation } from './generation.ts'
import { meterAnswer } from './generation-event.ts'
import { GenerationStream, type StreamFormat, streamFormatOf } from './generation-stream.ts'
import { phaseSecondsOf } from './server-phases.ts'

export interface GenerationAnswer {
  readonly meter: GenerationMeter
  readonly streamed: boolean
  /** Why it is unknown, completely or in part. */
  readonly failure: Failure | undefined
}

/** Read once, because it may parse a long body; recognition, rows and facts request it separately. */
export function generationAnswer(call: Call): GenerationAnswer {
  return call.once(readAnswer)
}

export function generationFacts(call: Call, operation: GenerationOperation): GenerationFacts {
  const { meter, streamed, failure } = generationAnswer(call)
  const { outcome, request, response } = call.exchange
  const facts = meter.facts({
    operation,
    streamed,
    isWhole: failure === undefined,
    requestMs: request.firstByteMs,
    endMs: outcome === 'success' ? response.lastByteMs : NaN,
  })
  return { ...facts, phaseSeconds: phaseSecondsOf(call) }
}

function readAnswer(call: Call): GenerationAnswer {
  const { responseObserver, response, status } = call.exchange
  if (responseObserver instanceof GenerationStream) {
    const { meter } = responseObserver
    responseObserver.end()
    return { meter, streamed: true, failure: meter.hasGap ? 'truncated' : undefined }
  }
  const format = streamFormatOf(response)
  if (format !== undefined) return readStreamCopy(call, format)
  const meter = new GenerationMeter()
  // A client that disconnects before the response starts has no complete response.
  if (status === 0) return { meter, streamed: asksForStream(call), failure: 'empty' }
  const json = call.responseJson()
  const mislabelled = 'failure' in json && json.failure === 'not-json' ? formatOfBody(call) : undefined
  if (mislabelled !== undefined) return readStreamCopy(call, mislabelled)
  if ('failure' in json) return { meter, streamed: false, failure: json.failure }
  meterAnswer(meter, json.value)
  return { meter, streamed: false, failure: undefined }
}

function asksForStream(call: Call): boolean {
  return call.path.endsWith('_stream') || objectOf(call.requestJson())?.['stream'] === true
}

const EVENT = /^\ufeff?\s*(?:data|event|id|retry|):/
const LINES = /^\s*\{.*\}\s*\n\s*\{/
/** Enough for the first event. */
const BEGINNING_BYTES = 65_536

/** A stream with another content type: KServe's logger gives an answer the type of its request. */
function formatOfBody(call: Call): StreamFormat | undefined {
  const body = call.responseBytes()
  if ('failure' in body) return undefined
  const beginning = Buffer.from(body.bytes.subarray(0, BEGINNING_BYTES)).toString('utf8')
  if (EVENT.test(beginning)) return 'events'
  return LINES.test(beginning) ? 'lines' : undefined
}

/** A stream that was not followed, such as a compressed one: its pieces have no times. */
function readStreamCopy(call: Call, format: StreamFormat): GenerationAnswer {
  const body = call.responseBytes()
  const stream = new GenerationStream(format)
  if ('failure' in body) return { meter: stream.meter, streamed: true, failure: body.failure }
  stream.data(body.bytes, 0, body.bytes.length, NaN)
  stream.end()
  return { meter: stream.meter, streamed: true, failure: stream.meter.hasGap ? 'truncated' : undefined }
}

/** One row: the length of the answer and its finish reason. */
export function generationSide(call: Call): Side {
  const { meter, failure } = generationAnswer(call)
  if (failure !== undefined) return { failure }
  return { rows: 1, write: (set) => writeAnswer(set, meter) }
}

function writeAnswer(set: ColumnSet, meter: GenerationMeter): void {
  const write = (name: string, value: number | undefined): void => {
    if (value !== undefined) set.column(name).setNumber(0, value)
  }
  write('completion_chars', meter.text.chars)
  write('completion_words', meter.text.words)
  write('output_tokens', meter.outputTokens)
  write('tool_calls', meter.toolCalls)
  if (meter.finishReason !== undefined) set.column('finish_reason').setText(0, meter.finishReason)
}
