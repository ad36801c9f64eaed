/** What a server says of the tokens of texts that it embedded; nothing is written, so there is nothing else to say. */
import { GenerationMeter, type GenerationFacts } from './generation.ts'
import { isObject } from './json-value.ts'
import type { Call } from './protocol.ts'

/** @param header that says the number of tokens, where the body does not */
export function embeddingFacts(call: Call, header?: string): GenerationFacts {
  const meter = new GenerationMeter()
  const answer = call.responseJson()
  if ('value' in answer && isObject(answer.value)) meter.use(answer.value['usage'])
  if (header !== undefined) meter.inputTokens ??= headerNumber(call, header)
  const { request, response } = call.exchange
  return meter.facts({
    operation: 'embeddings',
    streamed: false,
    isWhole: 'value' in answer,
    requestMs: request.firstByteMs,
    endMs: response.lastByteMs,
  })
}

/** A number of a response header; `undefined` when it is absent or none. */
export function headerNumber({ exchange }: Call, name: string): number | undefined {
  const value = exchange.response.header(name)
  const number = Number(value)
  return value === undefined || value === '' || !Number.isFinite(number) || number < 0 ? undefined : number
}
