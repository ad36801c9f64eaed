/** What is known of a column before it is decided what it is. */
import type { CategoryCounter } from './category-counter.ts'
import type { ColumnKind, ColumnRole } from './column-kind.ts'
import type { ComparisonGrid } from './comparison-grid.ts'
import type { HashName } from './name-hash.ts'
import type { PrivacyRules } from './privacy.ts'

/** Everything about the values of a column, whatever they are. Counts are of rows, and may be fractions after a merge. */
export interface ColumnFacts {
  /** All of the baseline's, with or without a value. */
  readonly rows: number
  readonly nonFinite: boolean
  /** Of the finite numbers. */
  readonly moments: { readonly count: number; readonly mean: number; readonly squares: number }
  /** Of the numbers; NaN without any. */
  readonly min: number
  readonly max: number
  /** Made when the column turns out to be numeric. */
  readonly grid: () => ComparisonGrid
  /** Rows by number; undefined when there are too many different ones. */
  readonly distinct: ReadonlyMap<number, number> | undefined
  /** Texts and booleans. */
  readonly categories: CategoryCounter
  /** Whether every category is among those that are counted by name. */
  readonly complete: boolean
  /** Hashes of rare categories without a count, as a finished baseline has them. */
  readonly knownHashes: readonly string[]
  /** Share of rows to expect in categories that were never seen, where it is known; else estimated. */
  readonly unseen?: number | undefined
}

export interface ColumnIdentity {
  readonly role: ColumnRole
  readonly name: string
  /** Categories that get a bin of their own. */
  readonly maxCategories: number
  /** Decided by a person; by the values when absent. */
  readonly kind?: ColumnKind | undefined
  readonly privacy: PrivacyRules
  readonly hashName: HashName
}
