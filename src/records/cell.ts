// HOT: per value
import type { Column } from './record-batch.ts'

/** Writes one value of a payload into a cell. `null` and `undefined` leave it MISSING. */
export function writeCell(column: Column, row: number, value: unknown): void {
  if (typeof value === 'number') column.setNumber(row, value)
  else if (typeof value === 'string') writeText(column, row, value)
  else if (typeof value === 'boolean') column.setBoolean(row, value)
  else if (value !== null && value !== undefined) column.setOther(row)
}

/**
 * `parseJson` turns bare tokens into these strings, and the JSON mapping of Protocol Buffers writes them in this form.
 */
function writeText(column: Column, row: number, text: string): void {
  if (text === 'NaN') column.setNumber(row, NaN)
  else if (text === 'Infinity') column.setNumber(row, Infinity)
  else if (text === '-Infinity') column.setNumber(row, -Infinity)
  else column.setText(row, text)
}
