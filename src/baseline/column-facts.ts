/** Statistics of a column before its kind is decided. */
import type { CategoryCounter } from './category-counter.ts'
import type { ColumnKind, ColumnRole } from './column-kind.ts'
import type { ComparisonGrid } from './comparison-grid.ts'
import type { HashName } from './name-hash.ts'
import type { PrivacyRules } from './privacy.ts'

/** All statistics of the values of a column, of any type. Counts are of rows, and may be fractions after a merge. */
export interface ColumnFacts {
  /** All rows of the baseline, with or without a value. */
  readonly rows: number
  readonly nonFinite: boolean
  /** Of the finite numbers. */
  readonly moments: { readonly count: number; readonly mean: number; readonly squares: number }
  /** Of the numbers; NaN without any. */
  readonly min: number
  readonly max: number
  /** Created when the column turns out to be numeric. */
  readonly grid: () => ComparisonGrid
  /** Rows by number; undefined with too many distinct numbers. */
  readonly distinct: ReadonlyMap<number, number> | undefined
  /** Texts and booleans. */
  readonly categories: CategoryCounter
  /** Whether all categories are counted by name. */
  readonly complete: boolean
  /** Hashes of rare categories without a count, as in a finished baseline. */
  readonly knownHashes: readonly string[]
  /** Share of rows expected in unseen categories, if known; otherwise estimated. */
  readonly unseen?: number | undefined
}

export interface ColumnIdentity {
  readonly role: ColumnRole
  readonly name: string
  /** Categories with their own bin. */
  readonly maxCategories: number
  /** Kind set by the user; inferred from the values when absent. */
  readonly kind?: ColumnKind | undefined
  /** Categories that the model server declares. */
  readonly declared?: ReadonlySet<string> | undefined
  readonly privacy: PrivacyRules
  readonly hashName: HashName
}
