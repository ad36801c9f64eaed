// HOT: per value
/** Writes rows of a payload (scalars, arrays, objects, nested or not) into columns. Names: naming.ts. */
import { writeCell } from './cell.ts'
import { isDistribution, writeClass } from './class-scores.ts'
import { isFreeText, writeTextLengths } from './free-text.ts'
import { elementNames, memberName, nameOr, type Naming, numberedNames, scalarName } from './naming.ts'
import type { Column, ColumnSet } from './record-batch.ts'
import { countLeaves, writeArraySummary } from './wide-array.ts'

/** Deeper values are OTHER: tables are not nested this deep, and recursion stays bounded. */
const MAX_DEPTH = 8

/**
 * Writes element i of `values` to row i of the set; the batch has at least as many rows. Columns are looked up once for
 * each batch, while rows have the same members.
 */
export function writeRows(set: ColumnSet, values: readonly unknown[], naming: Naming): void {
  shape.begin()
  const name = scalarName(set, naming)
  let scalars: Column | undefined
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row]
    if (Array.isArray(value)) writeArrayRow(set, row, value, naming)
    else if (value instanceof Uint8Array) writeNested(set, row, name, value, 1)
    else if (typeof value === 'object' && value !== null)
      writeObjectRow(set, row, value as Record<string, unknown>, naming)
    else if (isFreeText(value)) writeNested(set, row, name, value, 1)
    else {
      const column = (scalars ??= set.column(name))
      writeCell(column, row, value)
      trace?.cell(column, row, values, row)
    }
  }
}

/** Told where in the payload each cell comes from, as long as that is all there is to say about it: decode-plan.ts. */
export interface CellTrace {
  readonly cell: (column: Column, row: number, holder: object, key: string | number) => void
  /** Something is written of which values decide what it is. */
  readonly refuse: () => void
}

let trace: CellTrace | undefined

export function traceCells<Result>(to: CellTrace, run: () => Result): Result {
  trace = to
  try {
    return run()
  } finally {
    trace = undefined
  }
}

/** The columns of the previous row, by position. */
class RowShape {
  readonly #keys: string[] = []
  readonly #columns: Column[] = []
  /** Entries of this batch. */
  #known = 0
  names: readonly string[] = []
  width = -1

  begin(): void {
    this.#known = 0
    this.width = -1
  }

  /** Called when the names of elements change. */
  forget(): void {
    this.#known = 0
  }

  find(index: number, key: string): Column | undefined {
    return index < this.#known && this.#keys[index] === key ? this.#columns[index] : undefined
  }

  /** Stores the column when it is the next one, or replaces one. */
  keep(index: number, key: string, column: Column): Column {
    if (index <= this.#known) {
      this.#keys[index] = key
      this.#columns[index] = column
      this.#known = Math.max(this.#known, index + 1)
    }
    return column
  }
}

/**
 * Shared by all calls: it is only used within `writeRows`, and creating its lists again would be half of the garbage of
 * a row.
 */
const shape = new RowShape()

function writeArrayRow(set: ColumnSet, row: number, values: readonly unknown[], naming: Naming): void {
  if (values.length === 1) {
    writeNested(set, row, scalarName(set, naming), values[0], 1)
    return
  }
  if (writeWhole(set, row, nameOr(set, naming.name), values, naming.names)) return
  if (shape.width !== values.length) {
    shape.forget()
    shape.width = values.length
    shape.names = elementNames(set, naming, values.length)
  }
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]
    const name = shape.names[index] ?? ''
    if (typeof value === 'number' || isCell(value)) {
      const column = shape.find(index, name) ?? shape.keep(index, name, set.column(name))
      writeCell(column, row, value)
      trace?.cell(column, row, values, index)
    } else writeNested(set, row, name, value, 1)
  }
}

function writeObjectRow(
  set: ColumnSet,
  row: number,
  members: Readonly<Record<string, unknown>>,
  { name: prefix }: Naming,
): void {
  const bytes = base64Length(members)
  if (bytes !== undefined) {
    set.column(`${nameOr(set, prefix)}_bytes`).setNumber(row, bytes)
    return
  }
  let index = 0
  for (const key in members) {
    const value = members[key]
    if (isCell(value)) {
      const column =
        shape.find(index, key) ?? shape.keep(index, key, set.column(memberName(prefix, key, index)))
      writeCell(column, row, value)
      trace?.cell(column, row, members, key)
    } else writeNested(set, row, memberName(prefix, key, index), value, 1)
    index += 1
  }
}

/** A value that fits into a single cell. */
function isCell(value: unknown): boolean {
  return typeof value === 'string' ? !isFreeText(value) : typeof value !== 'object' || value === null
}

/** Writes a value of any depth into the row's columns below `name`. */
export function writeNested(set: ColumnSet, row: number, name: string, value: unknown, depth: number): void {
  trace?.refuse()
  if (isFreeText(value)) writeTextLengths(set, row, name, value)
  else if (typeof value !== 'object' || value === null) writeCell(set.column(name), row, value)
  else if (value instanceof Uint8Array) set.column(`${name}_bytes`).setNumber(row, value.length)
  else if (depth > MAX_DEPTH) set.column(name).setOther(row)
  else if (Array.isArray(value)) writeNestedArray(set, row, name, value, depth)
  else {
    const members = value as Readonly<Record<string, unknown>>
    const bytes = base64Length(members)
    if (bytes !== undefined) set.column(`${name}_bytes`).setNumber(row, bytes)
    else {
      let index = 0
      for (const key in members)
        writeNested(set, row, memberName(name, key, index++), members[key], depth + 1)
    }
  }
}

function writeNestedArray(
  set: ColumnSet,
  row: number,
  name: string,
  values: readonly unknown[],
  depth: number,
): void {
  if (values.length === 1) writeNested(set, row, name, values[0], depth + 1)
  else if (!writeWhole(set, row, name, values, [])) {
    const names = numberedNames(name, values.length)
    for (let index = 0; index < values.length; index += 1)
      writeNested(set, row, names[index] ?? name, values[index], depth + 1)
  }
}

/** Writes the summary of an array. Returns true when its elements need no columns. */
function writeWhole(
  set: ColumnSet,
  row: number,
  name: string,
  values: readonly unknown[],
  labels: readonly string[],
): boolean {
  const isWide = hasMoreThan(values, set.limit)
  // Whether a list of predictions is one of probabilities, their sum decides.
  if (isWide || set.role === 'prediction') trace?.refuse()
  const range = { values, from: 0, to: values.length }
  if (set.role === 'prediction' && isDistribution(range)) {
    writeClass(set, row, name, labels.length === values.length ? { ...range, labels } : range)
    return isWide
  }
  if (isWide) writeArraySummary(set, row, name, values)
  return isWide
}

function hasMoreThan(values: readonly unknown[], limit: number): boolean {
  if (values.length > limit) return true
  // Only an array of arrays can hold more values than it has elements and still be a tensor.
  return Array.isArray(values[0]) && countLeaves(values, limit + 1) > limit
}

const BASE64 = 'b64'

/** TensorFlow Serving writes bytes as `{"b64": "..."}`; the result is the number of bytes. */
function base64Length(members: Readonly<Record<string, unknown>>): number | undefined {
  if (BASE64 in members) trace?.refuse()
  const text = members[BASE64]
  if (typeof text !== 'string') return undefined
  for (const key in members) if (key !== BASE64) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return Math.max(0, Math.floor((text.length * 3) / 4) - padding)
}
