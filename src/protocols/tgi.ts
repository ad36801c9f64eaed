/**
 * Text Generation Inference's own form:
 *
 *     POST /generate, /generate_stream, /   {"inputs": "…", "parameters": {…}}
 *     → {"generated_text", "details"?} or a list with one | events {"token", "generated_text"?, "details"?}
 *
 * Token counts and times are also in the headers of an answer that is not streamed.
 */
import type { Call } from '../calls/call.ts'
import { isEventStream } from '../calls/event-stream.ts'
import { headerNumber } from '../calls/header-number.ts'
import { isInvocationPath } from '../calls/invocations.ts'
import { isObject, type JsonObject, objectOf } from '../formats/json-value.ts'
import { generationAnswer, generationFacts, generationSide } from '../generation/generation-answer.ts'
import { promptSide } from '../generation/prompt.ts'
import { pair } from '../records/pairing.ts'
import type { Protocol } from './protocol.ts'

const OWN_PATHS = new Set(['/generate', '/generate_stream'])

export const tgi: Protocol = {
  name: 'tgi',
  summary: 'Text Generation Inference: `/generate` and `/generate_stream`',

  recognise(call) {
    if (call.exchange.method !== 'POST' || bodyOf(call) === undefined) return undefined
    const isOwn = OWN_PATHS.has(call.path) || (isSharedPath(call.path) && isGenerated(call))
    return isOwn ? { operation: 'chat', model: '', version: '' } : undefined
  },

  decode(call, batch) {
    const body = bodyOf(call)
    const request = call.requestJson()
    const failed = 'failure' in request ? request : ({ failure: 'shape-unknown' } as const)
    readHeaders(call)
    return pair(batch, body === undefined ? failed : promptSide(body), generationSide(call))
  },

  generation(call) {
    readHeaders(call)
    const facts = generationFacts(call, 'text_completion')
    const milliseconds = headerNumber(call, 'x-time-per-token')
    return milliseconds === undefined || facts.timePerOutputToken !== undefined
      ? facts
      : { ...facts, timePerOutputToken: milliseconds / 1000 }
  },
}

function isSharedPath(path: string): boolean {
  return path === '/' || isInvocationPath(path)
}

/** The body of a generation request; other servers have a path `/generate`, or `/`, too. */
function bodyOf(call: Call): JsonObject | undefined {
  const body = objectOf(call.requestJson())
  return typeof body?.['inputs'] === 'string' ? body : undefined
}

/** Hugging Face's containers classify or translate under the same path, with other answers. */
function isGenerated(call: Call): boolean {
  if (isEventStream(call.exchange.response) || bodyOf(call)?.['stream'] === true) return true
  const parsed = call.responseJson()
  if ('failure' in parsed) return false
  const answer: unknown = Array.isArray(parsed.value) ? parsed.value[0] : parsed.value
  return isObject(answer) && ('generated_text' in answer || 'error_type' in answer)
}

function readHeaders(call: Call): void {
  const { meter } = generationAnswer(call)
  meter.inputTokens ??= headerNumber(call, 'x-prompt-tokens')
  meter.outputTokens ??= headerNumber(call, 'x-generated-tokens')
}
