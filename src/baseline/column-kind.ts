export type ColumnRole = 'feature' | 'prediction'

/**
 * The baseline decides once. `discrete`: a numeric column with at most 20 distinct values, each its own bin.
 * Booleans and strings are `categorical`.
 */
export const COLUMN_KINDS = ['numeric', 'discrete', 'categorical'] as const
export type ColumnKind = (typeof COLUMN_KINDS)[number]

/**
 * What is not compared with a baseline. `identifier`: nearly every value is new, so its distribution says nothing.
 * `timestamp`: the moment itself moves on; its age at arrival is a column of its own. `ignored`: a person said so.
 */
export const UNCOMPARED_KINDS = ['identifier', 'timestamp', 'ignored'] as const
export type UncomparedKind = (typeof UNCOMPARED_KINDS)[number]

export type AnyColumnKind = ColumnKind | UncomparedKind

export const isUncompared = (kind: AnyColumnKind): kind is UncomparedKind =>
  UNCOMPARED_KINDS.includes(kind as UncomparedKind)
