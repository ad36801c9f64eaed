/** Compares a window with its limits: one score, the direction behind it, and whether the window can decide at all. */
import { BROKEN, type Direction, isMeasured, TIMELESS, valuesOf, type WindowFacts } from './directions.ts'
import type { Level } from './hours.ts'

/** The smallest relevant change of the column as a whole: at least one of these must be reached. */
const LARGE = { jensenShannon: 0.1, ks: 0.1, location: 0.1, far: 0.01 } as const

/** The deciding statistic, as in the label `statistic`. */
export const DEVIATION = 'deviation'

export interface Verdict {
  /** The largest deviation as a multiple of its limit, ≥ 0; drift is above 1. */
  readonly score: number
  /** The largest deviation: an index among the directions, or `step`; undefined when none can exceed its limit. */
  readonly direction: number | 'step' | undefined
  readonly value: number
  readonly expected: number
  readonly limit: number
  /** Whether any change of shares or location can exceed its limit. */
  readonly isDecisive: boolean
}

export interface Judged {
  readonly directions: readonly Direction[]
  readonly missingBin: number
  /** Ordered bins, at the beginning. */
  readonly orderedBins: number
  readonly facts: WindowFacts
  readonly level: Level
  /** For each direction. */
  readonly expected: Float64Array
  readonly limits: Float64Array
  /** Largest possible distance of the location from the median, in standard deviations. */
  readonly mostLocation: number
  /** Before a day was judged, only directions that do not depend on the hour count. */
  readonly isProvisional: boolean
  readonly step?: { readonly value: number; readonly limit: number } | undefined
}

export function judge(judged: Judged): Verdict {
  const { directions, missingBin, facts, expected, limits, isProvisional, step } = judged
  const values = valuesOf(directions, facts, missingBin)
  let score = 0
  let largest: number | 'step' | undefined
  let isDecisive = false
  for (const [i, direction] of directions.entries()) {
    const limit = limits[i] as number
    if (limit >= reach(direction, expected[i] as number, judged.mostLocation)) continue
    if (!BROKEN.has(direction.kind)) isDecisive = true
    if (isProvisional && !TIMELESS.has(direction.kind)) continue
    if (!isMeasured(direction, facts, missingBin)) continue
    const own = Math.abs((values[i] as number) - (expected[i] as number)) / limit
    if (own < score && largest !== undefined) continue
    score = own
    largest = i
  }
  if (step !== undefined && Math.abs(step.value) / step.limit > score) {
    score = Math.abs(step.value) / step.limit
    largest = 'step'
  }
  const place = largest === 'step' || largest === undefined ? undefined : largest
  return {
    score: Math.min(score, magnitude(judged)),
    direction: largest,
    value: place === undefined ? (step?.value ?? 0) : (values[place] as number),
    expected: place === undefined ? 0 : (expected[place] as number),
    limit: place === undefined ? (step?.limit ?? Infinity) : (limits[place] as number),
    isDecisive,
  }
}

/** The largest possible deviation of a direction from its expectation. */
function reach({ kind }: Direction, e: number, mostLocation: number): number {
  switch (kind) {
    case 'location':
      return mostLocation + Math.abs(e)
    case 'inside':
    case 'valid':
      return -Math.log(1e-3)
    default:
      return Math.max(e, 1 - e)
  }
}

/**
 * The classical statistics against the expectation at this time of day, as multiples of the smallest relevant value.
 */
function magnitude({ facts, level, orderedBins }: Judged): number {
  const { shares, location, far } = facts
  let divergence = 0
  let below = 0
  let furthest = 0
  for (let bin = 0; bin < shares.length; bin += 1) {
    const p = shares[bin] as number
    const e = level.shares[bin] as number
    const middle = (p + e) / 2
    if (p > 0) divergence += 0.5 * p * Math.log2(p / middle)
    if (e > 0) divergence += 0.5 * e * Math.log2(e / middle)
    if (bin >= orderedBins) continue
    below += p - e
    furthest = Math.max(furthest, Math.abs(below))
  }
  return Math.max(
    Math.sqrt(Math.max(divergence, 0)) / LARGE.jensenShannon,
    furthest / LARGE.ks,
    orderedBins > 0 ? Math.abs(location - level.location) / LARGE.location : 0,
    far / LARGE.far,
  )
}
