/** Bodies of comma-separated values: the first line may be a header. */
import type * as CsvParse from 'csv-parse/sync'
import { lazyPackage } from '../lib/lazy-package.ts'
import type { Side } from './pairing.ts'
import { elementNames, type Naming } from './naming.ts'
import type { ColumnSet } from './record-batch.ts'
import { MAX_ROWS } from './settings.ts'
import { cellType, widen, writeTextCell } from './text-cell.ts'

const csv = lazyPackage<typeof CsvParse>('csv-parse/sync')

/** Said rather than found out: the library settles for the first that it sees, and files are pasted together. */
export const LINE_ENDS: string[] = ['\r\n', '\n', '\r']

/** Lines of cells; `undefined` when the text is no CSV. Rows need not be of equal length. */
export function parseCsv(text: string): readonly (readonly string[])[] | undefined {
  const { parse } = csv()
  try {
    // One more than is allowed, so that it is known to be too many.
    return parse(text, {
      bom: true,
      record_delimiter: LINE_ENDS,
      skip_empty_lines: true,
      relax_column_count: true,
      to: MAX_ROWS + 2,
    })
  } catch {
    // The library says by an exception that a quote is not closed; here that is a value.
    return undefined
  }
}

/**
 * Whether the first line names the columns: names are no numbers, are not repeated and have lines below them. The index
 * of a data frame has a place and no name.
 */
export function hasHeader([first, second]: readonly (readonly string[])[]): boolean {
  if (first === undefined || second === undefined) return false
  const named = first[0] === '' && first.length > 1 ? first.slice(1) : first
  return named.every((cell) => cellType(cell) === 'text') && new Set(first).size === first.length
}

/** Rows of text; a column is numeric when all of its cells in this body are. */
export function textTableSide(rows: readonly (readonly string[])[], naming: Naming): Side {
  if (rows.length === 0) return { failure: 'empty' }
  return { rows: rows.length, write: (set) => writeTextTable(set, rows, naming) }
}

function writeTextTable(set: ColumnSet, rows: readonly (readonly string[])[], naming: Naming): void {
  const width = rows.reduce((widest, cells) => Math.max(widest, cells.length), 0)
  const names = width === 1 && naming.names.length !== 1 ? [set.role] : elementNames(set, naming, width)
  for (let index = 0; index < width; index += 1) {
    const cells = rows.map((row) => row[index] ?? '')
    const type = cells.reduce<ReturnType<typeof cellType>>(
      (known, cell) => widen(known, cellType(cell)),
      undefined,
    )
    const column = set.column(names[index] ?? '')
    cells.forEach((cell, row) => writeTextCell(column, row, cell, type ?? 'number'))
  }
}
