/**
 * The formats that servers of language models share (vLLM, SGLang, llama.cpp, TGI, Ollama, KServe's /openai prefix):
 *
 *     POST […]/v1/chat/completions, /v1/completions, /v1/responses, /v1/messages    streamed or not
 *     POST […]/v1/embeddings
 *     the same below any other version, such as /v3, and below Azure's /openai/deployments/{model}
 *     POST /invocations with `messages`, `prompt` or `input`
 *
 * A call is one row: lengths, counts and settings, never text. Of embeddings each input is a row.
 */
import type { Call } from '../calls/call.ts'
import { isEventStream } from '../calls/event-stream.ts'
import { isInvocationPath } from '../calls/invocations.ts'
import { shownRequest, shownResponse } from '../calls/shown-body.ts'
import { type JsonObject, objectOf, textOf } from '../formats/json-value.ts'
import { pathSegment } from '../formats/path.ts'
import { embeddingFacts } from '../generation/embedding-facts.ts'
import { embeddingsSide, inputsSide } from '../generation/embeddings.ts'
import { generationAnswer, generationFacts, generationSide } from '../generation/generation-answer.ts'
import { promptSide } from '../generation/prompt.ts'
import { pair } from '../records/pairing.ts'
import type { Protocol } from './protocol.ts'

const PATH =
  /\/(?:(?:v\d+|deployments\/(?<deployment>[^/]+))\/(?<kind>completions|responses|messages|embeddings)|(?:deployments\/(?<chatDeployment>[^/]+)\/)?(?<chat>chat\/completions))$/

export const openai: Protocol = {
  name: 'openai',
  summary:
    'OpenAI-compatible `/v1/chat/completions`, `/completions`, `/responses`, `/messages`, `/embeddings`',

  recognise(call) {
    const kind = kindOf(call)
    if (kind === undefined) return undefined
    return {
      operation: kind === 'embeddings' ? 'embeddings' : 'chat',
      model: modelOf(call, kind),
      version: '',
    }
  },

  decode(call, batch) {
    const request = call.requestJson()
    const body = objectOf(request)
    const failed = 'failure' in request ? request : ({ failure: 'shape-unknown' } as const)
    if (kindOf(call) !== 'embeddings')
      return pair(batch, body === undefined ? failed : promptSide(body), generationSide(call))
    const answer = objectOf(call.responseJson())
    return pair(
      batch,
      body === undefined ? failed : inputsSide(body['input']),
      embeddingsSide(answer?.['data']),
    )
  },

  generation(call) {
    const kind = kindOf(call)
    if (kind === 'embeddings') return embeddingFacts(call)
    return generationFacts(call, kind === 'completions' ? 'text_completion' : 'chat')
  },
}

/** The model in the request, even if truncated; otherwise from Azure's path or from the answer. */
function modelOf(call: Call, kind: string): string {
  const asked = textOf(shownRequest(call)['model'])
  if (asked !== '') return asked
  const groups = PATH.exec(call.path)?.groups
  const deployment = pathSegment(groups?.['deployment'] ?? groups?.['chatDeployment'])
  if (deployment !== '') return deployment
  const answered = kind === 'embeddings' ? '' : generationAnswer(call).meter.model
  return answered === '' ? textOf(shownResponse(call)['model']) : answered
}

function kindOf(call: Call): string | undefined {
  if (call.exchange.method !== 'POST') return undefined
  // SageMaker's containers have a single path.
  if (isInvocationPath(call.path)) return kindOfBody(call, shownRequest(call))
  const groups = PATH.exec(call.path)?.groups
  return groups?.['kind'] ?? groups?.['chat']
}

function kindOfBody(call: Call, body: JsonObject): string | undefined {
  if (Array.isArray(body['messages'])) return 'chat/completions'
  if (typeof body['prompt'] === 'string') return 'completions'
  if (body['input'] === undefined) return undefined
  // Two formats use this name.
  if (isEventStream(call.exchange.response)) return 'responses'
  const answer = objectOf(call.responseJson())
  if (Array.isArray(answer?.['output'])) return 'responses'
  return Array.isArray(answer?.['data']) ? 'embeddings' : undefined
}
