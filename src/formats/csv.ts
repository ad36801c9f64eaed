/** Parses comma-separated text into lines of cells; the first line may be a header. */
import type * as CsvParse from 'csv-parse/sync'
import { lazyPackage } from '../lib/lazy-package.ts'
import { cellType } from './text-cell.ts'

const csv = lazyPackage<typeof CsvParse>('csv-parse/sync')

/** Set explicitly: the library would settle for the first line end it sees, but concatenated files may mix them. */
export const LINE_ENDS: string[] = ['\r\n', '\n', '\r']

/** At most `mostLines` lines of cells; `undefined` when the text is not valid CSV. Rows may have different lengths. */
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
    // The library throws for an unclosed quote; here that is a value.
    return undefined
  }
}

/**
 * Whether the first line is a header: its names are not numbers, not repeated, and followed by lines. A data frame's
 * index has no name.
 */
export function hasHeader([first, second]: readonly (readonly string[])[]): boolean {
  if (first === undefined || second === undefined) return false
  const named = first[0] === '' && first.length > 1 ? first.slice(1) : first
  return named.every((cell) => cellType(cell) === 'text') && new Set(first).size === first.length
}
