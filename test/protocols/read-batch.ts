import { CELL, type ColumnSet } from '../../src/records/record-batch.ts'

/** A cell as fixtures write it: `null` is missing, `{other: true}` a value of no readable type. */
export type CellValue = number | string | boolean | null | { readonly other: true }

/** The columns of a set as plain values, for comparison with a literal. */
export function readColumns(set: ColumnSet, rows: number): Record<string, CellValue[]> {
  const entries = set.columns.map(({ name, tags, numbers, texts }): [string, CellValue[]] => {
    const cells = Array.from({ length: rows }, (_, row): CellValue => {
      switch (tags[row]) {
        case CELL.NUMBER:
          return rounded(numbers[row] ?? 0)
        case CELL.TEXT:
          return texts[row] ?? null
        case CELL.BOOLEAN:
          return numbers[row] === 1
        case CELL.OTHER:
          return { other: true }
        default:
          return null
      }
    })
    return [name, cells]
  })
  return Object.fromEntries(entries)
}

/** Derived columns (means, entropies) may differ from a literal in the last bits. */
export function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(14))
}
