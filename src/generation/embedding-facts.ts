/** Token counts of an embedding call; nothing is generated, so there are no other facts. */
import type { Call } from '../calls/call.ts'
import { headerNumber } from '../calls/header-number.ts'
import { objectOf } from '../formats/json-value.ts'
import { type GenerationFacts, GenerationMeter } from './generation.ts'
import { phaseSecondsOf } from './server-phases.ts'

/** @param header with the number of tokens, when the body has none */
export function embeddingFacts(call: Call, header?: string): GenerationFacts {
  const meter = new GenerationMeter()
  const answer = call.responseJson()
  const body = objectOf(answer)
  // Ollama has its counts beside the vectors.
  meter.use(body?.['usage'] ?? body)
  if (header !== undefined) meter.inputTokens ??= headerNumber(call, header)
  const { request, response } = call.exchange
  const facts = meter.facts({
    operation: 'embeddings',
    streamed: false,
    isWhole: 'value' in answer,
    requestMs: request.firstByteMs,
    endMs: response.lastByteMs,
  })
  return { ...facts, phaseSeconds: phaseSecondsOf(call) }
}
