/**
 * The directions in which a column may change. Each has its own limit, because traffic without drift moves some of them
 * and not others: a season moves the location, but no season removes a category.
 */
import type { Bins } from '../baseline/bins.ts'
import type { ColumnKind } from '../baseline/column-kind.ts'

/** `share`: neighbouring bins. See `valuesOf` for the others. */
export type DirectionKind =
  'share' | 'unseen' | 'missing' | 'far' | 'location' | 'inside' | 'diversity' | 'valid'

export interface Direction {
  readonly kind: DirectionKind
  /** Range of bins with added shares, [from, to); empty for directions that are not shares. */
  readonly from: number
  readonly to: number
}

/** Categories with their own direction; the rest share one direction. */
const MOST_CATEGORIES = 20
/** Logarithms of shares are limited to this share, or to that of one row. */
const LOWEST_SHARE = 1e-3

/** Directions of broken data. They do not learn from a day in alarm. */
export const BROKEN: ReadonlySet<DirectionKind> = new Set(['missing', 'unseen', 'far', 'valid', 'inside'])
/** Directions that are zero by construction or not linear in the shares; their value without drift is measured. */
export const MEASURED: ReadonlySet<DirectionKind> = new Set(['diversity', 'valid', 'unseen', 'far', 'inside'])
/** Directions that do not depend on the hour of the day. They are judged before a day of traffic was seen. */
export const TIMELESS: ReadonlySet<DirectionKind> = new Set(['missing', 'unseen', 'far'])

/** Directions of the values alone. A window with few values has none of them. */
const OF_VALUES: ReadonlySet<DirectionKind> = new Set(['location', 'far', 'inside', 'diversity'])
/** Windows with fewer rows, or fewer values, are not learned from. */
export const FEWEST_ROWS = 50

/** Whether the window has enough values for this direction. */
export function isMeasured({ kind }: Direction, facts: WindowFacts, missingBin: number): boolean {
  return !OF_VALUES.has(kind) || hasValues(facts, missingBin)
}

export function hasValues({ rows, shares }: WindowFacts, missingBin: number): boolean {
  return rows * (1 - (shares[missingBin] as number)) >= FEWEST_ROWS
}

/** Directions of one column: single bins, sums of neighbouring bins, and values that are not shares. */
export function directionsOf(kind: ColumnKind, { missing, other, unseen }: Bins): Direction[] {
  const own = other >= 0 ? other : unseen >= 0 ? unseen : missing
  const single = kind === 'categorical' ? Math.min(own, MOST_CATEGORIES) : own
  const bins = Array.from({ length: single }, (_, bin) => share(bin, bin + 1))
  const rest = single < own || other >= 0 ? [share(single, other >= 0 ? other + 1 : own)] : []
  const sums =
    kind === 'categorical' ? [] : Array.from({ length: Math.max(0, own - 3) }, (_, i) => share(0, i + 2))
  return [
    ...bins,
    ...rest,
    ...sums,
    ...(unseen >= 0 ? [{ kind: 'unseen' as const, from: unseen, to: unseen + 1 }] : []),
    { kind: 'missing', from: missing, to: missing + 1 },
    ...(kind === 'categorical' ? [] : [plain('far'), plain('location'), plain('inside')]),
    plain('diversity'),
    plain('valid'),
  ]
}

const share = (from: number, to: number): Direction => ({ kind: 'share', from, to })
const plain = (kind: DirectionKind): Direction => ({ kind, from: 0, to: 0 })

/** Input of the directions: a window, or its expectation. */
export interface WindowFacts {
  readonly rows: number
  /** By bin; they add up to 1. */
  readonly shares: Float64Array
  /** Mean of the clipped numbers, as standard deviations of the baseline from its median; 0 without numbers. */
  readonly location: number
  /** Share of rows with a number far outside the baseline's range, and share with one outside it. */
  readonly far: number
  readonly outside: number
  /** 1 − Σ share² over a finer grid: 0 for a single repeated value. */
  readonly diversity: number
}

/** The value of every direction. `valid` and `inside` are logarithms, so that 1 % and 10 % remaining differ. */
export function valuesOf(
  directions: readonly Direction[],
  facts: WindowFacts,
  missing: number,
): Float64Array {
  const { rows, shares, location, far, outside, diversity } = facts
  const lowest = Math.max(LOWEST_SHARE, 1 / Math.max(rows, 1))
  return Float64Array.from(directions, ({ kind, from, to }) => {
    switch (kind) {
      case 'share':
      case 'unseen':
      case 'missing': {
        let sum = 0
        for (let bin = from; bin < to; bin += 1) sum += shares[bin] as number
        return sum
      }
      case 'far':
        return far
      case 'location':
        return location
      case 'inside':
        return Math.log(Math.max(1 - outside, lowest))
      case 'diversity':
        return diversity
      case 'valid':
        return Math.log(Math.max(1 - (shares[missing] as number), lowest))
    }
  })
}

/** Variance of one row's contribution to a direction with expectation `e`. */
export function varianceOfRow({ kind }: Direction, e: number): number {
  switch (kind) {
    case 'location':
    case 'inside':
    case 'valid':
      return 1
    case 'diversity':
      return 0.25
    default:
      return Math.max(e * (1 - e), 0)
  }
}
