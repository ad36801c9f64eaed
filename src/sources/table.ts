/** A table file (CSV, Parquet), read in parts by `baseline build` and `replay`. */
import type { JsonObject } from '../formats/json-value.ts'
import type { Decimal } from '../formats/text-cell.ts'
import { isFreeText, writeTextLengths } from '../records/free-text.ts'
import { CELL, type Column, type ColumnSet } from '../records/record-batch.ts'
import { writeNested } from '../records/rows.ts'
import { type ChosenColumn, columnName } from './column-choice.ts'
import type { OnOpen } from './input-file.ts'

export interface TableOptions {
  readonly onOpen?: OnOpen | undefined
  /** Receives notes for users on the interpretation of a column. */
  readonly onNote?: ((note: string) => void) | undefined
  /** Additional spellings of a missing value, besides those of pandas. */
  readonly missing?: ReadonlySet<string> | undefined
  /** Number format of a CSV file. */
  readonly decimal?: Decimal | undefined
}

export interface Table {
  readonly file: string
  /** In file order. Unique, including the empty name of an index. */
  readonly names: readonly string[]
  /** Index columns of a data frame: read only when selected. */
  readonly indexes: ReadonlySet<string>
  readonly rows: number
  /** Values of the first rows, at most 1000, by column. */
  readonly sample: (columns: readonly string[]) => Promise<ReadonlyMap<string, readonly unknown[]>>
  /** The rows in order. A part is valid until the next one is requested. */
  readonly parts: (columns: readonly string[]) => AsyncIterable<TablePart>
}

/** Cells of some rows. */
export interface TablePart {
  readonly cells: ReadonlyMap<string, Column>
  /** Lists and structures as JSON values; a column is either here or in `cells`. */
  readonly nested: ReadonlyMap<string, ArrayLike<unknown>>
  /** Index of the first row among the cells. */
  readonly from: number
  readonly rows: number
}

export const SAMPLE_ROWS = 1_000
export const ROWS_PER_PART = 1_000

/** Writes the rows of a part into the first rows of a set, with the same columns as in live traffic. */
export function fillSide(set: ColumnSet, columns: readonly ChosenColumn[], part: TablePart): void {
  const { cells, nested, from, rows } = part
  for (const { column, name } of columns) {
    const source = cells.get(column)
    const values = nested.get(column)
    if (source !== undefined && source.texts.length > 0) fillTexts(set, name, source, part)
    else if (source !== undefined) {
      const target = set.column(name)
      target.tags.set(source.tags.subarray(from, from + rows))
      target.numbers.set(source.numbers.subarray(from, from + rows))
    } else if (values !== undefined) {
      for (let row = 0; row < rows; row += 1) {
        const value = values[from + row]
        if (value !== null && value !== undefined) writeNested(set, row, name, value, 1)
      }
    }
  }
}

/** Long texts are measured, as in live rows. */
function fillTexts(
  set: ColumnSet,
  name: string,
  { tags, numbers, texts }: Column,
  { from, rows }: Pick<TablePart, 'from' | 'rows'>,
): void {
  let column: Column | undefined
  for (let row = 0; row < rows; row += 1) {
    const at = from + row
    const text = texts[at]
    if (tags[at] === CELL.TEXT && isFreeText(text)) {
      writeTextLengths(set, row, name, text)
      continue
    }
    column ??= set.column(name)
    column.tags[row] = tags[at] ?? CELL.MISSING
    column.numbers[row] = numbers[at] ?? 0
    column.texts[row] = text ?? ''
  }
}

/** The rows as objects with one key for each column, as in JSON lines. A missing cell is null. */
export async function* tableObjects(table: Table, columns: readonly string[]): AsyncGenerator<JsonObject> {
  const names = columns.map((column) => columnName(column, table.names.indexOf(column)))
  for await (const { cells, nested, from, rows } of table.parts(columns)) {
    for (let row = from; row < from + rows; row += 1)
      yield Object.fromEntries(
        columns.map((column, index) => {
          const source = cells.get(column)
          const value = source === undefined ? (nested.get(column)?.[row] ?? null) : valueOf(source, row)
          return [names[index], value]
        }),
      )
  }
}

export function valueOf({ tags, numbers, texts }: Column, row: number): string | number | boolean | null {
  switch (tags[row]) {
    case CELL.NUMBER:
      return numbers[row] ?? null
    case CELL.TEXT:
      return texts[row] ?? null
    case CELL.BOOLEAN:
      return numbers[row] === 1
    default:
      return null
  }
}
