// HOT: per value
/** Gathers what a baseline needs to know of one column, in one pass and bounded memory. */
import { CELL, type Column } from '../records/record-batch.ts'
import type { Digest } from '../sketches/digest.ts'
import { Moments } from '../lib/moments.ts'
import { OpenDigest } from '../sketches/open-digest.ts'
import { BASELINE_CLUSTERS } from './baseline.ts'
import { CategoryCounter, type CategoryCounterState, type NameBudget } from './category-counter.ts'
import { categoryOfBoolean, numberOfText } from './cell.ts'
import type { ColumnFacts } from './finish-column.ts'
import { RowOrder, type RowOrderState } from './row-order.ts'

/** Distinct numbers that are counted one by one. */
const MOST_DISTINCT_NUMBERS = 1_000

/** Plain data that a restart has to know. */
export interface ColumnBuilderState {
  readonly rows: number
  readonly nonFinite: boolean
  readonly moments: Pick<Moments, 'count' | 'mean' | 'squares'>
  readonly digest: Digest
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
  #numbers = new OpenDigest(BASELINE_CLUSTERS)

  /**
   * @param rowsBefore rows before the column was first seen
   * @param names what the columns of the baseline share
   */
  constructor(rowsBefore: number, names: NameBudget) {
    this.rows = rowsBefore
    this.categories = new CategoryCounter(names)
  }

  /** The finite numbers so far. */
  digest(): Digest {
    return this.#numbers.digest()
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
    const complete = categories.overflow === 0
    const { dispersions } = order
    const overdispersion = Math.max(1, ...dispersions)
    const digest = this.digest()
    const clusters = BASELINE_CLUSTERS
    return {
      rows,
      nonFinite,
      moments,
      digest,
      clusters,
      distinct,
      categories,
      complete,
      overdispersion,
      dispersions,
    }
  }

  state(): ColumnBuilderState {
    const { count, mean, squares } = this.moments
    return {
      rows: this.rows,
      nonFinite: this.nonFinite,
      moments: { count, mean, squares },
      digest: this.digest(),
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
    builder.#numbers = new OpenDigest(BASELINE_CLUSTERS, state.digest)
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
