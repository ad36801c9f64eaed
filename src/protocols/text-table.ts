/** Bodies of comma-separated values: the first line may be a header. */
import type * as CsvParse from 'csv-parse/sync'
import { lazyPackage } from '../lib/lazy-package.ts'
import type { Side } from './pairing.ts'
import type { Naming } from './naming.ts'
import { rowSide } from './row-side.ts'
import { MAX_ROWS } from './settings.ts'
import { cellType, textCellValue, widen, type ColumnType } from './text-cell.ts'

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

/**
 * Rows of text, as the same rows are in JSON. A column is numeric when all of its cells in this body are.
 *
 * @param header names of the columns, where the body has them
 */
export function textTableSide(
  lines: readonly (readonly string[])[],
  naming: Naming,
  header?: readonly string[],
): Side {
  const types: (ColumnType | undefined)[] = []
  for (const cells of lines)
    cells.forEach((cell, index) => (types[index] = widen(types[index], cellType(cell))))
  const rows = lines.map((cells) => cells.map((cell, index) => textCellValue(cell, types[index] ?? 'number')))
  if (header === undefined) return rowSide(rows, naming)
  // A header of very many names above short lines would be as many cells as both multiplied.
  if (rows.some(({ length }) => length !== header.length)) return { failure: 'rows-unequal' }
  return rowSide(
    rows.map((cells) => Object.fromEntries(header.map((name, index) => [name, cells[index] ?? null]))),
    naming,
  )
}
