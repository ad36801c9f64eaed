export type ColumnRole = 'feature' | 'prediction'

/**
 * The baseline decides once. `discrete`: a numeric column with at most 20 distinct values, each with its own bin.
 * Booleans and strings are `categorical`.
 */
export const COLUMN_KINDS = ['numeric', 'discrete', 'categorical'] as const
export type ColumnKind = (typeof COLUMN_KINDS)[number]

/**
 * Kinds that are not compared. `identifier`: nearly every value is new, so its distribution has no information.
 * `timestamp`: time itself advances; its age on arrival is a separate column. `ignored`: set by the user.
 */
export const UNCOMPARED_KINDS = ['identifier', 'timestamp', 'ignored'] as const
export type UncomparedKind = (typeof UNCOMPARED_KINDS)[number]

export type AnyColumnKind = ColumnKind | UncomparedKind

export const isUncompared = (kind: AnyColumnKind): kind is UncomparedKind =>
  UNCOMPARED_KINDS.includes(kind as UncomparedKind)
