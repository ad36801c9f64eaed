/** Holds a window against its limits: one number, the direction that gave it, and whether the window can decide at all. */
import { BROKEN, type Direction, TIMELESS, valuesOf, type WindowFacts } from './directions.ts'
import type { Level } from './hours.ts'

/** The smallest change of the column as a whole that is worth a person's time: one of them has to be reached. */
const LARGE = { jensenShannon: 0.1, ks: 0.1, location: 0.1, far: 0.01 } as const

/** The statistic that decides, as the label `statistic` has it. */
export const DEVIATION = 'deviation'

export interface Verdict {
  /** The largest deviation in multiples of its limit, ≥ 0; drift is above 1. */
  readonly score: number
  /** What deviates most: its place among the directions, or `step`; undefined when nothing can. */
  readonly direction: number | 'step' | undefined
  readonly value: number
  readonly expected: number
  readonly limit: number
  /** Whether any change of shares or location could be above its limit. */
  readonly isDecisive: boolean
}

export interface Judged {
  readonly directions: readonly Direction[]
  readonly missingBin: number
  /** Bins with an order, at the beginning. */
  readonly orderedBins: number
  readonly facts: WindowFacts
  readonly level: Level
  /** Of each direction. */
  readonly expected: Float64Array
  readonly limits: Float64Array
  /** Furthest that the location can be from the median, in standard deviations. */
  readonly mostLocation: number
  /** Before a day was judged only directions are that hours do not explain. */
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

/** How far a direction can get from what is expected. */
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

/** The classical statistics against what is expected at these hours, in multiples of the smallest worth a look. */
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
