/** Lines of text cells → rows. */
import { CAN, cellCan, type ColumnType, textCellValue, typeOf } from '../formats/text-cell.ts'
import { givenName, type Naming } from './naming.ts'
import type { Side } from './pairing.ts'
import { rowSide } from './row-side.ts'

/**
 * Rows of text, as the same rows are in JSON. What is a number in all cells that are one, is one also beside texts: which
 * of them the column is made of, the baseline says.
 *
 * @param header names of the columns, where the body has them
 */
export function textTableSide(
  lines: readonly (readonly string[])[],
  naming: Naming,
  header?: readonly string[],
): Side {
  const can: number[] = []
  const hasTexts: boolean[] = []
  for (const cells of lines)
    cells.forEach((cell, index) => {
      const cellMay = cellCan(cell)
      if (cellMay === CAN.code) can[index] = CAN.text
      else if (cellMay === CAN.text) hasTexts[index] = true
      else can[index] = (can[index] ?? CAN.anything) & cellMay
    })
  const types = lines[0]?.map((_, index) => bodyType(can[index], hasTexts[index] === true)) ?? []
  const rows = lines.map((cells) => cells.map((cell, index) => textCellValue(cell, types[index] ?? 'text')))
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

function bodyType(can: number | undefined, hasTexts: boolean): ColumnType {
  const type = can === undefined ? undefined : typeOf(can)
  if (!hasTexts) return type ?? 'number'
  return type === undefined || type === 'boolean' ? 'text' : type
}
