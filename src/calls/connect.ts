/**
 * Streams of the Connect protocol end in an envelope with a special flag. Its JSON holds the error of a failed call;
 * the HTTP status is still 200. Unary calls have an HTTP status that reflects the result.
 */
import { isObject } from '../formats/json-value.ts'
import type { AnswerError } from './answer-error.ts'
import type { Call } from './call.ts'

const PREFIX_BYTES = 5
const END_OF_STREAM = 2

/** Codes of client errors; the others are server errors. */
const CLIENT_CODES: ReadonlySet<unknown> = new Set([
  'canceled',
  'invalid_argument',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unauthenticated',
])

export function connectError({ exchange: { response } }: Call): AnswerError | undefined {
  if (response.header('content-type')?.startsWith('application/connect+') !== true) return undefined
  const end = lastEnvelope(response.body)
  if (end === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(end).toString('utf8'))
  } catch {
    return undefined
  }
  if (!isObject(value) || !isObject(value['error'])) return undefined
  return { outcome: CLIENT_CODES.has(value['error']['code']) ? 'client_error' : 'server_error' }
}

/** The bytes of the end of the stream; `undefined` if it is missing, not copied or compressed. */
function lastEnvelope(body: Uint8Array): Uint8Array | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  let at = 0
  while (body.length - at >= PREFIX_BYTES) {
    const flags = body[at]
    const length = view.getUint32(at + 1)
    at += PREFIX_BYTES
    if (body.length - at < length) return undefined
    if (flags === END_OF_STREAM) return body.subarray(at, at + length)
    at += length
  }
  return undefined
}
