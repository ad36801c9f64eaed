/**
 * Whether a call that ended well on the wire says in its payload that it failed: an error object under 200, an error
 * in a stream, the status in the trailers of gRPC-Web. Such a call is an error for all counts, and gives no rows.
 */
import { type AnswerError, answerErrorOf } from '../calls/answer-error.ts'
import type { Call } from '../calls/call.ts'
import { connectError } from '../calls/connect.ts'
import { grpcWebError } from '../calls/grpc-call.ts'
import { generationAnswer } from '../generation/generation-answer.ts'
import { streamFormatOf } from '../generation/generation-stream.ts'
import type { Protocol } from '../protocols/protocol.ts'

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i

/** Of calls that no protocol took only a body up to this is parsed for the sake of its error. */
const MOST_UNKNOWN_BYTES = 16_384

/** @param protocol `undefined` where none took the call */
export function statedError(call: Call, protocol: Protocol | undefined): AnswerError | undefined {
  const { outcome, response } = call.exchange
  if (outcome !== 'success') return undefined
  const own = protocol?.error?.(call) ?? grpcWebError(call) ?? connectError(call)
  if (own !== undefined) return own
  if (streamFormatOf(response) !== undefined) return generationAnswer(call).meter.error
  const type = response.header('content-type')
  if (type === undefined ? protocol === undefined : !JSON_TYPE.test(type)) return undefined
  if (protocol === undefined && response.bodyBytes > MOST_UNKNOWN_BYTES) return undefined
  const json = call.responseJson()
  const error = 'value' in json ? answerErrorOf(json.value) : undefined
  if (error !== undefined || protocol?.generation === undefined) return error
  return generationAnswer(call).meter.error
}
