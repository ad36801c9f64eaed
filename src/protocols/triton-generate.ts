/**
 * Triton's generate extension, `POST /v2/models/{model}[/versions/{version}]/generate[_stream]`:
 *
 *     {"text_input": "…", "parameters"?} → {"model_name", "model_version", "text_output": "…"} or events of the same
 */
import { isObject } from '../formats/json-value.ts'
import { pathSegment } from '../formats/path.ts'
import { generationFacts, generationSide } from '../generation/generation-answer.ts'
import { promptSide } from '../generation/prompt.ts'
import { pair } from '../records/pairing.ts'
import type { Protocol } from './protocol.ts'

const PATH =
  /^(?:\/[^/]+)*\/v2\/models\/(?<model>[^/]+)(?:\/versions\/(?<version>[^/]+))?\/generate(?:_stream)?$/

export const tritonGenerate: Protocol = {
  name: 'triton-generate',
  summary: "Triton's generate extension: `/v2/models/{model}/generate` and `/generate_stream`",

  recognise({ exchange, path }) {
    const groups = exchange.method === 'POST' ? PATH.exec(path)?.groups : undefined
    if (groups === undefined) return undefined
    return { operation: 'chat', model: pathSegment(groups['model']), version: pathSegment(groups['version']) }
  },

  decode(call, batch) {
    const request = call.requestJson()
    if ('failure' in request) return pair(batch, request, generationSide(call))
    const features = isObject(request.value)
      ? promptSide(request.value)
      : ({ failure: 'shape-unknown' } as const)
    return pair(batch, features, generationSide(call))
  },

  // Its streams have no last event, so an aborted stream cannot be detected.
  generation: (call) => ({ ...generationFacts(call, 'text_completion'), brokeOff: false }),
}
