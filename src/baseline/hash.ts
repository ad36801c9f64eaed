import { createHash } from 'node:crypto'
import type { Baseline } from './baseline.ts'

/** Twelve hexadecimal digits that identify the content: the same columns and rows always have the same hash. */
export function baselineHash({ rows, columns, uncompared, centroid }: Baseline): string {
  const content = {
    ...{ rows, columns },
    ...(uncompared !== undefined && { uncompared }),
    ...(centroid !== undefined && { centroid }),
  }
  return createHash('sha256').update(canonical(content)).digest('hex').slice(0, 12)
}

/** JSON with sorted keys, so that a file written by another program has the same hash. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${canonical(child)}`).join(',')}}`
}
