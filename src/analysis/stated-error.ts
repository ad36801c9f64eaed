/**
 * Detects calls that succeeded on the wire but report a failure in their payload: an error object under 200, an error
 * in a stream, the status in gRPC-Web trailers. All counts treat such a call as an error, and it yields no rows.
 */
import { type AnswerError, answerErrorOf } from '../calls/answer-error.ts'
import type { Call } from '../calls/call.ts'
import { connectError } from '../calls/connect.ts'
import { grpcWebError } from '../calls/grpc-call.ts'
import { generationAnswer } from '../generation/generation-answer.ts'
import { streamFormatOf } from '../generation/generation-stream.ts'
import type { Protocol } from '../protocols/protocol.ts'

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i

/** For calls without a protocol, only bodies up to this size are parsed to find an error. */
const MOST_UNKNOWN_BYTES = 16_384

/** @param protocol `undefined` when no protocol recognised the call */
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
