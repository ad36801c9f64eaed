import { textOrBytes } from '../formats/datatype.ts'
import type { Decoded, Failure } from '../formats/failure.ts'

/** A body as text; fails with `not-text` when it is not UTF-8. */
export function bodyText(body: Decoded): { readonly text: string } | { readonly failure: Failure } {
  if ('failure' in body) return body
  if (body.bytes.length === 0) return { failure: 'empty' }
  const text = textOrBytes(body.bytes)
  return typeof text === 'string' ? { text } : { failure: 'not-text' }
}
