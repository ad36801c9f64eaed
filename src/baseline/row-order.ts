// HOT: per value
/** Watches the values of a column in their order, to say how much its consecutive rows are alike. */
import { BinEdges } from '../sketches/bin-edges.ts'
import { curveOf, quantile } from '../sketches/curve.ts'
import { digestValues } from '../sketches/digest.ts'
import { NUMERIC_BINS } from './baseline.ts'
import { CategoryCounter } from './category-counter.ts'
import { Dispersion, type DispersionState } from './dispersion.ts'
import type { HashName } from './name-hash.ts'

/** First usable values, kept as they are until they show which bins the dispersion can be measured in. */
const WARM_UP_VALUES = 1_000
/** Rows after which the warm-up ends although most of them have no value. */
const WARM_UP_ROWS = 10_000
const CATEGORIES = 20

/** A cell as far as order matters: its number, its category, or nothing usable. */
export type OrderedValue = number | string | undefined

/** Plain data that a restart has to know; categories are hashes in it. */
export interface RowOrderState {
  readonly warmUp: readonly OrderedValue[] | undefined
  readonly edges: Float64Array | undefined
  readonly categories: ReadonlyMap<string, number> | undefined
  readonly dispersion: DispersionState | undefined
}

export class RowOrder {
  #warmUp: OrderedValue[] | undefined = []
  #warmUpValues = 0
  #edges: Float64Array | undefined
  #bins: BinEdges | undefined
  #categories: ReadonlyMap<string, number> | undefined
  #dispersion: Dispersion | undefined
  #missingBin = 0
  /** After a restart: what was saved are hashes, so whatever comes is hashed too. */
  #hashName: HashName | undefined

  /** ≥ 1, over stretches of 64, 128, 256… rows: n of them are worth n / ratio. Empty while too few were seen. */
  get dispersions(): number[] {
    return this.#dispersion?.ratios ?? []
  }

  add(given: OrderedValue): void {
    const value = typeof given === 'string' ? (this.#hashName?.(given) ?? given) : given
    if (this.#dispersion !== undefined) {
      this.#dispersion.add(this.#binOf(value))
      return
    }
    this.#warmUp?.push(value)
    if (value !== undefined) this.#warmUpValues += 1
    if (this.#warmUpValues === WARM_UP_VALUES || this.#warmUp?.length === WARM_UP_ROWS) this.#endWarmUp()
  }

  state(hashName: HashName): RowOrderState {
    const hashed = (value: string): string => (this.#hashName === undefined ? hashName(value) : value)
    return {
      warmUp: this.#warmUp?.map((value) => (typeof value === 'string' ? hashed(value) : value)),
      edges: this.#edges,
      categories:
        this.#categories && new Map([...this.#categories].map(([name, bin]) => [hashed(name), bin])),
      dispersion: this.#dispersion?.state(),
    }
  }

  restore({ warmUp, edges, categories, dispersion }: RowOrderState, hashName: HashName): void {
    this.#hashName = hashName
    this.#warmUp = warmUp?.slice()
    this.#warmUpValues = warmUp?.filter((value) => value !== undefined).length ?? 0
    this.#edges = edges
    this.#categories = categories
    this.#setBins()
    this.#dispersion = dispersion && Dispersion.restored(dispersion)
  }

  #endWarmUp(): void {
    const seen = this.#warmUp ?? []
    const numbers = seen.filter((value) => typeof value === 'number')
    if (2 * numbers.length >= this.#warmUpValues) {
      const curve = curveOf(digestValues(Float64Array.from(numbers), seen.length), seen.length)
      const edges = Array.from({ length: NUMERIC_BINS - 1 }, (_, i) =>
        quantile(curve, (i + 1) / NUMERIC_BINS),
      )
      this.#edges = Float64Array.from(new Set(edges))
    } else {
      const counter = new CategoryCounter()
      for (const value of seen) if (typeof value === 'string') counter.add(value)
      const top = counter.ranked().slice(0, CATEGORIES)
      this.#categories = new Map(top.map(([category], bin) => [category, bin]))
    }
    this.#setBins()
    this.#dispersion = new Dispersion(this.#missingBin + 1)
    this.#warmUp = undefined
    for (const value of seen) this.#dispersion.add(this.#binOf(value))
  }

  #setBins(): void {
    this.#bins = this.#edges && new BinEdges(this.#edges)
    this.#missingBin = (this.#edges?.length ?? this.#categories?.size ?? 0) + 1
  }

  #binOf(value: OrderedValue): number {
    if (value === undefined) return this.#missingBin
    if (this.#bins !== undefined)
      return typeof value === 'number' ? this.#bins.index(value) : this.#missingBin
    return this.#categories?.get(String(value)) ?? this.#missingBin - 1
  }
}
