/** Reads the committed rows: no quotes, no commas in values, an empty cell is a missing one. */
import { readFileSync } from 'node:fs'
import { type Cell, NUMERIC_FEATURES } from './features.ts'

export type Row = Readonly<Record<string, Cell>>

const numeric = new Set<string>(NUMERIC_FEATURES)

export function readRows(name: 'ordinary' | 'changed' | 'reference'): readonly Row[] {
  const text = readFileSync(new URL(`${name}.csv`, import.meta.url), 'utf8')
  const [header = '', ...lines] = text.trimEnd().split('\n')
  const columns = header.trimEnd().split(',')
  return lines.map((line) => {
    const cells = line.trimEnd().split(',')
    return Object.fromEntries(columns.map((column, index) => [column, parseCell(column, cells[index] ?? '')]))
  })
}

/** `late` or `on_time` of the rows of a file, in their order. */
export function readLabels(name: 'ordinary' | 'changed' | 'reference'): readonly string[] {
  const text = readFileSync(new URL(`${name}-labels.csv`, import.meta.url), 'utf8')
  return text.trimEnd().split('\n').slice(1)
}

function parseCell(column: string, text: string): Cell {
  if (text === '') return null
  return numeric.has(column) ? Number(text) : text
}
