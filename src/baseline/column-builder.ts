// HOT: per value
/** Gathers what a baseline needs to know of one column, in one pass and bounded memory. */
import { CELL, type Column } from '../records/record-batch.ts'
import { FineCellsBuilder, type FineCellsState } from '../sketches/fine-cells.ts'
import { Moments } from '../lib/moments.ts'
import { CategoryCounter, type CategoryCounterState, type NameBudget } from './category-counter.ts'
import { categoryOfBoolean, numberOfText } from './cell.ts'
import { gridOfFineCells } from './comparison-grid.ts'
import type { ColumnFacts } from './finish-column.ts'
import { RowOrder, type RowOrderState } from './row-order.ts'

/** Distinct numbers that are counted one by one. */
const MOST_DISTINCT_NUMBERS = 1_000

/** Plain data that a restart has to know. */
export interface ColumnBuilderState {
  readonly rows: number
  readonly nonFinite: boolean
  readonly moments: Pick<Moments, 'count' | 'mean' | 'squares'>
  readonly numbers: FineCellsState
  readonly distinct: ReadonlyMap<number, number> | undefined
  readonly categories: CategoryCounterState
  readonly order: RowOrderState
}

export class ColumnBuilder {
  /** Rows seen, with or without a value. */
  rows = 0
  nonFinite = false
  /** Finite numbers. */
  readonly moments = new Moments()
  /** Rows by number while there are few different ones. */
  distinct: Map<number, number> | undefined = new Map()
  readonly categories: CategoryCounter
  readonly order = new RowOrder()
  #numbers = new FineCellsBuilder()

  /**
   * @param rowsBefore rows before the column was first seen
   * @param names what the columns of the baseline share
   */
  constructor(rowsBefore: number, names: NameBudget) {
    this.rows = rowsBefore
    this.categories = new CategoryCounter(names)
  }

  add(column: Column | undefined, rows: number): void {
    for (let row = 0; row < rows; row += 1) {
      switch (column?.tags[row]) {
        case CELL.NUMBER:
          this.#addNumber(column.numbers[row] as number)
          break
        case CELL.TEXT:
          this.#addText(column.texts[row] ?? '')
          break
        case CELL.BOOLEAN:
          this.#addCategory(categoryOfBoolean(column.numbers[row] as number))
          break
        default:
          this.order.add(undefined)
      }
    }
    this.rows += rows
  }

  facts(): ColumnFacts {
    const { rows, nonFinite, moments, distinct, categories, order } = this
    const { dispersions } = order
    const cells = this.#numbers.cells()
    return {
      rows,
      nonFinite,
      moments,
      min: cells.min,
      max: cells.max,
      grid: () => gridOfFineCells(cells),
      distinct,
      categories,
      complete: categories.overflow === 0,
      overdispersion: Math.max(1, ...dispersions),
      dispersions,
    }
  }

  state(): ColumnBuilderState {
    const { count, mean, squares } = this.moments
    return {
      rows: this.rows,
      nonFinite: this.nonFinite,
      moments: { count, mean, squares },
      numbers: this.#numbers.state(),
      distinct: this.distinct && new Map(this.distinct),
      categories: this.categories.state(),
      order: this.order.state(),
    }
  }

  static restored(state: ColumnBuilderState, names: NameBudget): ColumnBuilder {
    const builder = new ColumnBuilder(state.rows, names)
    builder.nonFinite = state.nonFinite
    builder.moments.merge(state.moments)
    builder.distinct = state.distinct && new Map(state.distinct)
    builder.categories.restore(state.categories)
    builder.order.restore(state.order)
    builder.#numbers = FineCellsBuilder.restored(state.numbers)
    return builder
  }

  #addText(text: string): void {
    const number = numberOfText(text)
    if (Number.isNaN(number)) this.#addCategory(text)
    else this.#addNumber(number)
  }

  #addCategory(category: string): void {
    this.categories.add(category)
    this.order.add(category)
  }

  #addNumber(value: number): void {
    if (!Number.isFinite(value)) {
      this.nonFinite = true
      this.order.add(undefined)
      return
    }
    // −0 and 0 are one value, also as keys of texts and JSON.
    const number = value === 0 ? 0 : value
    this.moments.add(number)
    this.#numbers.add(number)
    if (this.distinct !== undefined) {
      this.distinct.set(number, (this.distinct.get(number) ?? 0) + 1)
      if (this.distinct.size > MOST_DISTINCT_NUMBERS) this.distinct = undefined
    }
    this.order.add(number)
  }
}
