/** Queries and forms as objects: each field a text, repeated fields a list, files their size and type. */
import { isUtf8 } from 'node:buffer'
import { Binary } from './binary.ts'
import type { Parsed } from './failure.ts'
import { parseJsonText } from './json.ts'
import { multipartParts, type Part } from './multipart.ts'

/** Maximum fields of one form or query. */
const MAX_FIELDS = 1_000

/** `a=1&b=2`; for a request target, the part after the question mark. */
export function parseQuery(text: string): Record<string, unknown> {
  return fieldsOf([...new URLSearchParams(text)].slice(0, MAX_FIELDS))
}

export function parseUrlencoded(bytes: Uint8Array): Parsed {
  if (bytes.length === 0) return { failure: 'empty' }
  if (!isUtf8(bytes)) return { failure: 'not-text' }
  return { value: parseQuery(Buffer.from(bytes).toString('utf8')) }
}

export function parseMultipart(bytes: Uint8Array, contentType: string | undefined): Parsed {
  const parts = multipartParts(bytes, contentType)
  if (parts === undefined) return { failure: 'shape-unknown' }
  return { value: fieldsOf(parts.map((part) => [part.name, partValue(part)])) }
}

/** A field that is labelled as JSON, or looks like it, is parsed. */
function partValue({ bytes, isFile, contentType }: Part): unknown {
  const isText = contentType === undefined || contentType.startsWith('text/') || contentType.includes('json')
  if (isFile || !isText || !isUtf8(bytes)) return new Binary(bytes.length, contentType ?? '')
  return fieldValue(Buffer.from(bytes).toString('utf8'))
}

/** An object or a list in JSON is parsed; any other text stays unchanged. */
function fieldValue(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text
  const parsed = parseJsonText(text)
  return 'value' in parsed ? parsed.value : text
}

function fieldsOf(entries: readonly (readonly [name: string, value: unknown])[]): Record<string, unknown> {
  const fields = new Map<string, unknown>()
  for (const [name, value] of entries) {
    const read = typeof value === 'string' ? fieldValue(value) : value
    const known = fields.get(name)
    if (known === undefined) fields.set(name, read)
    else if (Array.isArray(known)) known.push(read)
    else fields.set(name, [known, read])
  }
  return Object.fromEntries(fields)
}
