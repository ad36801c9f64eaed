// HOT: per value
import { type ColumnType, textCellValue } from '../formats/text-cell.ts'
import type { Column } from './record-batch.ts'

/**
 * Writes one cell of a text file into a column. A missing cell stays MISSING.
 *
 * @param missing additional spellings of a missing value
 */
export function writeTextCell(
  column: Column,
  row: number,
  cell: string,
  type: ColumnType,
  missing: ReadonlySet<string> | undefined,
): void {
  const value = textCellValue(cell, type, missing)
  if (typeof value === 'number') column.setNumber(row, value)
  else if (typeof value === 'string') column.setText(row, value)
  else if (value !== null) column.setBoolean(row, value)
}
