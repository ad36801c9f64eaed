/** The value that a request or a response is, whatever its format. */
import { Binary } from '../formats/binary.ts'
import type { Decoded, Parsed } from '../formats/failure.ts'
import { parseMultipart, parseQuery, parseUrlencoded } from '../formats/form.ts'
import { parseMsgpack } from '../formats/msgpack.ts'
import type { Call } from './call.ts'
import { mediaType } from './invocations.ts'

const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const PACKED = new Set(['application/msgpack', 'application/x-msgpack', 'application/vnd.msgpack'])
const FILES = /^(?:image|audio|video)\/|^application\/(?:octet-stream|pdf)$/

/** Read once a call: use `call.once(requestValue)`. */
export function requestValue(call: Call): Parsed {
  const { exchange } = call
  if (exchange.method === 'GET') {
    const query = exchange.target.indexOf('?')
    return { value: query === -1 ? {} : parseQuery(exchange.target.slice(query + 1)) }
  }
  const contentType = exchange.request.header('content-type')
  const type = mediaType(contentType)
  const body = call.requestBytes()
  if (FILES.test(type)) return fileOf(body, type, exchange.request.bodyBytes)
  if ('failure' in body) return body
  if (type === 'multipart/form-data') return parseMultipart(body.bytes, contentType)
  if (PACKED.has(type)) return parseMsgpack(body.bytes)
  // curl calls JSON a form where nobody tells it otherwise.
  if (type === 'application/x-www-form-urlencoded' && !looksLikeJson(body.bytes))
    return parseUrlencoded(body.bytes)
  return call.requestJson()
}

export function responseValue(call: Call): Parsed {
  const type = mediaType(call.exchange.response.header('content-type'))
  if (!PACKED.has(type)) return call.responseJson()
  const body = call.responseBytes()
  return 'failure' in body ? body : parseMsgpack(body.bytes)
}

/** Also where the copy was cut: the size on the wire is known. */
function fileOf(body: Decoded, type: string, wireBytes: number): Parsed {
  if ('bytes' in body) return { value: new Binary(body.bytes.length, type) }
  return body.failure === 'truncated' ? { value: new Binary(wireBytes, type) } : body
}

function looksLikeJson(bytes: Uint8Array): boolean {
  let at = 0
  while (at < bytes.length && (bytes[at] as number) <= 0x20) at += 1
  return bytes[at] === OPEN_BRACE || bytes[at] === OPEN_BRACKET
}
