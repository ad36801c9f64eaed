// HOT: per value
/** Counts the cells of a numeric or discrete column: kind of value, bin, and the number itself. */
import { numberOfText } from '../baseline/cell.ts'
import { nearestDecimal } from '../lib/nearest-decimal.ts'
import { isMissingText } from '../formats/text-cell.ts'
import type { Bins } from '../baseline/bins.ts'
import type { DiscreteColumn, NumericColumn } from '../baseline/baseline.ts'
import { CELL, type Column } from '../records/record-batch.ts'
import { BinEdges, edgesForFloats, exactIndex, nearIndex } from '../sketches/bin-edges.ts'
import type { SampleDigest } from '../sketches/sample-digest.ts'
import type { Fences } from './fences.ts'
import type { ValueCounts } from './value-counts.ts'

const NO_EDGES = new Float64Array(0)

export class NumberClassifier {
  /** Of a discrete column; undefined for a numeric one. */
  readonly #places: Float64Array | undefined
  /** Whether its values are 0 and 1, so that a boolean is one of them: what databases and frames write of booleans. */
  readonly #isFlag: boolean
  readonly #edges: BinEdges
  readonly #min: number
  readonly #max: number
  readonly #nonFinite: boolean
  readonly #missingBin: number
  readonly #unseenBin: number
  readonly #lowFence: number
  readonly #highFence: number
  /** Between them a value is neither an outlier nor out of range: one look for both. */
  readonly #innerLow: number
  readonly #innerHigh: number
  /** Values beyond the fences since the start. */
  outliers = 0

  constructor(column: NumericColumn | DiscreteColumn, bins: Bins, { low, high }: Fences) {
    this.#isFlag = column.kind === 'discrete' && column.values.every((value) => value === 0 || value === 1)
    this.#places = column.kind === 'discrete' ? Float64Array.from(column.values) : undefined
    this.#edges = new BinEdges(column.kind === 'numeric' ? edgesForFloats(column.edges) : NO_EDGES)
    // A 32-bit float of the smallest value may lie below it.
    this.#min = Math.min(column.min, nearestDecimal(Math.fround(column.min)))
    this.#max = Math.max(column.max, nearestDecimal(Math.fround(column.max)))
    this.#nonFinite = column.nonFinite
    this.#missingBin = bins.missing
    this.#unseenBin = bins.unseen
    this.#lowFence = low
    this.#highFence = high
    this.#innerLow = Math.max(low, this.#min)
    this.#innerHigh = Math.min(high, this.#max)
  }

  /**
   * @param column undefined when the batch lacks it: all of its rows are missing
   * @param counts rows by bin, added to
   * @param flags outliers by row, added to
   */
  accept(
    column: Column | undefined,
    rows: number,
    counts: Float64Array,
    values: ValueCounts,
    digest: SampleDigest | undefined,
    flags: Uint16Array,
  ): void {
    if (column === undefined) {
      values.missing += rows
      counts[this.#missingBin] = (counts[this.#missingBin] as number) + rows
      return
    }
    // The common column, numbers only, is read without a call per value; the first other cell ends that.
    const plain =
      this.#places === undefined ? this.#acceptPlain(column, rows, counts, values, digest, flags) : 0
    for (let row = plain; row < rows; row += 1) this.#acceptCell(column, row, counts, values, digest, flags)
  }

  /** Reads finite numbers up to the first cell that is none; returns how many. */
  #acceptPlain(
    column: Column,
    rows: number,
    counts: Float64Array,
    values: ValueCounts,
    digest: SampleDigest | undefined,
    flags: Uint16Array,
  ): number {
    const { tags, numbers } = column
    const edges = this.#edges
    let min = Infinity
    let max = -Infinity
    let outside = 0
    let row = 0
    for (; row < rows; row += 1) {
      const value = numbers[row] as number
      // Infinity − Infinity and NaN − NaN are NaN: one comparison for all that is not finite.
      if (tags[row] !== CELL.NUMBER || value - value !== 0) break
      const bin = edges.index(value)
      counts[bin] = (counts[bin] as number) + 1
      if (value < min) min = value
      if (value > max) max = value
      if (value < this.#innerLow || value > this.#innerHigh) {
        if (value < this.#min || value > this.#max) outside += 1
        this.#flag(value, row, flags)
      }
    }
    values.outOfRange += outside
    values.valid += row - outside
    if (row > 0) digest?.addAll(numbers, row, min, max)
    return row
  }

  #acceptCell(
    column: Column,
    row: number,
    counts: Float64Array,
    values: ValueCounts,
    digest: SampleDigest | undefined,
    flags: Uint16Array,
  ): void {
    const tag = column.tags[row]
    const value = this.#told(
      tag === CELL.NUMBER || (tag === CELL.BOOLEAN && this.#isFlag)
        ? (column.numbers[row] as number)
        : textValue(column, row),
    )
    let bin = this.#missingBin
    if (tag === CELL.MISSING) {
      values.missing += 1
    } else if (value - value === 0) {
      digest?.add(value)
      this.#flag(value, row, flags)
      bin = this.#binOf(value, values)
    } else if (tag === CELL.NUMBER ? this.#nonFinite : isMissing(column, row)) {
      values.missing += 1
    } else {
      values.wrongType += 1
    }
    counts[bin] = (counts[bin] as number) + 1
  }

  /**
   * A value of a discrete column as the baseline has it: arithmetic leaves 0.30000000000000004 where 0.3 is meant, and a
   * 32-bit float 0.42857143 where 3/7 is.
   */
  #told(value: number): number {
    if (this.#places === undefined || exactIndex(this.#places, value) >= 0) return value
    const near = nearIndex(this.#places, value)
    return near >= 0 ? (this.#places[near] as number) : value
  }

  #flag(value: number, row: number, flags: Uint16Array): void {
    if (value >= this.#lowFence && value <= this.#highFence) return
    this.outliers += 1
    flags[row] = (flags[row] as number) + 1
  }

  #binOf(value: number, values: ValueCounts): number {
    if (this.#places === undefined) {
      if (value < this.#min || value > this.#max) values.outOfRange += 1
      else values.valid += 1
      return this.#edges.index(value)
    }
    const place = exactIndex(this.#places, value)
    if (place >= 0) {
      values.valid += 1
      return place
    }
    values.unseen += 1
    return this.#unseenBin
  }
}

/** In a column of numbers the text of a missing value is one, as in a file. */
function isMissing({ tags, texts }: Column, row: number): boolean {
  return tags[row] === CELL.TEXT && isMissingText(texts[row] ?? '')
}

/** NaN for cells that are no number. */
function textValue({ tags, texts }: Column, row: number): number {
  return tags[row] === CELL.TEXT ? numberOfText(texts[row] ?? '') : Number.NaN
}
