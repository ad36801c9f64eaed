// HOT: per value
/** Collects the statistics of one column for a baseline, in one pass and bounded memory. */
import { Moments } from '../lib/moments.ts'
import { significant } from '../lib/significant.ts'
import { CELL, type Column } from '../records/record-batch.ts'
import { FineCellsBuilder, type FineCellsState } from '../sketches/fine-cells.ts'
import type { UncomparedColumn } from './baseline.ts'
import { CategoryCounter, type CategoryCounterState, NameBudget } from './category-counter.ts'
import { categoryOfBoolean, numberOfText } from './cell.ts'
import { ColumnCalls, type ColumnCallsState } from './column-calls.ts'
import type { ColumnFacts } from './column-facts.ts'
import type { ColumnRole, UncomparedKind } from './column-kind.ts'
import { gridOfFineCells } from './comparison-grid.ts'
import { inferKind } from './infer-kind.ts'
import { Instants, type InstantsState } from './instants.ts'
import type { HashName } from './name-hash.ts'
import { NumberOrder, type NumberOrderState } from './number-order.ts'

/** Distinct numbers that are counted individually. */
const MOST_DISTINCT_NUMBERS = 1_000
/** Rows after which a restart keeps the current kind of a column. */
const DECIDED_ROWS = 200

/** Plain data to restore after a restart. */
export interface ColumnBuilderState {
  readonly rows: number
  readonly nonFinite: boolean
  readonly moments: Pick<Moments, 'count' | 'mean' | 'squares'>
  readonly numbers: FineCellsState
  readonly distinct: ReadonlyMap<number, number> | undefined
  readonly categories: CategoryCounterState
  readonly instants: InstantsState
  readonly counting: NumberOrderState
  readonly calls?: ColumnCallsState | undefined
  /** What the column is taken for already: then its values are not kept. */
  readonly uncompared?: UncomparedKind | undefined
}

export class ColumnBuilder {
  /** Rows with or without a value. */
  rows = 0
  nonFinite = false
  /** Finite numbers. */
  readonly moments = new Moments()
  /** Rows by number while few distinct numbers occur. */
  distinct: Map<number, number> | undefined = new Map()
  readonly categories: CategoryCounter
  readonly instants: Instants
  readonly #name: string
  readonly #counting = new NumberOrder()
  readonly #calls = new ColumnCalls()
  /** By a state that was taken up. */
  #decided: UncomparedKind | undefined
  #numbers = new FineCellsBuilder()

  /**
   * @param rowsBefore rows before the column was first seen
   * @param names the name budget shared by the columns of the baseline
   */
  constructor(name: string, rowsBefore: number, names: NameBudget) {
    this.#name = name
    this.instants = new Instants(name)
    this.rows = rowsBefore
    this.categories = new CategoryCounter(names)
  }

  /**
   * @param nowMs since 1970, when the rows came; NaN when nobody knows
   * @param isCall the rows are those of one call
   */
  add(column: Column | undefined, rows: number, nowMs: number, isCall = false): void {
    const isRepeated = isCall && column !== undefined && rows > 0 && this.#calls.add(column, rows)
    if (isRepeated && column.tags[0] === CELL.TEXT) this.#addText(column.texts[0] ?? '', nowMs, rows)
    else
      for (let row = 0; row < rows; row += 1) {
        switch (column?.tags[row]) {
          case CELL.NUMBER:
            this.#addNumber(column.numbers[row] as number, nowMs, row === 0 || !isRepeated)
            break
          case CELL.TEXT:
            this.#addText(column.texts[row] ?? '', nowMs, 1)
            break
          case CELL.BOOLEAN:
            this.categories.add(categoryOfBoolean(column.numbers[row] as number))
            break
          default:
        }
      }
    this.rows += rows
  }

  /** The kind of a column that is not compared, with its reason. */
  get uncomparedKind(): UncomparedKind | undefined {
    if (this.#decided !== undefined) return this.#decided
    const { min, max } = this.#numbers.cells()
    return inferKind({
      name: this.#name,
      categories: this.categories,
      numbers: { count: this.moments.count, min, max },
      distinct: this.distinct,
      instants: this.instants,
      order: this.#counting,
      calls: this.#calls.count,
    })
  }

  /** Whether it only holds the row number, starting at 0 or 1. */
  get isIndex(): boolean {
    return this.#counting.isIndex && this.categories.total === 0
  }

  uncompared(role: ColumnRole, kind: UncomparedKind): UncomparedColumn {
    const [numbers, texts] = [this.moments.count, this.categories.total]
    const values = numbers === 0 ? 'text' : texts === 0 ? 'number' : undefined
    const missing = Math.max(0, 1 - (numbers + texts) / this.rows)
    const { unit } = this.instants
    return {
      ...{ role, name: this.#name, kind, missing },
      ...(values !== undefined && { values }),
      ...(kind === 'timestamp' && unit !== undefined && { unit }),
    }
  }

  facts(): ColumnFacts {
    const { rows, nonFinite, moments, distinct, categories } = this
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
      knownHashes: [],
    }
  }

  state(hashName: HashName): ColumnBuilderState {
    const { count, mean, squares } = this.moments
    const uncompared = this.uncomparedKind
    if (uncompared !== undefined && this.rows >= DECIDED_ROWS) return this.#withoutValues(uncompared)
    return {
      rows: this.rows,
      nonFinite: this.nonFinite,
      moments: { count, mean, squares },
      numbers: this.#numbers.state(),
      distinct: this.distinct && new Map(this.distinct),
      categories: this.categories.state(hashName),
      instants: this.instants.state(),
      counting: this.#counting.state(),
      calls: this.#calls.state(),
    }
  }

  static restored(
    name: string,
    state: ColumnBuilderState,
    { names, hashName }: { readonly names: NameBudget; readonly hashName: HashName },
  ): ColumnBuilder {
    const builder = new ColumnBuilder(name, state.rows, names)
    builder.nonFinite = state.nonFinite
    builder.#decided = state.uncompared
    builder.moments.merge(state.moments)
    builder.distinct = state.distinct && new Map(state.distinct)
    builder.categories.restore(state.categories, hashName)
    builder.instants.restore(state.instants)
    builder.#counting.restore(state.counting)
    if (state.calls !== undefined) builder.#calls.restore(state.calls)
    builder.#numbers = FineCellsBuilder.restored(state.numbers)
    return builder
  }

  /** No values of an identifier are written to disk, not even as hashes. */
  #withoutValues(uncompared: UncomparedKind): ColumnBuilderState {
    const { count } = this.moments
    const empty = new ColumnBuilder(this.#name, this.rows, new NameBudget())
    return {
      rows: this.rows,
      nonFinite: this.nonFinite,
      moments: { count, mean: 0, squares: 0 },
      numbers: empty.#numbers.state(),
      distinct: undefined,
      categories: { hashed: new Map(), overflow: this.categories.total, total: this.categories.total },
      instants: this.instants.state(),
      counting: empty.#counting.state(),
      uncompared,
    }
  }

  /** @param rows of a call that all have it */
  #addText(text: string, nowMs: number, rows: number): void {
    const number = numberOfText(text)
    if (Number.isNaN(number)) {
      this.instants.add(text, nowMs)
      this.categories.addCall(text, rows)
    } else {
      for (let row = 0; row < rows; row += 1) this.#addNumber(number, nowMs, row === 0)
    }
  }

  /** @param isOrdered its place among the others counts: once a call where all rows have it */
  #addNumber(value: number, nowMs: number, isOrdered: boolean): void {
    if (!Number.isFinite(value)) {
      this.nonFinite = true
      return
    }
    // −0 and 0 are one value, also as keys of texts and JSON.
    const number = value === 0 ? 0 : value
    this.moments.add(number)
    this.#numbers.add(number)
    this.instants.add(number, nowMs)
    if (isOrdered) this.#counting.add(number)
    if (this.distinct !== undefined) {
      const told = significant(number)
      this.distinct.set(told, (this.distinct.get(told) ?? 0) + 1)
      if (this.distinct.size > MOST_DISTINCT_NUMBERS) this.distinct = undefined
    }
  }
}
