/** Lines of text cells → rows. */
import type { Side } from './pairing.ts'
import type { Naming } from './naming.ts'
import { rowSide } from './row-side.ts'
import { cellType, textCellValue, widen, type ColumnType } from '../formats/text-cell.ts'

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
