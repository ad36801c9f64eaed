/**
 * Shared by MLflow's and SageMaker's `POST /invocations`; the content determines which one it is. Endpoints with
 * several models receive the same content at `POST /models/{model}/invoke`.
 */
import { hasHeader, parseCsv } from '../formats/csv.ts'
import { isObject, type JsonObject } from '../formats/json-value.ts'
import { pathSegment } from '../formats/path.ts'
import { MAX_ROWS } from '../records/pairing.ts'
import { bodyText } from './body-text.ts'
import type { Call } from './call.ts'
import type { Recognition } from './recognition.ts'

export type Invocation =
  | { readonly kind: 'json'; readonly body: JsonObject }
  | { readonly kind: 'rows'; readonly rows: readonly unknown[] }
  | { readonly kind: 'json-lines'; readonly text: string }
  | { readonly kind: 'csv'; readonly rows: readonly (readonly string[])[]; readonly hasHeader: boolean }
  | { readonly kind: 'libsvm'; readonly text: string }
  | { readonly kind: 'record-io'; readonly bytes: Uint8Array }
  | { readonly kind: 'other' }

const PATH = /\/(?:invocations|models\/(?<model>[^/]+)\/invoke)$/

export function isInvocationPath(path: string): boolean {
  return PATH.test(path)
}

/** `/invocations` has no model name: such a server has a single model. */
export function invocationRecognition({ path }: Call): Recognition {
  return { operation: 'predict', model: pathSegment(PATH.exec(path)?.groups?.['model']), version: '' }
}

export const RECORD_IO = 'application/x-recordio-protobuf'

/** A header, plus one row beyond the limit, so that an excess is detected. */
export const MOST_LINES = MAX_ROWS + 2

const TEXTS = new Set(['text/csv', 'text/plain'])

/**
 * Read once, because two protocols check the call before one decodes it. `undefined` when the call is not an
 * invocation; `other` for an unreadable body.
 */
export function invocationOf(call: Call): Invocation | undefined {
  if (call.exchange.method !== 'POST' || !isInvocationPath(call.path)) return undefined
  return call.once(readInvocation)
}

function readInvocation(call: Call): Invocation {
  const { exchange } = call
  const type = mediaType(exchange.request.header('content-type'))
  if (type === 'text/csv') {
    const text = bodyText(call.requestBytes())
    const rows = 'text' in text ? parseCsv(text.text, MOST_LINES) : undefined
    if (rows === undefined) return { kind: 'other' }
    // A client that expects a header answers in JSON: a first line of words may also be a row.
    const answersText = TEXTS.has(mediaType(exchange.response.header('content-type')))
    return { kind: 'csv', rows, hasHeader: !answersText && hasHeader(rows) }
  }
  if (
    type === 'application/jsonlines' ||
    type === 'application/x-jsonlines' ||
    type === 'application/x-ndjson'
  ) {
    const text = bodyText(call.requestBytes())
    return 'text' in text ? { kind: 'json-lines', ...text } : { kind: 'other' }
  }
  if (type === 'text/libsvm' || type === 'text/x-libsvm') {
    const text = bodyText(call.requestBytes())
    return 'text' in text ? { kind: 'libsvm', ...text } : { kind: 'other' }
  }
  if (type === RECORD_IO) {
    const body = call.requestBytes()
    return 'bytes' in body ? { kind: 'record-io', ...body } : { kind: 'other' }
  }
  const json = call.requestJson()
  if ('failure' in json) return { kind: 'other' }
  if (Array.isArray(json.value)) return { kind: 'rows', rows: json.value }
  return isObject(json.value) ? { kind: 'json', body: json.value } : { kind: 'other' }
}

/** In lower case, without parameters; the empty string for none. */
export function mediaType(contentType: string | undefined): string {
  return (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase()
}
