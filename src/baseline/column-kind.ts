export type ColumnRole = 'feature' | 'prediction'

/**
 * The baseline decides once. `discrete`: a numeric column with at most 20 distinct values, each its own bin.
 * Booleans and strings are `categorical`.
 */
export type ColumnKind = 'numeric' | 'discrete' | 'categorical'
