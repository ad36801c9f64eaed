/** Narrowing of parsed JSON. */
import type { Parsed } from './failure.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object in a body; `undefined` for anything else, and when parsing failed. */
export function objectOf(parsed: Parsed): JsonObject | undefined {
  return 'value' in parsed && isObject(parsed.value) ? parsed.value : undefined
}

/** The text of a string or a number, as used for model names and versions; empty for anything else. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : ''
}
