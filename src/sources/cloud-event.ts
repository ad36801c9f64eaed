/**
 * Reads CloudEvents 1.0 (and 0.3) over HTTP from payload loggers.
 *
 *     binary      attributes in `ce-…` headers, the body is the payload
 *     structured  application/cloudevents+json: attributes as members, the payload in `data` or `data_base64`
 *     batch       application/cloudevents-batch+json: an array of such
 *
 * KServe sets the same `id` on the two events of a call; Seldon Core uses `requestid`.
 */
import { parseJson } from '../formats/json.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../formats/json-value.ts'
import type { EventRefusal } from './cloudevents-stats.ts'
import type { HalfSide } from './joiner.ts'

export interface PayloadEvent {
  readonly side: HalfSide
  /** The same for both events of a call; empty without one. */
  readonly id: string
  readonly model: string
  readonly version: string
  /** Events of an explainer contain the explained input. */
  readonly isExplanation: boolean
  readonly body: Buffer
  /** Known headers of the logged message, with names in lower case. */
  readonly headers: ReadonlyMap<string, string>
}

export interface OutcomeEvent {
  readonly model: string
  readonly version: string
  readonly value: unknown
}

export type EventResult =
  { readonly event: PayloadEvent } | { readonly outcome: OutcomeEvent } | { readonly refusal: EventRefusal }

const SIDES: Readonly<Record<string, HalfSide>> = {
  'org.kubeflow.serving.inference.request': 'request',
  'org.kubeflow.serving.inference.response': 'response',
  'io.seldon.serving.inference.request': 'request',
  'io.seldon.serving.inference.response': 'response',
}
/** Outcomes of predictions: Seldon's feedback, and every form in docs/outcomes.md. */
const OUTCOME_TYPES: ReadonlySet<string> = new Set(['io.seldon.serving.feedback', 'io.modeltap.outcome'])
const STRUCTURED = /^application\/cloudevents(?<batch>-batch)?(?:\+json)?\s*(?:;|$)/i
const NOT_AN_EVENT: EventResult = { refusal: 'not-a-cloudevent' }

/** @param headers names in lower case, as in Node.js */
export function readEvents(headers: Readonly<Record<string, unknown>>, body: Buffer): readonly EventResult[] {
  const structured = STRUCTURED.exec(textOf(headers['content-type']))
  if (structured === null) return [readBinary(headers, body)]
  const parsed = parseJson(body)
  if ('failure' in parsed) return [NOT_AN_EVENT]
  const isBatch = structured.groups?.['batch'] !== undefined
  if (!isBatch) return [readStructured(parsed.value)]
  return Array.isArray(parsed.value) ? parsed.value.map(readStructured) : [NOT_AN_EVENT]
}

function readBinary(headers: Readonly<Record<string, unknown>>, body: Buffer): EventResult {
  const attribute = (name: string): string => decodeHeader(textOf(headers[`ce-${name}`]))
  return readEvent(attribute, body, {
    contentType: textOf(headers['content-type']),
    contentEncoding: textOf(headers['content-encoding']),
  })
}

function readStructured(value: unknown): EventResult {
  if (!isObject(value)) return NOT_AN_EVENT
  return readEvent((name) => textOf(value[name]), payloadOf(value), {
    contentType: textOf(value['datacontenttype']),
    contentEncoding: '',
  })
}

/** JSON data is a member of the event; it is serialised again for the protocols. */
function payloadOf({ data, data_base64: base64 }: JsonObject): Buffer {
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64')
  if (data === undefined) return Buffer.alloc(0)
  return Buffer.from(typeof data === 'string' ? data : JSON.stringify(data))
}

interface Content {
  readonly contentType: string
  readonly contentEncoding: string
}

function readEvent(attribute: (name: string) => string, body: Buffer, content: Content): EventResult {
  const type = attribute('type')
  if (attribute('specversion') === '' || type === '') return NOT_AN_EVENT
  if (OUTCOME_TYPES.has(type)) return readOutcome(attribute, body)
  const side = Object.hasOwn(SIDES, type) ? SIDES[type] : undefined
  if (side === undefined) return { refusal: 'type-unknown' }
  const requestId = attribute('requestid')
  const id = requestId === '' ? attribute('id') : requestId
  const model = modelOf(attribute)
  const version = attribute('endpoint') === 'default' ? '' : attribute('endpoint')
  return {
    event: {
      side,
      // Each node of a graph logs its own calls under the request's id.
      id: id === '' ? '' : JSON.stringify([id, model, version]),
      model,
      version,
      isExplanation: attribute('component') === 'explainer',
      body,
      headers: headersOf(content, body, attribute('metadata')),
    },
  }
}

function readOutcome(attribute: (name: string) => string, body: Buffer): EventResult {
  const parsed = parseJson(body)
  if ('failure' in parsed) return NOT_AN_EVENT
  const version = attribute('endpoint') === 'default' ? '' : attribute('endpoint')
  return { outcome: { model: modelOf(attribute), version, value: parsed.value } }
}

/** The service, followed by the node if that is not the predictor itself. */
function modelOf(attribute: (name: string) => string): string {
  const service = attribute('inferenceservicename')
  const component = attribute('component')
  const node =
    attribute('modelid') === '' ? component.replace(/^(?:predictor|explainer)$/, '') : attribute('modelid')
  if (service === '' || node === service) return node
  return node === '' ? service : `${service}/${node}`
}

/** KServe passes configured request headers in `metadata`, as JSON: name → values. */
function headersOf(
  { contentType, contentEncoding }: Content,
  body: Buffer,
  metadata: string,
): Map<string, string> {
  const headers = new Map<string, string>()
  for (const [name, values] of Object.entries(objectOf(parseJson(Buffer.from(metadata))) ?? {}))
    headers.set(name.toLowerCase(), Array.isArray(values) ? values.map(textOf).join(', ') : textOf(values))
  if (contentType !== '') headers.set('content-type', contentType)
  // A logger copies the body but not the content encoding header.
  const isGzip = body[0] === 0x1f && body[1] === 0x8b
  headers.delete('content-encoding')
  if (contentEncoding !== '') headers.set('content-encoding', contentEncoding)
  else if (isGzip) headers.set('content-encoding', 'gzip')
  return headers
}

/** Header attributes are percent-encoded unless they are printable ASCII. */
function decodeHeader(value: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
