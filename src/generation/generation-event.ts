// HOT: per event
/**
 * Adds one JSON event of a stream, or one whole answer, to the meter. Formats are recognised by their members, so a
 * stream can be followed before its protocol is known.
 */
import { type AnswerError, answerErrorOf } from '../calls/answer-error.ts'
import { isObject, type JsonObject } from '../formats/json-value.ts'
import type { GenerationMeter } from './generation.ts'

/** An event of chat completions, completions, responses, messages, TGI, Triton's generate extension or Ollama. */
export function meterEvent(meter: GenerationMeter, event: unknown, timeMs: number): void {
  if (!isObject(event)) return
  if (meter.model === '' && typeof event['model'] === 'string') meter.model = event['model']
  if (typeof event['type'] === 'string') meterTyped(meter, event['type'], event, timeMs)
  else if (Array.isArray(event['choices'])) {
    for (const choice of event['choices']) meterChoice(meter, choice, timeMs)
  } else if (isObject(event['token'])) meterToken(meter, event['token'], event, timeMs)
  else if (typeof event['text_output'] === 'string') meter.addText(event['text_output'], timeMs)
  else if (typeof event['done'] === 'boolean') meterOllama(meter, event, timeMs)
  meterUsage(meter, event)
  const error = event['error'] === undefined ? undefined : answerErrorOf({ error: event['error'] })
  if (error !== undefined) meter.fail(error)
}

/** The last chunk may contain only the usage; some servers have a separate member for it. */
function meterUsage(meter: GenerationMeter, event: JsonObject): void {
  meter.use(event['usage'])
  for (const key of VENDOR_KEYS) {
    const own = event[key]
    if (isObject(own)) meter.use(own['usage'])
  }
  // llama.cpp, when no usage was requested.
  const timings = event['timings']
  if (isObject(timings) && meter.outputTokens === undefined) {
    const { prompt_n, predicted_n, cache_n } = timings
    const cached = typeof cache_n === 'number' ? cache_n : 0
    const inputTokens = typeof prompt_n === 'number' ? prompt_n + cached : undefined
    meter.use({ prompt_tokens: inputTokens, completion_tokens: predicted_n, cached_tokens: cache_n })
  }
}

const VENDOR_KEYS = ['x_groq', 'x_usage', 'amazon-bedrock-invocationMetrics'] as const

/** A choice has a `delta` in a chunk, a `message` in a whole answer, a `text` in plain completions. */
function meterChoice(meter: GenerationMeter, choice: unknown, timeMs: number): void {
  if (!isObject(choice)) return
  const index = typeof choice['index'] === 'number' ? choice['index'] : 0
  meter.begin(index)
  meter.addText(choice['text'], timeMs)
  const delta = choice['delta'] ?? choice['message']
  if (isObject(delta)) meterDelta(meter, delta, timeMs)
  meter.finish(choice['finish_reason'], index)
  const error = choice['error'] === undefined ? undefined : answerErrorOf({ error: choice['error'] })
  if (error !== undefined) meter.fail(error)
}

function meterDelta(meter: GenerationMeter, delta: JsonObject, timeMs: number): void {
  meter.addHidden(delta['reasoning_content'] ?? delta['reasoning'] ?? delta['thinking'], timeMs)
  meterContent(meter, delta['content'], timeMs)
  meter.addText(delta['refusal'], timeMs)
  if (isObject(delta['audio'])) {
    meter.addText(delta['audio']['transcript'], timeMs)
    meter.addHidden(delta['audio']['data'], timeMs)
  }
  meter.addHidden(delta['images'], timeMs)
  if (Array.isArray(delta['tool_calls'])) meterToolCalls(meter, delta['tool_calls'], timeMs)
  if (isObject(delta['function_call'])) meter.addHidden(delta['function_call']['arguments'], timeMs)
}

/** A text, or a list of parts; only text parts reach the reader. */
function meterContent(meter: GenerationMeter, content: unknown, timeMs: number): void {
  if (!Array.isArray(content)) {
    meter.addText(content, timeMs)
    return
  }
  for (const part of content as readonly unknown[]) {
    if (typeof part === 'string') meter.addText(part, timeMs)
    else if (isObject(part)) meterPart(meter, part, timeMs)
  }
}

function meterPart(meter: GenerationMeter, part: JsonObject, timeMs: number): void {
  const { type, text, refusal, thinking, reasoning } = part
  if (type === 'thinking' || type === 'reasoning') meter.addHidden(thinking ?? reasoning ?? text, timeMs)
  else if (typeof text === 'string') meter.addText(text, timeMs)
  else if (typeof refusal === 'string') meter.addText(refusal, timeMs)
  // Audio, an image: in any case, the answer has started.
  else if (type !== undefined) meter.addHidden([part], timeMs)
}

/** Ollama: one line for each piece, the last with `done` and the counts. */
function meterOllama(meter: GenerationMeter, event: JsonObject, timeMs: number): void {
  meter.addHidden(event['thinking'], timeMs)
  meter.addText(event['response'], timeMs)
  if (isObject(event['message'])) meterDelta(meter, event['message'], timeMs)
  if (event['done'] !== true) return
  meter.hasEnded = true
  meter.use(event)
  meter.finish(event['done_reason'])
  if (meter.toolCalls > 0 && meter.finishReason === 'stop') meter.finish('tool_calls')
}

/** The first piece of each call has its name. */
function meterToolCalls(meter: GenerationMeter, calls: readonly unknown[], timeMs: number): void {
  meter.addHidden(calls, timeMs)
  for (const call of calls) {
    if (isObject(call) && isObject(call['function']) && typeof call['function']['name'] === 'string')
      meter.toolCalls += 1
  }
}

/** The responses and messages formats name the type of each event. */
function meterTyped(meter: GenerationMeter, type: string, event: JsonObject, timeMs: number): void {
  switch (type) {
    case 'response.output_text.delta':
    case 'response.refusal.delta':
    case 'response.audio_transcript.delta':
    case 'response.output_audio_transcript.delta':
    case 'response.audio.transcript.delta':
      return meter.addText(event['delta'], timeMs)
    case 'response.reasoning_text.delta':
    case 'response.reasoning_summary_text.delta':
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
    case 'response.audio.delta':
    case 'response.output_audio.delta':
      return meter.addHidden(event['delta'], timeMs)
    case 'response.output_item.added':
      if (isObject(event['item']) && isToolCall(event['item'])) meter.toolCalls += 1
      return
    case 'response.image_generation_call.partial_image':
      return meter.addHidden(event['partial_image_b64'], timeMs)
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
      meter.hasEnded = true
      if (isObject(event['response'])) meterResponseEnd(meter, event['response'])
      if (type === 'response.failed') meter.fail(failureOf(event['response']))
      return
    case 'message_start':
      if (!isObject(event['message'])) return
      meter.use(event['message']['usage'])
      if (typeof event['message']['model'] === 'string') meter.model = event['message']['model']
      return
    case 'content_block_start':
      if (isObject(event['content_block']) && event['content_block']['type'] === 'tool_use')
        meter.toolCalls += 1
      return
    case 'content_block_delta':
      return meterBlockDelta(meter, event['delta'], timeMs)
    case 'message_delta':
      meter.use(event['usage'])
      if (isObject(event['delta'])) meter.finish(event['delta']['stop_reason'])
      return
    case 'message_stop':
      meter.hasEnded = true
      return
    case 'error':
      return meter.fail(failureOf(event))
    default:
      // An error object without an envelope: its type is a kind of error.
      if (event['object'] === 'error') meter.fail(failureOf(event))
  }
}

function failureOf(value: unknown): AnswerError {
  const stated = isObject(value)
    ? (answerErrorOf({ error: value['error'] }) ?? answerErrorOf(value))
    : undefined
  return stated ?? { outcome: 'server_error' }
}

/** Calls that the client must answer; the server's own tools are part of the answer. */
function isToolCall({ type }: JsonObject): boolean {
  return type === 'function_call' || type === 'custom_tool_call'
}

function meterBlockDelta(meter: GenerationMeter, delta: unknown, timeMs: number): void {
  if (!isObject(delta)) return
  meter.addText(delta['text'], timeMs)
  meter.addHidden(delta['thinking'] ?? delta['partial_json'], timeMs)
}

function meterResponseEnd(meter: GenerationMeter, response: JsonObject): void {
  if (typeof response['model'] === 'string') meter.model = response['model']
  const details = response['incomplete_details']
  meter.use(response['usage'])
  meter.finish((isObject(details) ? details['reason'] : undefined) ?? response['status'])
  if (meter.toolCalls > 0 && meter.finishReason === 'stop') meter.finish('tool_calls')
}

/** TGI: the last event contains the whole text and the details. */
function meterToken(meter: GenerationMeter, token: JsonObject, event: JsonObject, timeMs: number): void {
  if (token['special'] !== true) meter.addText(token['text'], timeMs)
  if (isObject(event['details'])) meterDetails(meter, event['details'])
  if (typeof event['generated_text'] === 'string') meter.hasEnded = true
}

function meterDetails(
  meter: GenerationMeter,
  { finish_reason, generated_tokens, prefill }: JsonObject,
): void {
  meter.finish(finish_reason)
  meter.use({
    output_tokens: generated_tokens,
    input_tokens: Array.isArray(prefill) ? prefill.length : undefined,
  })
}

/** An unstreamed answer, or a list with a single answer. */
export function meterAnswer(meter: GenerationMeter, body: unknown): void {
  const answer: unknown = Array.isArray(body) ? body[0] : body
  if (!isObject(answer)) return
  meter.hasEnded = true
  if (typeof answer['model'] === 'string') meter.model = answer['model']
  const isOneEvent = Array.isArray(answer['choices']) || typeof answer['done'] === 'boolean'
  if (isOneEvent) meterEvent(meter, answer, NaN)
  else if (answer['type'] === 'message' && Array.isArray(answer['content'])) meterMessage(meter, answer)
  else if (Array.isArray(answer['output'])) meterResponse(meter, answer, answer['output'])
  else if (typeof answer['generated_text'] === 'string') {
    meter.addText(answer['generated_text'], NaN)
    if (isObject(answer['details'])) meterDetails(meter, answer['details'])
  } else meter.addText(answer['text_output'], NaN)
}

function meterMessage(meter: GenerationMeter, { content, stop_reason, usage }: JsonObject): void {
  for (const block of content as readonly unknown[]) {
    if (!isObject(block)) continue
    meter.addText(block['text'], NaN)
    if (block['type'] === 'tool_use') meter.toolCalls += 1
  }
  meter.finish(stop_reason)
  meter.use(usage)
}

function meterResponse(meter: GenerationMeter, answer: JsonObject, output: readonly unknown[]): void {
  for (const item of output) {
    if (!isObject(item)) continue
    if (isToolCall(item)) meter.toolCalls += 1
    // Reasoning is hidden here as in a stream.
    if (item['type'] === 'reasoning' || !Array.isArray(item['content'])) continue
    for (const part of item['content'])
      if (isObject(part)) meter.addText(part['text'] ?? part['refusal'], NaN)
  }
  meterResponseEnd(meter, answer)
}
