/** The limits of a column's ordinary values, from its baseline. */
import type { BaselineColumn } from '../baseline/baseline.ts'
import { type Curve, quantile } from '../sketches/curve.ts'

export interface Fences {
  readonly low: number
  readonly high: number
}

/** Tukey's "far out": quartiles and three times the distance between them. */
const QUARTILE_DISTANCES = 3
/** A skewed column has many values beyond Tukey's fences; the fences exclude at most this share of the baseline. */
const LARGEST_SHARE = 1e-3

/** Values beyond are outliers; discrete columns have none, because new values are `unseen`. */
export function fencesOf(column: BaselineColumn, curve: Curve): Fences {
  if (column.kind !== 'numeric') return { low: -Infinity, high: Infinity }
  const [first, third] = [quantile(curve, 0.25), quantile(curve, 0.75)]
  const reach = QUARTILE_DISTANCES * (third - first)
  return {
    low: Math.min(first - reach, quantile(curve, LARGEST_SHARE)),
    high: Math.max(third + reach, quantile(curve, 1 - LARGEST_SHARE)),
  }
}
