/**
 * Ollama's own form:
 *
 *     POST /api/chat      {"model", "messages": […], "options"?, "tools"?, "stream"?}
 *     POST /api/generate  {"model", "prompt", "suffix"?, "images"?, "options"?, "stream"?}
 *     → one JSON object a line, or one in all with `"stream": false`:
 *       {"model", "message": {…} | "response": "…", "done": false} … {"done": true, "done_reason", "eval_count", …}
 *     POST /api/embed     {"model", "input": "…" | […]} → {"model", "embeddings": [[…], …], "prompt_eval_count"}
 *     POST /api/embeddings  {"model", "prompt"} → {"embedding": […]}
 *
 * The same paths load a model into memory and out of it, with a request that asks for nothing.
 */
import type { Call } from '../calls/call.ts'
import { shownRequest, shownResponse } from '../calls/shown-body.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../formats/json-value.ts'
import { embeddingFacts } from '../generation/embedding-facts.ts'
import { embeddingsSide, inputsSide } from '../generation/embeddings.ts'
import { generationAnswer, generationFacts, generationSide } from '../generation/generation-answer.ts'
import { promptSide } from '../generation/prompt.ts'
import { pair, type Side } from '../records/pairing.ts'
import type { Protocol } from './protocol.ts'

const PATH = /\/api\/(?<kind>chat|generate|embed|embeddings)$/

export const ollama: Protocol = {
  name: 'ollama',
  summary: 'Ollama: `/api/chat`, `/api/generate`, `/api/embed`, `/api/embeddings`, streamed or not',

  recognise(call) {
    const kind = kindOf(call)
    if (kind === undefined) return undefined
    const request = shownRequest(call)
    const model = textOf(request['model'])
    // Other servers have paths with these names too.
    if (model === '' && !isAnsweredByOllama(call)) return undefined
    if (isHousekeeping(request)) return { operation: 'metadata', model, version: '' }
    return {
      operation: kind.startsWith('embed') ? 'embeddings' : 'chat',
      model: model === '' ? modelOfAnswer(call) : model,
      version: '',
    }
  },

  decode(call, batch) {
    const request = call.requestJson()
    const body = objectOf(request)
    const failed = 'failure' in request ? request : ({ failure: 'shape-unknown' } as const)
    if (kindOf(call)?.startsWith('embed') !== true)
      return pair(batch, body === undefined ? failed : promptSide(body), generationSide(call))
    const inputs = body === undefined ? failed : inputsSide(body['input'] ?? body['prompt'])
    return pair(batch, inputs, vectorsSide(objectOf(call.responseJson())))
  },

  generation(call) {
    if (isHousekeeping(shownRequest(call))) return undefined
    const kind = kindOf(call)
    if (kind?.startsWith('embed') === true) return embeddingFacts(call)
    return generationFacts(call, kind === 'generate' ? 'text_completion' : 'chat')
  },
}

function kindOf({ exchange, path }: Call): string | undefined {
  return exchange.method === 'POST' ? PATH.exec(path)?.groups?.['kind'] : undefined
}

/** A truncated body is still a request with content. */
function isHousekeeping({ messages, prompt, input }: JsonObject): boolean {
  const isEmpty = (value: unknown): boolean =>
    value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  return isEmpty(messages) && isEmpty(prompt) && isEmpty(input)
}

function isAnsweredByOllama(call: Call): boolean {
  return modelOfAnswer(call) !== ''
}

function modelOfAnswer(call: Call): string {
  if (kindOf(call)?.startsWith('embed') === true) return textOf(shownResponse(call)['model'])
  return generationAnswer(call).meter.model
}

function vectorsSide(answer: JsonObject | undefined): Side {
  if (!isObject(answer)) return { failure: 'shape-unknown' }
  const { embeddings, embedding } = answer
  return embeddingsSide(embeddings ?? (embedding === undefined ? undefined : [embedding]))
}
