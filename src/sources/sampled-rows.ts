/** The first lines of a JSON lines file, by key, to determine their format. */
import { isObject } from '../formats/json-value.ts'
import type { SampledRows } from './file-fields.ts'

/** Maximum number of distinct keys of flat lines. */
const MOST_KEYS = 10_000

export function sampledLines(lines: readonly unknown[]): SampledRows {
  const rows = lines.filter(isObject)
  const keys = new Set<string>()
  for (const row of rows) for (const key in row) if (keys.size < MOST_KEYS) keys.add(key)
  return { keys: [...keys], values: (key) => rows.map((row) => row[key]), isTable: false }
}
