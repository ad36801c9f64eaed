/** `text/libsvm`: `label index:value index:value …`, one line for each row. Absent values are missing. */
import type { Failure } from './failure.ts'

const PAIR = /^(\d{1,9}):(\S+)$/

/** One object for each row, `feature_<index>` → value; labels, query ids and comments are not features. */
export function parseLibsvm(
  text: string,
): readonly Readonly<Record<string, number>>[] | { readonly failure: Failure } {
  const rows: Readonly<Record<string, number>>[] = []
  for (const line of text.split('\n')) {
    const content = (line.split('#', 1)[0] ?? '').trim()
    if (content === '') continue
    const row = readLine(content)
    if (row === undefined) return { failure: 'shape-unknown' }
    rows.push(row)
  }
  return rows
}

function readLine(line: string): Record<string, number> | undefined {
  const row: Record<string, number> = {}
  for (const [place, token] of line.split(/\s+/).entries()) {
    const pair = PAIR.exec(token)
    const value = Number(pair === null ? token : pair[2])
    if (pair !== null && !Number.isNaN(value)) row[`feature_${pair[1]}`] = value
    else if (!(place === 0 && !Number.isNaN(value)) && !token.startsWith('qid:')) return undefined
  }
  return row
}
