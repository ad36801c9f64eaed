/** The configured source of a prediction's id: `$.order_id`, `header:x-order-id`, `column:order_id`. */
import { compileSelector, type Selector } from '../formats/selector.ts'

export type IdSource =
  | { readonly kind: 'path'; readonly selector: Selector }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'column'; readonly name: string }

export const ID_SOURCE_FORMS = '$.order_id, header:x-order-id, column:order_id'

/** `undefined` for other forms. */
export function parseIdSource(text: string): IdSource | undefined {
  const [, kind, name = ''] = /^(header|column):(.+)$/s.exec(text) ?? []
  if (kind === 'header') return /^[\w.-]+$/.test(name) ? { kind, name: name.toLowerCase() } : undefined
  if (kind === 'column') return { kind, name }
  if (!text.startsWith('$')) return undefined
  try {
    return { kind: 'path', selector: compileSelector(text) }
  } catch {
    return undefined
  }
}
