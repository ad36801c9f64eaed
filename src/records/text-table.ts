/** Turns lines of text cells into rows. */
import { CAN, cellCan, type ColumnType, textCellValue, typeOf } from '../formats/text-cell.ts'
import { givenName, type Naming } from './naming.ts'
import type { Side } from './pairing.ts'
import { rowSide } from './row-side.ts'

/**
 * Rows of text cells, with the same types as in JSON. A numeric cell stays a number even in a column that also has
 * texts; the baseline decides the type of the column.
 *
 * @param header names of the columns, if the body has them
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
  // A header with very many names above short lines would multiply both.
  if (rows.some(({ length }) => length !== header.length)) return { failure: 'rows-unequal' }
  return rowSide(
    // The index of a data frame has no name; it is not a column, as in files.
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
