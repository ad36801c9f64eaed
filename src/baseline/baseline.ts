/**
 * What the model was built for: per column its kind, its bins with their shares, and for numbers a grid of finer cells. Plain data,
 * the same in memory, in the file (docs/baseline-format.md) and in messages between threads.
 */
import type { Meaning } from '../records/meaning.ts'
import type { ColumnRole, UncomparedKind } from './column-kind.ts'
import type { InstantUnit } from './instants.ts'
import type { ColumnMemoryState } from './memory.ts'

export const BASELINE_FORMAT = 'modeltap-baseline'
/** The one that is written; files of the others are still read. */
export const BASELINE_FORMAT_VERSION = 2
export const BASELINE_FORMAT_VERSIONS = [1, 2] as const

/** Numeric bins; quantile bins of the baseline, fewer where quantiles coincide. */
export const NUMERIC_BINS = 10
/** A numeric column with at most as many distinct values is `discrete`. */
export const MAX_DISCRETE_VALUES = 20
/** Compression of the digests in files of version 1. */
export const DIGEST_CLUSTERS = 256

interface ColumnBase {
  readonly role: ColumnRole
  readonly name: string
  /** Rows in which its side was read, when that was not so in all of the baseline's. */
  readonly rows?: number | undefined
  /** Share of the rows without a usable value, 0…1. With all other shares of the column it adds up to 1. */
  readonly missing: number
  /** What it varied by over the days of the file, where its rows have a time. */
  readonly memory?: ColumnMemoryState | undefined
}

interface Numbers {
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Of the population (divided by n). */
  readonly standardDeviation: number
  /** Whether NaN or ±Infinity occurred; if so, live ones count as missing, as they did here, else as a wrong type. */
  readonly nonFinite: boolean
  readonly meaning?: Meaning | undefined
}

export interface NumericColumn extends ColumnBase, Numbers {
  readonly kind: 'numeric'
  /** Strictly increasing; bin i holds (edges[i−1], edges[i]], the outer two are open. */
  readonly edges: readonly number[]
  /** One more than edges. */
  readonly shares: readonly number[]
  /** The cells in which `ks` and `wasserstein` are computed; absent in files of version 1. */
  readonly grid?: ColumnGrid | undefined
  /** In files of version 1 only, in place of the grid. */
  readonly digest?: ColumnDigest | undefined
}

export interface ColumnGrid {
  /** Strictly increasing, at most 255; the edges of the bins are among them. Cells are open and closed as bins are. */
  readonly edges: readonly number[]
  /** Values in each cell, one more than edges; they add up to the values of the column. */
  readonly counts: readonly number[]
  /** Means of the values in the first cell and in the last one. */
  readonly lowMean: number
  readonly highMean: number
}

/**
 * Clusters of neighbouring values in order: their means (strictly increasing) and how many values each holds. A
 * cluster around the quantile q that holds a larger share than π·√(q(1−q)) / clusters is one repeated value.
 */
export interface ColumnDigest {
  readonly clusters: number
  readonly means: readonly number[]
  readonly counts: readonly number[]
}

export interface DiscreteColumn extends ColumnBase, Numbers {
  readonly kind: 'discrete'
  /** Strictly increasing. */
  readonly values: readonly number[]
  readonly shares: readonly number[]
}

export interface CategoricalColumn extends ColumnBase {
  readonly kind: 'categorical'
  /** The most frequent ones, each its own bin. */
  readonly categories: readonly string[]
  readonly shares: readonly number[]
  /** Whether `categories` holds hashes of the names, as `rareHashes` does. */
  readonly hashed?: boolean | undefined
  /** Share of the rows in any other category. */
  readonly other: number
  /** Share of rows that is to be expected in categories that the baseline never saw, taken from `other`. */
  readonly unseen?: number | undefined
  /** Names of those other categories, where whoever made the file has written them down. */
  readonly rare: readonly string[]
  /** The same names as keyed hashes (name-hash.ts), as far as they were kept. */
  readonly rareHashes?: readonly string[] | undefined
  /** Whether the rare ones are complete; if not, an unknown live category counts as other instead of unseen. */
  readonly complete: boolean
}

/** A column that is known and not compared: only its missing values and wrong types are counted. */
export interface UncomparedColumn {
  readonly role: ColumnRole
  readonly name: string
  readonly kind: UncomparedKind
  readonly rows?: number | undefined
  readonly missing: number
  /** Whether its values are texts; absent where they are of several types or were never looked at. */
  readonly values?: 'text' | 'number' | undefined
  /** Of a timestamp. */
  readonly unit?: InstantUnit | undefined
}

/** The column of a timestamp's age, in the same role. */
export const ageColumnOf = (name: string): string => `${name}${AGE_ENDING}`

const AGE_ENDING = '_age_seconds'
/** Ages have no ages. */
export const isAgeColumn = (name: string): boolean => name.endsWith(AGE_ENDING)

/** How names were hashed. The key is absent where it is `privacy.key`. */
export interface NameKey {
  readonly id: string
  readonly key?: string | undefined
}

export type BaselineColumn = NumericColumn | DiscreteColumn | CategoricalColumn

export interface Baseline {
  readonly format: typeof BASELINE_FORMAT
  readonly formatVersion: (typeof BASELINE_FORMAT_VERSIONS)[number]
  /** Which model it is for; empty for any. */
  readonly model: string
  readonly version: string
  /** Where the rows came from, for people: a file's name, `live traffic`. */
  readonly source: string
  /** RFC 3339, UTC. */
  readonly created: string
  /** Time over which the rows came, in their order; absent when that is not known, or when they have no order. */
  readonly durationSeconds?: number | undefined
  readonly rows: number
  /** Where the embeddings of its rows point to; what the column `embedding_distance` is measured from. */
  readonly centroid?: readonly number[] | undefined
  /** Absent when no name is hashed. */
  readonly nameKey?: NameKey | undefined
  readonly columns: readonly BaselineColumn[]
  /** In the file they stand among `columns`. */
  readonly uncompared?: readonly UncomparedColumn[] | undefined
}
