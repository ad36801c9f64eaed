/** Rows by category, bounded: names that come after the limit is reached are counted together. */

/** Names that are told apart while a baseline is built, of one column and of all: 27 MB at most, whoever chooses them. */
const MOST_NAMES = 10_000
const MOST_NAMES_IN_ALL = 200_000

/** What the columns of one baseline share: names that may still be told apart. */
export class NameBudget {
  left = MOST_NAMES_IN_ALL
}

/** Plain data that a restart has to know. */
export interface CategoryCounterState {
  readonly counts: ReadonlyMap<string, number>
  readonly overflow: number
  readonly total: number
}

export class CategoryCounter {
  readonly #budget: NameBudget
  #counts = new Map<string, number>()
  /** Rows in categories that came too late to be told apart. */
  overflow = 0
  total = 0

  /** @param budget of the baseline, where the names are not counted already */
  constructor(budget = new NameBudget()) {
    this.#budget = budget
  }

  add(category: string, rows = 1): void {
    this.total += rows
    const count = this.#counts.get(category)
    if (count !== undefined) this.#counts.set(category, count + rows)
    else if (this.#counts.size < MOST_NAMES && this.#budget.left > 0) {
      this.#budget.left -= 1
      this.#counts.set(category, rows)
    } else {
      this.overflow += rows
    }
  }

  state(): CategoryCounterState {
    return { counts: new Map(this.#counts), overflow: this.overflow, total: this.total }
  }

  restore({ counts, overflow, total }: CategoryCounterState): void {
    this.#counts = new Map(counts)
    this.#budget.left -= counts.size
    this.overflow = overflow
    this.total = total
  }

  /** Most frequent first, equals by name. */
  ranked(): [category: string, rows: number][] {
    return [...this.#counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  }
}
