// HOT: per value
/** Counts the cells of a numeric or discrete column: kind of value, cell of the grid, and a numeric summary. */
import type { DiscreteColumn, NumericColumn } from '../baseline/baseline.ts'
import { instantOfText, numberOfText } from '../baseline/cell.ts'
import type { Layout, NumberLayout } from '../baseline/layout.ts'
import { isMissingText } from '../formats/text-cell.ts'
import { nearestDecimal } from '../lib/nearest-decimal.ts'
import { CELL, type Column } from '../records/record-batch.ts'
import { BinEdges, edgesForFloats, exactIndex, nearIndex } from '../sketches/bin-edges.ts'
import type { OpenNumbers } from '../windows/open-numbers.ts'
import type { Fences } from './fences.ts'
import type { ValueCounts } from './value-counts.ts'

export class NumberClassifier {
  /** For a discrete column; undefined for a numeric one. */
  readonly #places: Float64Array | undefined
  /** Whether its values are 0 and 1, so that booleans are valid: databases and data frames write booleans this way. */
  readonly #isFlag: boolean
  readonly #edges: BinEdges
  /** The bin of each cell. */
  readonly #binOf: Uint8Array
  readonly #unseenBin: number
  readonly #missingCounter: number
  readonly #min: number
  readonly #max: number
  readonly #nonFinite: boolean
  /** Maximum of the baseline. */
  readonly #largest: number
  readonly #lowFence: number
  readonly #highFence: number
  /** Between these, a value is neither an outlier nor out of range: one comparison for both. */
  readonly #innerLow: number
  readonly #innerHigh: number
  /** Values beyond the fences since the start. */
  outliers = 0

  constructor(
    column: NumericColumn | DiscreteColumn,
    { bins }: Pick<Layout, 'bins'>,
    { cells, singles, binOf }: NumberLayout,
    { low, high }: Fences,
  ) {
    this.#isFlag = column.kind === 'discrete' && column.values.every((value) => value === 0 || value === 1)
    this.#places = column.kind === 'discrete' ? Float64Array.from(column.values) : undefined
    this.#edges = new BinEdges(column.kind === 'numeric' ? floatEdges(cells.edges, singles) : cells.edges)
    this.#binOf = binOf
    this.#unseenBin = bins.unseen
    this.#missingCounter = binOf.length - 1
    // Values outside a discrete column's set are unseen and never out of range.
    const isDiscrete = column.kind === 'discrete'
    // The 32-bit float of the minimum may be smaller.
    this.#min = isDiscrete ? -Infinity : Math.min(column.min, nearestDecimal(Math.fround(column.min)))
    this.#max = isDiscrete ? Infinity : Math.max(column.max, nearestDecimal(Math.fround(column.max)))
    this.#nonFinite = column.nonFinite
    this.#largest = column.max
    this.#lowFence = low
    this.#highFence = high
    this.#innerLow = Math.max(low, this.#min)
    this.#innerHigh = Math.min(high, this.#max)
  }

  /**
   * @param column undefined when the batch lacks it: all of its rows are missing
   * @param counts rows by counter; added to
   * @param open summary of the same pane
   * @param flags outliers by row; added to
   */
  accept(
    column: Column | undefined,
    rows: number,
    counts: Float64Array,
    values: ValueCounts,
    open: OpenNumbers,
    flags: Uint16Array,
  ): void {
    if (column === undefined) {
      values.missing += rows
      counts[this.#missingCounter] = (counts[this.#missingCounter] as number) + rows
      return
    }
    // The common column with numbers only is read without a call for each value, up to the first other cell.
    const plain =
      this.#places === undefined ? this.#acceptPlain(column, rows, counts, values, open, flags) : 0
    for (let row = plain; row < rows; row += 1) this.#acceptCell(column, row, counts, values, open, flags)
  }

  /** Reads finite numbers up to the first other cell; returns their count. */
  #acceptPlain(
    column: Column,
    rows: number,
    counts: Float64Array,
    values: ValueCounts,
    open: OpenNumbers,
    flags: Uint16Array,
  ): number {
    const { tags, numbers } = column
    const edges = this.#edges
    const marks = open.marks
    let min = Infinity
    let max = -Infinity
    let outside = 0
    let row = 0
    for (; row < rows; row += 1) {
      const value = numbers[row] as number
      // Infinity − Infinity and NaN − NaN are NaN: one comparison for all non-finite values.
      if (tags[row] !== CELL.NUMBER || value - value !== 0) break
      const cell = edges.index(value)
      counts[cell] = (counts[cell] as number) + 1
      if (marks[cell] !== 0) open.note(value, cell)
      if (value < min) min = value
      if (value > max) max = value
      if (value < this.#innerLow || value > this.#innerHigh) {
        if (value < this.#min || value > this.#max) outside += 1
        this.#flag(value, row, flags)
      }
    }
    values.outOfRange += outside
    values.valid += row - outside
    if (row > 0) open.counted(row, min, max, counts)
    return row
  }

  #acceptCell(
    column: Column,
    row: number,
    counts: Float64Array,
    values: ValueCounts,
    open: OpenNumbers,
    flags: Uint16Array,
  ): void {
    const tag = column.tags[row]
    const value = this.#told(
      tag === CELL.NUMBER || (tag === CELL.BOOLEAN && this.#isFlag)
        ? (column.numbers[row] as number)
        : textValue(column, row, this.#largest),
    )
    let counter = this.#missingCounter
    if (tag === CELL.MISSING) {
      values.missing += 1
    } else if (value - value === 0) {
      counter = this.#edges.index(value)
      if (open.marks[counter] !== 0) open.note(value, counter)
      open.counted(1, value, value, counts)
      this.#flag(value, row, flags)
      if (this.#unseenBin >= 0 && this.#binOf[counter] === this.#unseenBin) values.unseen += 1
      else if (value < this.#min || value > this.#max) values.outOfRange += 1
      else values.valid += 1
    } else if (tag === CELL.NUMBER ? this.#nonFinite : isMissing(column, row)) {
      values.missing += 1
    } else {
      values.wrongType += 1
    }
    counts[counter] = (counts[counter] as number) + 1
  }

  /**
   * The baseline's form of a discrete value: arithmetic may give 0.30000000000000004 for 0.3, and a 32-bit float
   * 0.42857143 for 3/7.
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
}

/** Upper edges for 32-bit floats; the cell of a single value keeps its lower edge. */
function floatEdges(edges: Float64Array, singles: Uint8Array): Float64Array {
  const upper = [...edges].filter((_, place) => singles[place + 1] !== 1)
  const moved = edgesForFloats(upper)
  let next = 0
  return edges.map((edge, place) => (singles[place + 1] === 1 ? edge : (moved[next++] as number)))
}

/** In a numeric column, texts for a missing value are missing, as in a file. */
function isMissing({ tags, texts }: Column, row: number): boolean {
  return tags[row] === CELL.TEXT && isMissingText(texts[row] ?? '')
}

/** NaN for non-numeric cells. */
function textValue({ tags, texts }: Column, row: number, largest: number): number {
  if (tags[row] !== CELL.TEXT) return Number.NaN
  const text = texts[row] ?? ''
  const number = numberOfText(text)
  return Number.isNaN(number) ? instantOfText(text, largest) : number
}
