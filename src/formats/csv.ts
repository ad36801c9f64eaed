/** Text of comma-separated values → lines of cells: the first line may be a header. */
import type * as CsvParse from 'csv-parse/sync'
import { lazyPackage } from '../lib/lazy-package.ts'
import { cellType } from './text-cell.ts'

const csv = lazyPackage<typeof CsvParse>('csv-parse/sync')

/** Said rather than found out: the library settles for the first that it sees, and files are pasted together. */
export const LINE_ENDS: string[] = ['\r\n', '\n', '\r']

/**
 * At most `mostLines` lines of cells; `undefined` when the text is no CSV. Rows need not be of equal length.
 */
export function parseCsv(text: string, mostLines: number): readonly (readonly string[])[] | undefined {
  const { parse } = csv()
  try {
    return parse(text, {
      bom: true,
      record_delimiter: LINE_ENDS,
      skip_empty_lines: true,
      relax_column_count: true,
      to: mostLines,
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
