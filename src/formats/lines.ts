/** Bodies with one row on each line: JSON lines, and CSV with or without a header. */
import { isUtf8 } from 'node:buffer'
import { hasHeader, parseCsv } from './csv.ts'
import type { Parsed } from './failure.ts'
import { parseJsonText } from './json.ts'
import { cellType, textCellValue } from './text-cell.ts'

/** Maximum lines read from one body. */
const MAX_LINES = 100_000

export function parseJsonLines(bytes: Uint8Array): Parsed {
  if (!isUtf8(bytes)) return { failure: 'not-text' }
  const rows: unknown[] = []
  for (const line of textOf(bytes).split('\n')) {
    if (line.trim() === '') continue
    const parsed = parseJsonText(line)
    if ('failure' in parsed) return parsed
    if (rows.length >= MAX_LINES) return { failure: 'too-many-rows' }
    rows.push(parsed.value)
  }
  return rows.length === 0 ? { failure: 'empty' } : { value: rows }
}

/** A list of objects with a header, otherwise a list of lists. */
export function parseCsvRows(bytes: Uint8Array): Parsed {
  if (!isUtf8(bytes)) return { failure: 'not-text' }
  const lines = parseCsv(textOf(bytes), MAX_LINES + 2)
  if (lines === undefined || lines.length === 0) return { failure: 'shape-unknown' }
  if (lines.length > MAX_LINES) return { failure: 'too-many-rows' }
  const [header = [], ...rows] = lines
  if (!hasHeader(lines)) return { value: lines.map((cells) => cells.map(cellValue)) }
  return {
    value: rows.map((cells) =>
      Object.fromEntries(header.map((name, at) => [name, cellValue(cells[at] ?? '')])),
    ),
  }
}

function cellValue(cell: string): unknown {
  const type = cellType(cell)
  return type === undefined ? null : textCellValue(cell, type)
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
