/** Events have no path; the form of their payloads determines which protocol to use. */
import { parseJson } from '../formats/json.ts'
import { isObject, type JsonObject, objectOf } from '../formats/json-value.ts'
import { decodeContent } from '../observe/content-encoding.ts'
import type { PayloadEvent } from './cloud-event.ts'

const CSV = /^text\/csv\s*(?:;|$)/i

/** The request target of a server with that protocol. */
export function targetOf(
  request: PayloadEvent | undefined,
  response: PayloadEvent | undefined,
  maxBytes: number,
): string {
  const event = request ?? response
  if (event === undefined) return '/'
  if (CSV.test(event.headers.get('content-type') ?? '')) return '/invocations'
  const asked = bodyOf(request, maxBytes)
  const answered = bodyOf(response, maxBytes)
  const model = encodeURIComponent(event.model === '' ? 'default' : event.model)
  if (hasTensors(asked['inputs']) || hasTensors(answered['outputs'])) return `/v2/models/${model}/infer`
  if (hasAny(asked, ['dataframe_split', 'dataframe_records', 'columns'])) return '/invocations'
  if (hasAny(asked, ['messages'])) return '/v1/chat/completions'
  if (hasAny(asked, ['prompt'])) return '/v1/completions'
  if (hasAny(asked, ['input']) && typeof asked['model'] === 'string')
    return hasAny(answered, ['data']) ? '/v1/embeddings' : '/v1/responses'
  if (isSeldon(asked) || isSeldon(answered)) return `/seldon/-/${model}/api/v1.0/predictions`
  if (
    hasAny(asked, ['instances', 'inputs', 'examples']) ||
    hasAny(answered, ['predictions', 'outputs', 'results'])
  )
    return `/v1/models/${model}:${event.isExplanation ? 'explain' : 'predict'}`
  return '/'
}

const NOTHING: JsonObject = {}

function bodyOf(event: PayloadEvent | undefined, maxBytes: number): JsonObject {
  if (event === undefined) return NOTHING
  const content = decodeContent(event.body, event.headers.get('content-encoding'), maxBytes)
  const parsed = 'bytes' in content ? parseJson(jsonPart(event, content.bytes)) : content
  return objectOf(parsed) ?? NOTHING
}

/** With the binary tensor extension, binary data follows the JSON. */
function jsonPart(event: PayloadEvent, bytes: Uint8Array): Uint8Array {
  const length = Number(event.headers.get('inference-header-content-length') ?? bytes.length)
  return Number.isInteger(length) && length >= 0 ? bytes.subarray(0, length) : bytes
}

function hasTensors(value: unknown): boolean {
  const first: unknown = Array.isArray(value) ? value[0] : undefined
  return isObject(first) && 'datatype' in first && 'shape' in first
}

function hasAny(body: JsonObject, keys: readonly string[]): boolean {
  return keys.some((key) => body[key] !== undefined)
}

function isSeldon({ data, jsonData, strData, binData }: JsonObject): boolean {
  return (
    (isObject(data) && ('ndarray' in data || 'tensor' in data)) ||
    (jsonData ?? strData ?? binData) !== undefined
  )
}
