/** Names of models and features come from payloads, so a label value has a maximum length and is always valid text. */
import { createHash } from 'node:crypto'

/** Maximum characters of a label value; storage systems reject values from 1024 (Mimir) or 2048 (Cortex) on. */
export const MAX_LABEL_CHARACTERS = 256
const HASH_CHARACTERS = 8

/**
 * The text itself; if it is too long or not valid Unicode, its beginning and a hash, so that different names stay
 * different. Called once for each label set, not on the hot path.
 */
export function labelText(text: string): string {
  if (text.length <= MAX_LABEL_CHARACTERS && text.isWellFormed()) return text
  // UTF-16, because in UTF-8 all lone surrogates are the same.
  const hash = createHash('sha256')
    .update(Buffer.from(text, 'utf16le'))
    .digest('hex')
    .slice(0, HASH_CHARACTERS)
  const beginning = text.slice(0, MAX_LABEL_CHARACTERS - HASH_CHARACTERS - 1).toWellFormed()
  return `${beginning}…${hash}`
}
