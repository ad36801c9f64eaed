// HOT: per value
/** Writes tensors `[rows, …]` with a name and a datatype of the Open Inference Protocol into columns. */
import type { Datatype } from '../formats/datatype.ts'
import type { Failure } from '../formats/failure.ts'
import { writeCell } from './cell.ts'
import { isDistribution, writeClass, writeTopClass } from './class-scores.ts'
import { elementNames, nameOr, type Naming, scalarName } from './naming.ts'
import type { Side } from './pairing.ts'
import type { Column, ColumnSet } from './record-batch.ts'
import { writeNested } from './rows.ts'
import { writeRangeSummary } from './wide-array.ts'

export interface Tensor {
  /** Empty when the payload has none. */
  readonly name: string
  readonly datatype: Datatype
  /** Rows first; each ≥ 0. */
  readonly shape: readonly number[]
  /** Row-major; as many as the product of the shape. */
  readonly values: ArrayLike<unknown>
}

export type TensorOrFailure = Tensor | { readonly failure: Failure }

/** `undefined` when it is not a list of counts. */
export function shapeOf(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)
    ? (value as number[])
    : undefined
}

/** The number of elements of a shape; 1 without dimensions. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

/**
 * The tensors of one side. The first readable tensor determines the rows. Unreadable tensors, and those with other
 * rows, are left out; the first reason is the side's failure.
 */
export function tensorsSide(tensors: readonly TensorOrFailure[], names: readonly string[]): Side {
  let failure: Failure | undefined
  let rows: number | undefined
  const readable: Tensor[] = []
  for (const tensor of tensors) {
    const reason = 'failure' in tensor ? tensor.failure : misfit(tensor, rows)
    if (reason !== undefined || 'failure' in tensor) {
      failure ??= reason
      continue
    }
    rows = rowsOf(tensor)
    readable.push(tensor)
  }
  if (rows === undefined) return { failure: failure ?? 'empty' }
  // Configured names apply to the columns of a single tensor; with several tensors they would be ambiguous.
  const columnNames = tensors.length === 1 ? names : []
  return {
    rows,
    write: (set) => {
      for (const tensor of readable) writeTensor(set, tensor, columnNames)
    },
    ...(failure === undefined ? {} : { failure }),
  }
}

/**
 * Concatenates the rows of several messages; `undefined` when the messages have different tensors. A single message is
 * returned as it is.
 */
export function concatenate(
  messages: readonly (readonly TensorOrFailure[])[],
): readonly TensorOrFailure[] | undefined {
  const [first, ...others] = messages
  if (first === undefined || others.length === 0) return first
  if (others.some(({ length }) => length !== first.length)) return undefined
  const joined = first.map((tensor, index) => {
    const parts = messages.map((tensors) => tensors[index])
    return parts.every((part) => part !== undefined && isContinuation(tensor, part))
      ? joinRows(parts as readonly Tensor[])
      : undefined
  })
  return joined.every((tensor) => tensor !== undefined) ? joined : undefined
}

function isContinuation(first: TensorOrFailure, other: TensorOrFailure): boolean {
  if ('failure' in first || 'failure' in other || first.shape.length === 0) return false
  const sameRow = String(first.shape.slice(1)) === String(other.shape.slice(1))
  return first.name === other.name && first.datatype === other.datatype && sameRow
}

function joinRows(parts: readonly Tensor[]): Tensor | undefined {
  const [first] = parts
  if (first === undefined) return undefined
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0)
  const values = parts.flatMap((part) => Array.from(part.values))
  return { ...first, shape: [rows, ...first.shape.slice(1)], values }
}

function misfit(tensor: Tensor, rows: number | undefined): Failure | undefined {
  const size = sizeOf(tensor.shape)
  if (size !== tensor.values.length) return 'shape-mismatch'
  if (size === 0) return 'empty'
  return rows === undefined || rows === rowsOf(tensor) ? undefined : 'rows-unequal'
}

/** A tensor without dimensions is one row. */
function rowsOf({ shape }: Tensor): number {
  return shape[0] ?? 1
}

function writeTensor(set: ColumnSet, tensor: Tensor, columnNames: readonly string[]): void {
  const { values, datatype } = tensor
  const rows = rowsOf(tensor)
  const width = values.length / rows
  const naming: Naming = { name: tensor.name, names: columnNames }
  const isWhole = writeWhole(set, tensor, width, columnNames)
  if (isWhole) return
  const names = width === 1 ? [scalarName(set, naming)] : elementNames(set, naming, width)
  if (datatype === 'BYTES') {
    for (let at = 0; at < values.length; at += 1)
      writeNested(set, Math.floor(at / width), names[at % width] ?? '', values[at], 1)
    return
  }
  for (let index = 0; index < width; index += 1)
    writeColumn(set.column(names[index] ?? ''), { values, datatype, from: index, step: width, rows })
}

/** As in rows.ts: writes the summary of each row. Returns true when its elements need no columns. */
function writeWhole(set: ColumnSet, tensor: Tensor, width: number, labels: readonly string[]): boolean {
  const { values, datatype } = tensor
  const name = nameOr(set, tensor.name)
  const isWide = width > set.limit
  if (set.role === 'prediction' && datatype === 'BYTES' && writeRanking(set, values, width, name)) return true
  const mayBeClasses = set.role === 'prediction' && datatype !== 'BYTES' && datatype !== 'BOOL'
  if (!mayBeClasses && !isWide) return false
  for (let row = 0, from = 0; from < values.length; row += 1, from += width) {
    const range = { values, from, to: from + width }
    if (mayBeClasses && isDistribution(range))
      writeClass(set, row, name, labels.length === width ? { ...range, labels } : range)
    else if (isWide) writeRangeSummary(set, row, name, range)
  }
  return isWide
}

/** Triton's classification extension: the strings of a row are `score:index` or `score:index:label`, best first. */
const RANKED = /^(?<score>[-+.\d][-+.\deE]*):(?<index>\d+)(?::(?<label>.*))?$/s

function writeRanking(set: ColumnSet, values: ArrayLike<unknown>, width: number, name: string): boolean {
  const entries = Array.from(values, (value) => {
    const groups = typeof value === 'string' ? RANKED.exec(value)?.groups : undefined
    return groups && { label: groups['label'] ?? groups['index'] ?? '', score: Number(groups['score']) }
  })
  if (!entries.every((entry) => entry !== undefined)) return false
  for (let row = 0; row * width < entries.length; row += 1)
    writeTopClass(set, row, name, entries.slice(row * width, (row + 1) * width))
  return true
}

interface Strided {
  readonly values: ArrayLike<unknown>
  readonly datatype: Datatype
  /** Index of the column's first value. */
  readonly from: number
  /** Values from one row to the next. */
  readonly step: number
  readonly rows: number
}

function writeColumn(column: Column, { values, datatype, from, step, rows }: Strided): void {
  const isBoolean = datatype === 'BOOL'
  const isFloat = datatype.startsWith('FP') || datatype === 'BF16'
  for (let row = 0, at = from; row < rows; row += 1, at += step) {
    const value = values[at]
    if (typeof value === 'number' && !isBoolean) column.setNumber(row, value)
    else if (isBoolean && typeof value === 'number') column.setBoolean(row, value !== 0)
    // `parseJson` quotes a number without a decimal point and with more digits than a double holds.
    else if (isFloat && typeof value === 'string' && /^-?\d+$/.test(value))
      column.setNumber(row, Number(value))
    else writeCell(column, row, value)
  }
}
