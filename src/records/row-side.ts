import { isObject, type JsonObject } from '../formats/json-value.ts'
import { givenName, type Naming } from './naming.ts'
import type { Side } from './pairing.ts'
import type { ColumnSet } from './record-batch.ts'
import { writeRows } from './rows.ts'

/** The side with these rows. */
export function rowSide(rows: readonly unknown[], naming: Naming): Side {
  if (rows.length === 0) return { failure: 'empty' }
  if (areRagged(rows)) return { failure: 'rows-unequal' }
  return { rows: rows.length, write: (set) => writeRows(set, rows, naming) }
}

/**
 * Rows of values with names from the payload. With more values than the column limit they are not an image or spectrum,
 * unlike an unnamed array: the first ones are columns, the others are counted as dropped.
 */
export function namedRowSide(rows: readonly unknown[], names: readonly string[]): Side {
  const side = rowSide(rows, { name: '', names })
  if (side.rows === undefined) return side
  const write = (set: ColumnSet): void => {
    const isWide = names.length > set.limit && rows.every((row) => widthOf(row) === names.length)
    if (isWide)
      writeRows(
        set,
        rows.map((row) => membersOf(row, names)),
        { name: '', names: [] },
      )
    else side.write(set)
  }
  return { ...side, write }
}

function widthOf(row: unknown): number {
  return Array.isArray(row) ? row.length : -1
}

function membersOf(row: unknown, names: readonly string[]): JsonObject {
  const values = row as readonly unknown[]
  return Object.fromEntries(names.map((name, index) => [name, values[index]]))
}

/** Maximum cells from shared members: a large context for very many rows would multiply both. */
const MAX_SHARED_CELLS = 2_000_000

/** Rows with shared members, which follow a row's own members. */
export function sharedRowSide(shared: JsonObject, rows: readonly unknown[], naming: Naming): Side {
  if (Object.keys(shared).length * rows.length > MAX_SHARED_CELLS) return { failure: 'too-many-rows' }
  return rowSide(
    rows.map((row) => (isObject(row) ? { ...shared, ...row } : row)),
    naming,
  )
}

/**
 * Arrays of different lengths are not a table, because positions have no fixed meaning. Sequences of varying length are
 * one level deeper, as a single value of their row.
 */
function areRagged(rows: readonly unknown[]): boolean {
  const [first] = rows
  if (!Array.isArray(first)) return false
  return rows.some((row) => Array.isArray(row) && row.length !== first.length)
}

/** A tensor whose first dimension is the rows, or several such by name. */
export function tensorSide(value: unknown, naming: Naming): Side {
  if (Array.isArray(value)) return rowSide(value, naming)
  return isObject(value) ? columnsSide(value) : { failure: 'shape-unknown' }
}

/**
 * The value of a member `predictions` can have any shape: rows, an object of columns with as many rows as the request,
 * or a single row.
 */
export function predictionsSide(value: unknown, naming: Naming, requestRows: number | undefined): Side {
  if (Array.isArray(value)) return rowSide(value, naming)
  const columns = tensorSide(value, naming)
  return columns.rows === requestRows && columns.rows !== undefined ? columns : rowSide([value], naming)
}

/** Columns of equal length by name, each an array with one element for each row; a scalar is a column with one row. */
function columnsSide(columns: Readonly<Record<string, unknown>>): Side {
  const lists = Object.entries(columns).map(([name, values], index) => ({
    naming: { name: givenName(name, index), names: [] },
    values: Array.isArray(values) ? values : [values],
  }))
  const rows = lists[0]?.values.length
  if (rows === undefined || rows === 0) return { failure: 'empty' }
  if (lists.some(({ values }) => values.length !== rows)) return { failure: 'rows-unequal' }
  return {
    rows,
    write: (set) => {
      for (const { values, naming } of lists) writeRows(set, values, naming)
    },
  }
}
