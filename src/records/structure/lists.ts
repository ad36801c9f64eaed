/** Lists in bodies: JSON arrays, and objects with keys that number their members from 0 (pandas). */
import { Binary } from '../../formats/binary.ts'
import { isObject } from '../../formats/json-value.ts'

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !(value instanceof Uint8Array) && !(value instanceof Binary)
}

/** Integer keys come first in every object, so the first and the last key suffice. */
function isIndexed(value: Readonly<Record<string, unknown>>): boolean {
  if (!Object.hasOwn(value, '0')) return false
  const keys = Object.keys(value)
  return keys.length === 1 || (keys[0] === '0' && keys.at(-1) === String(keys.length - 1))
}

/** The elements; `undefined` for values that are not lists. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  return isRecord(value) && isIndexed(value) ? Object.values(value) : undefined
}

export function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined
}

/** JSONPath of a member. */
export function memberPath(path: string, key: string): string {
  if (/^[A-Za-z_][\w]*$/.test(key)) return `${path}.${key}`
  return `${path}[${`'${key.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`}]`
}
