/** Lines of text cells → rows. */
import type { Side } from './pairing.ts'
import { givenName, type Naming } from './naming.ts'
import { rowSide } from './row-side.ts'
import { CAN, cellCan, textCellValue, typeOf } from '../formats/text-cell.ts'

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
  const can: number[] = []
  for (const cells of lines)
    cells.forEach((cell, index) => (can[index] = (can[index] ?? CAN.anything) & cellCan(cell)))
  const types = can.map((mask) => typeOf(mask) ?? 'number')
  const rows = lines.map((cells) => cells.map((cell, index) => textCellValue(cell, types[index] ?? 'number')))
  if (header === undefined) return rowSide(rows, naming)
  // A header of very many names above short lines would be as many cells as both multiplied.
  if (rows.some(({ length }) => length !== header.length)) return { failure: 'rows-unequal' }
  return rowSide(
    // The index of a data frame has a place and no name; it is no column, here as in files.
    rows.map((cells) =>
      Object.fromEntries(
        header.flatMap((name, index) =>
          index === 0 && name === '' ? [] : [[givenName(name, index), cells[index] ?? null]],
        ),
      ),
    ),
    naming,
  )
}
