/** The value of a request or a response in any format. */
import { Binary } from '../formats/binary.ts'
import type { Decoded, Parsed } from '../formats/failure.ts'
import { parseMultipart, parseQuery, parseUrlencoded } from '../formats/form.ts'
import { parseCsvRows, parseJsonLines } from '../formats/lines.ts'
import { parseMsgpack } from '../formats/msgpack.ts'
import { bodyText } from './body-text.ts'
import type { Call } from './call.ts'
import { mediaType } from './invocations.ts'

const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const PACKED = new Set(['application/msgpack', 'application/x-msgpack', 'application/vnd.msgpack'])
const LINES = new Set([
  'application/jsonlines',
  'application/x-jsonlines',
  'application/jsonl',
  'application/x-ndjson',
  'application/ndjson',
])
/** Maximum characters of a plain text body. */
const MAX_TEXT = 65_536
const FILES = /^(?:image|audio|video)\/|^application\/(?:octet-stream|pdf)$/

/** Read once for each call: use `call.once(requestValue)`. */
export function requestValue(call: Call): Parsed {
  const { exchange } = call
  if (exchange.method === 'GET') return { value: queryOf(exchange.target) ?? {} }
  // Scalar parameters of a FastAPI function are in the query of a POST without a body.
  const query = exchange.request.bodyBytes === 0 ? queryOf(exchange.target) : undefined
  if (query !== undefined) return { value: query }
  const contentType = exchange.request.header('content-type')
  const type = mediaType(contentType)
  const body = call.requestBytes()
  if (FILES.test(type)) return fileOf(body, type, exchange.request.bodyBytes)
  if ('failure' in body) return body
  if (type === 'multipart/form-data') return parseMultipart(body.bytes, contentType)
  if (PACKED.has(type)) return parseMsgpack(body.bytes)
  // curl labels JSON as a form unless a content type is given.
  if (type === 'application/x-www-form-urlencoded' && !looksLikeJson(body.bytes))
    return parseUrlencoded(body.bytes)
  return jsonOrText(call.requestJson(), body.bytes, type)
}

function queryOf(target: string): Record<string, unknown> | undefined {
  const at = target.indexOf('?')
  return at === -1 ? undefined : parseQuery(target.slice(at + 1))
}

/** JSON labelled as text is read as JSON; lines of JSON and of CSV are rows, and any other text is a text. */
function jsonOrText(json: Parsed, bytes: Uint8Array, type: string): Parsed {
  if (LINES.has(type)) return parseJsonLines(bytes)
  if ('value' in json || bytes.length === 0) return json
  if (type === 'text/csv') return parseCsvRows(bytes)
  if (type !== 'text/plain' && type !== 'text/html') return json
  const text = bodyText({ bytes })
  return 'text' in text && text.text.length <= MAX_TEXT && !text.text.trimStart().startsWith('<')
    ? { value: text.text.trim() }
    : json
}

export function responseValue(call: Call): Parsed {
  const type = mediaType(call.exchange.response.header('content-type'))
  const body = call.responseBytes()
  if ('failure' in body) return body
  return PACKED.has(type) ? parseMsgpack(body.bytes) : jsonOrText(call.responseJson(), body.bytes, type)
}

/** Works for truncated copies too, because the size on the wire is known. */
function fileOf(body: Decoded, type: string, wireBytes: number): Parsed {
  if ('bytes' in body) return { value: new Binary(body.bytes.length, type) }
  return body.failure === 'truncated' ? { value: new Binary(wireBytes, type) } : body
}

function looksLikeJson(bytes: Uint8Array): boolean {
  let at = 0
  while (at < bytes.length && (bytes[at] as number) <= 0x20) at += 1
  return bytes[at] === OPEN_BRACE || bytes[at] === OPEN_BRACKET
}
