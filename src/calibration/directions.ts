/**
 * The directions in which a column may change. Each has its own limit, because traffic without drift moves some of them
 * and not others: a season moves the location, and no season makes a category vanish.
 */
import type { Bins } from '../baseline/bins.ts'
import type { ColumnKind } from '../baseline/column-kind.ts'

/** `share`: of neighbouring bins. The others are described beside `valuesOf`. */
export type DirectionKind =
  'share' | 'unseen' | 'missing' | 'far' | 'location' | 'inside' | 'diversity' | 'valid'

export interface Direction {
  readonly kind: DirectionKind
  /** Bins whose shares are added, [from, to); empty for what is not a share of bins. */
  readonly from: number
  readonly to: number
}

/** Categories that are directions of their own; the rest is one direction. */
const MOST_CATEGORIES = 20
/** The lowest logarithm of a share is that of this share, or of one row. */
const LOWEST_SHARE = 1e-3

/** Directions of data that is broken. They learn nothing from a day in alarm. */
export const BROKEN: ReadonlySet<DirectionKind> = new Set(['missing', 'unseen', 'far', 'valid', 'inside'])
/** Directions that are zero by construction or not linear in the shares: what they are without drift is measured. */
export const MEASURED: ReadonlySet<DirectionKind> = new Set(['diversity', 'valid', 'unseen', 'far', 'inside'])
/** Directions that the hour of the day does not explain. They are judged before a day of traffic was seen. */
export const TIMELESS: ReadonlySet<DirectionKind> = new Set(['missing', 'unseen', 'far'])

/** Of one column: single bins, sums of neighbouring bins, and what is not a share. */
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

/** What the directions are computed from: a window, or what is expected of it. */
export interface WindowFacts {
  readonly rows: number
  /** By bin; they add up to 1. */
  readonly shares: Float64Array
  /** Mean of the clipped numbers, in standard deviations of the baseline from its median; 0 without a number. */
  readonly location: number
  /** Share of the rows with a number far outside the baseline's range, and with one outside it. */
  readonly far: number
  readonly outside: number
  /** 1 − Σ share² over a finer grid: 0 for one repeated value. */
  readonly diversity: number
}

/** The value of every direction. `valid` and `inside` are logarithms, so that 1 % left differs from 10 % left. */
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

/** Variance of one row's contribution to a direction that is expected at `e`. */
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
