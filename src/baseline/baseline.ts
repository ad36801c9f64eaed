/**
 * The reference data of a model: for each column its kind, its bins with their shares, and for numbers a grid of finer
 * cells. Plain data, the same in memory, in the file (docs/baseline-format.md) and in messages between threads.
 */
import type { Meaning } from '../records/meaning.ts'
import type { ColumnRole, UncomparedKind } from './column-kind.ts'
import type { InstantUnit } from './instants.ts'
import type { ColumnMemoryState } from './memory.ts'

export const BASELINE_FORMAT = 'modeltap-baseline'
/** The version written; files of earlier versions can still be read. */
export const BASELINE_FORMAT_VERSION = 2
export const BASELINE_FORMAT_VERSIONS = [1, 2] as const

/** Numeric bins: quantile bins of the baseline, fewer when quantiles coincide. */
export const NUMERIC_BINS = 10
/** A numeric column with at most as many distinct values is `discrete`. */
export const MAX_DISCRETE_VALUES = 20
/** Compression of the digests in files of version 1. */
export const DIGEST_CLUSTERS = 256

interface ColumnBase {
  readonly role: ColumnRole
  readonly name: string
  /** Rows in which this side was readable, if fewer than all rows of the baseline. */
  readonly rows?: number | undefined
  /** Share of the rows without a usable value, 0…1. All shares of the column add up to 1. */
  readonly missing: number
  /** The learned variation over the days of the file, when its rows have a time. */
  readonly memory?: ColumnMemoryState | undefined
}

interface Numbers {
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Population standard deviation (divided by n). */
  readonly standardDeviation: number
  /** Whether NaN or ±Infinity occurred. If so, live ones count as missing, as here; otherwise as a wrong type. */
  readonly nonFinite: boolean
  readonly meaning?: Meaning | undefined
}

export interface NumericColumn extends ColumnBase, Numbers {
  readonly kind: 'numeric'
  /** Strictly increasing. Bin i holds (edges[i−1], edges[i]]; the outer bins are open. */
  readonly edges: readonly number[]
  /** One more than edges. */
  readonly shares: readonly number[]
  /** The cells used for `ks` and `wasserstein`; absent in files of version 1. */
  readonly grid?: ColumnGrid | undefined
  /** Only in files of version 1, instead of the grid. */
  readonly digest?: ColumnDigest | undefined
}

export interface ColumnGrid {
  /**
   * Strictly increasing, at most 255, including the edges of the bins. Cells have the same open and closed ends as
   * bins.
   */
  readonly edges: readonly number[]
  /** Values in each cell, one more than edges; they add up to the values of the column. */
  readonly counts: readonly number[]
  /** Means of the values in the first cell and in the last one. */
  readonly lowMean: number
  readonly highMean: number
}

/**
 * Clusters of neighbouring values in order: their means (strictly increasing) and the number of values in each. A
 * cluster around the quantile q with a larger share than π·√(q(1−q)) / clusters is a single repeated value.
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
  /** The most frequent categories, each with its own bin. */
  readonly categories: readonly string[]
  readonly shares: readonly number[]
  /** Whether `categories` holds hashes of the names, like `rareHashes`. */
  readonly hashed?: boolean | undefined
  /** Share of the rows in any other category. */
  readonly other: number
  /** Share of rows expected in categories that the baseline never saw, taken from `other`. */
  readonly unseen?: number | undefined
  /** Names of those other categories, if the author of the file stored them. */
  readonly rare: readonly string[]
  /** Keyed hashes of those names (name-hash.ts), if stored. */
  readonly rareHashes?: readonly string[] | undefined
  /**
   * Whether the list of rare categories is complete. If not, an unknown live category counts as other instead of
   * unseen.
   */
  readonly complete: boolean
}

/** A known column that is not compared: only its missing values and wrong types are counted. */
export interface UncomparedColumn {
  readonly role: ColumnRole
  readonly name: string
  readonly kind: UncomparedKind
  readonly rows?: number | undefined
  readonly missing: number
  /** Whether its values are text; absent for mixed types and when the values were never checked. */
  readonly values?: 'text' | 'number' | undefined
  /** The unit of a timestamp. */
  readonly unit?: InstantUnit | undefined
}

/** The column that holds the age of a timestamp, in the same role. */
export const ageColumnOf = (name: string): string => `${name}${AGE_ENDING}`

const AGE_ENDING = '_age_seconds'
/** Age columns have no age columns. */
export const isAgeColumn = (name: string): boolean => name.endsWith(AGE_ENDING)

/** How names were hashed. The key is absent when it is `privacy.key`. */
export interface NameKey {
  readonly id: string
  readonly key?: string | undefined
}

export type BaselineColumn = NumericColumn | DiscreteColumn | CategoricalColumn

/** Performance of one output on the rows of the baseline: the reference for that of live labels. */
export interface OutputPerformance {
  readonly output: string
  /** Rows with a label. */
  readonly rows: number
  /** Mean of the labels, for numbers. */
  readonly center?: number | undefined
  /** By name, such as `accuracy`; the standard error is absent when it is unknown. */
  readonly metrics: Readonly<Record<string, { readonly value: number; readonly error?: number | undefined }>>
}

export interface Baseline {
  readonly format: typeof BASELINE_FORMAT
  readonly formatVersion: (typeof BASELINE_FORMAT_VERSIONS)[number]
  /** The model that the baseline is for; empty for any model. */
  readonly model: string
  readonly version: string
  /** Source of the rows, for display: a file name, or `live traffic`. */
  readonly source: string
  /** RFC 3339, UTC. */
  readonly created: string
  /** Time span of the rows, in their order; absent when unknown, or when the rows have no order. */
  readonly durationSeconds?: number | undefined
  readonly rows: number
  /** Mean direction of the embeddings of its rows; the column `embedding_distance` is measured from it. */
  readonly centroid?: readonly number[] | undefined
  /** Absent when the rows had no labels. */
  readonly performance?: readonly OutputPerformance[] | undefined
  /** Absent when no name is hashed. */
  readonly nameKey?: NameKey | undefined
  readonly columns: readonly BaselineColumn[]
  /** In the file, these are in `columns`. */
  readonly uncompared?: readonly UncomparedColumn[] | undefined
}
