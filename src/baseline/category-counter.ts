/** Rows by category, bounded: names that come after the limit is reached are counted together. */

/** Names that are told apart while a baseline is built. */
const MOST_NAMES = 10_000

/** Plain data that a restart has to know. */
export interface CategoryCounterState {
  readonly counts: ReadonlyMap<string, number>
  readonly overflow: number
  readonly total: number
}

export class CategoryCounter {
  #counts = new Map<string, number>()
  /** Rows in categories that came too late to be told apart. */
  overflow = 0
  total = 0

  add(category: string, rows = 1): void {
    this.total += rows
    const count = this.#counts.get(category)
    if (count !== undefined || this.#counts.size < MOST_NAMES) {
      this.#counts.set(category, (count ?? 0) + rows)
    } else {
      this.overflow += rows
    }
  }

  state(): CategoryCounterState {
    return { counts: new Map(this.#counts), overflow: this.overflow, total: this.total }
  }

  restore({ counts, overflow, total }: CategoryCounterState): void {
    this.#counts = new Map(counts)
    this.overflow = overflow
    this.total = total
  }

  /** Most frequent first, equals by name. */
  ranked(): [category: string, rows: number][] {
    return [...this.#counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  }
}
