/** Rows by category, bounded: names beyond the limit share one count. */
import type { HashName } from './name-hash.ts'

/** Maximum number of distinct names while a baseline is built, for one column and for all: at most 27 MB for any input. */
const MOST_NAMES = 10_000
const MOST_NAMES_IN_ALL = 200_000

/** Budget of distinct names that the columns of one baseline share. */
export class NameBudget {
  left = MOST_NAMES_IN_ALL
}

/** Plain data to restore after a restart. */
export interface CategoryCounterState {
  /** Rows by the hash of a name, so that no text of a payload is written to disk. */
  readonly hashed: ReadonlyMap<string, number>
  readonly overflow: number
  /** By hash: rows beyond one for each observation. */
  readonly surplus?: ReadonlyMap<string, number> | undefined
  readonly total: number
}

export class CategoryCounter {
  readonly #budget: NameBudget
  #counts = new Map<string, number>()
  /** Names from before a restart that have not occurred again. */
  #hashed = new Map<string, number>()
  #hashName: HashName | undefined
  /** Rows beyond one for each observation, by name or hash, where the rows of a call are one observation. */
  #surplus = new Map<string, number>()
  /** Rows in categories beyond the budget of names. */
  overflow = 0
  total = 0

  /** @param budget of the baseline; a new one when names are not shared with other columns */
  constructor(budget = new NameBudget()) {
    this.#budget = budget
  }

  add(category: string, rows = 1): void {
    this.total += rows
    const count = this.#counts.get(category)
    if (count !== undefined) this.#counts.set(category, count + rows)
    else this.#addNew(category, rows)
  }

  /** Rows that are one observation, such as those of a call which all have it. */
  addCall(category: string, rows: number): void {
    const before = this.overflow
    this.add(category, rows)
    if (rows > 1 && this.overflow === before)
      this.#surplus.set(category, (this.#surplus.get(category) ?? 0) + rows - 1)
  }

  /** How often a name was observed: rows, or calls where the rows of a call are one observation. */
  observations(category: string, rows: number): number {
    return rows - (this.#surplus.get(category) ?? 0)
  }

  /** Rows with a name that was observed once. */
  get singles(): number {
    let rows = 0
    for (const [name, count] of this.#counts) if (this.observations(name, count) === 1) rows += count
    for (const [hash, count] of this.#hashed) if (this.observations(hash, count) === 1) rows += count
    return rows
  }

  /** Number of distinct names, including those from before a restart. */
  get size(): number {
    return this.#counts.size + this.#hashed.size
  }

  state(hashName: HashName): CategoryCounterState {
    const hashed = new Map(this.#hashed)
    const surplus = new Map(
      [...this.#surplus].map(([name, rows]) => [this.#counts.has(name) ? hashName(name) : name, rows]),
    )
    for (const [name, rows] of this.#counts) hashed.set(hashName(name), rows)
    const { overflow, total } = this
    return { hashed, overflow, total, ...(surplus.size > 0 && { surplus }) }
  }

  restore({ hashed, overflow, total, surplus }: CategoryCounterState, hashName: HashName): void {
    this.#surplus = new Map(surplus)
    this.#hashed = new Map(hashed)
    this.#hashName = hashName
    this.#budget.left -= hashed.size
    this.overflow = overflow
    this.total = total
  }

  /** Adds the counts of another counter. */
  merge(other: CategoryCounter): void {
    for (const [category, rows] of other.#counts) this.add(category, rows)
    for (const [hash, rows] of other.#hashed) this.#hashed.set(hash, (this.#hashed.get(hash) ?? 0) + rows)
    for (const [name, rows] of other.#surplus) this.#surplus.set(name, (this.#surplus.get(name) ?? 0) + rows)
    const hashedRows = [...other.#hashed.values()].reduce((sum, rows) => sum + rows, 0)
    this.overflow += other.overflow
    this.total += other.overflow + hashedRows
  }

  /** Most frequent first, ties by name; without names from before a restart that have not occurred again. */
  ranked(): [category: string, rows: number][] {
    return [...this.#counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  }

  /** Rows by hash, for names that are known only by their hash. */
  get hashed(): ReadonlyMap<string, number> {
    return this.#hashed
  }

  #addNew(category: string, rows: number): void {
    if (this.#hashed.size > 0 && this.#hashName !== undefined) {
      const hash = this.#hashName(category)
      const before = this.#hashed.get(hash)
      if (before !== undefined) {
        this.#hashed.delete(hash)
        this.#moveSurplus(hash, category)
        this.#counts.set(category, before + rows)
        return
      }
    }
    if (this.size < MOST_NAMES && this.#budget.left > 0) {
      this.#budget.left -= 1
      this.#counts.set(category, rows)
    } else {
      this.overflow += rows
    }
  }
  #moveSurplus(hash: string, category: string): void {
    const surplus = this.#surplus.get(hash)
    if (surplus === undefined) return
    this.#surplus.delete(hash)
    this.#surplus.set(category, surplus)
  }
}
