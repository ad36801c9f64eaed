// HOT: per value
/** Summarises arrays with more numbers than the column limit (images, one-hot vectors, spectra) in five columns. */
import { Moments } from '../lib/moments.ts'
import { type ColumnSet, LONGEST_VECTOR } from './record-batch.ts'

/** Deeper arrays count as one leaf; tensors with more dimensions do not occur. */
const MAX_DEPTH = 8

/** Values in an array of arrays, counted up to `enough`. */
export function countLeaves(values: readonly unknown[], enough: number, depth = 0): number {
  if (depth >= MAX_DEPTH) return 1
  let leaves = 0
  for (const value of values) {
    leaves += Array.isArray(value) ? countLeaves(value, enough - leaves, depth + 1) : 1
    if (leaves >= enough) break
  }
  return leaves
}

class ArraySummary {
  size = 0
  readonly #moments = new Moments()
  #min = Infinity
  #max = -Infinity

  /** Number of finite values. */
  get numbers(): number {
    return this.#moments.count
  }

  addAll(values: readonly unknown[], depth = 0): void {
    for (const value of values) {
      if (Array.isArray(value) && depth < MAX_DEPTH) this.addAll(value, depth + 1)
      else this.addOne(value)
    }
  }

  addOne(value: unknown): void {
    this.size += 1
    if (typeof value === 'number' && Number.isFinite(value)) this.#add(value)
    else if (typeof value === 'boolean') this.#add(value ? 1 : 0)
  }

  /** `_stddev` is the population standard deviation; without finite numbers only `_size` is written. */
  write(set: ColumnSet, row: number, name: string): void {
    set.column(`${name}_size`).setNumber(row, this.size)
    if (this.numbers === 0) return
    set.column(`${name}_mean`).setNumber(row, this.#moments.mean)
    set.column(`${name}_stddev`).setNumber(row, this.#moments.standardDeviation)
    set.column(`${name}_min`).setNumber(row, this.#min)
    set.column(`${name}_max`).setNumber(row, this.#max)
  }

  #add(value: number): void {
    this.#moments.add(value)
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }
}

/** Row `row` of the five columns of `name`, from an array of any nesting. */
export function writeArraySummary(
  set: ColumnSet,
  row: number,
  name: string,
  values: readonly unknown[],
): void {
  const summary = new ArraySummary()
  summary.addAll(values)
  summary.write(set, row, name)
  if (isVector(set, summary) && values.length === summary.size)
    set.addVector(row, values as readonly number[])
}

/** The same for `[from, to)` of flat tensor data. */
export function writeRangeSummary(
  set: ColumnSet,
  row: number,
  name: string,
  { values, from, to }: { readonly values: ArrayLike<unknown>; readonly from: number; readonly to: number },
): void {
  const summary = new ArraySummary()
  for (let index = from; index < to; index += 1) summary.addOne(values[index])
  summary.write(set, row, name)
  if (isVector(set, summary)) set.addVector(row, Array.prototype.slice.call(values, from, to) as number[])
}

/** A wide prediction with only numbers is an embedding, or can be compared as one. */
function isVector({ role }: ColumnSet, { size, numbers }: ArraySummary): boolean {
  return role === 'prediction' && size === numbers && size <= LONGEST_VECTOR
}
