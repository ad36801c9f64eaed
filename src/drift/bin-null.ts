/**
 * Quantiles that statistics over bins reach by chance alone.
 *
 * Near the baseline, every divergence is a multiple of Pearson's Σ (p−b)²/b. Without drift, this is χ² with one degree
 * of freedom less than there are bins, divided by the number of independent rows (Pardo, "Statistical Inference Based
 * on Divergence Measures", theorem 3.1). Far from the baseline they differ: a bin of 2 % that stays empty in 300 rows,
 * which happens in one of 400 windows, adds six times as much to psi as χ² predicts. By Sanov's theorem, the shares
 * stay within a deviance of twice the logarithm of the probability. The quantile is therefore the largest score within
 * the deviance that χ² allows: the multiple of χ², plus the excess of emptied bins, or of an overfilled bin.
 */
import { chiSquaredQuantile } from './distributions.ts'
import { type Comparison, inverseRows, type Null } from './statistic.ts'

export interface Divergence {
  /** A bin's contribution to the score, before any root. */
  readonly term: (p: number, b: number) => number
  /** The score is `curvature`·Σ (p−b)²/b when the shares are close. */
  readonly curvature: number
  /** Whether a rare bin that fills up adds more than its deviance: true for squares, false for logarithms. */
  readonly isSteep?: boolean
}

/** Bins with rows in the baseline, at least two. Without drift, the others stay empty. */
export function usedBins({ baseline }: Comparison): number {
  let used = 0
  for (let bin = 0; bin < baseline.length; bin += 1) if ((baseline[bin] as number) > 0) used += 1
  return Math.max(2, used)
}

/** The sum of `term` over bins that chance exceeds with the tail probability of the null. */
export function divergenceNull(comparison: Comparison, expected: Null, divergence: Divergence): number {
  const { liveRows, baselineRows } = comparison
  const rows = 1 / inverseRows(liveRows, baselineRows, expected)
  const deviance = chiSquaredQuantile(expected.tail, usedBins(comparison) - 1)
  const emptied = emptiedExcess(comparison.baseline, rows, deviance, divergence)
  const overfilled =
    divergence.isSteep === true ? overfilledExcess(comparison.baseline, rows, deviance, divergence) : 0
  return (divergence.curvature * deviance) / rows + Math.max(emptied, overfilled)
}

/** Multiple of the available deviance beyond which a bin cannot become empty by chance. */
const FULLEST = 8

/** Bisection steps: a share to eight digits. */
const BISECTIONS = 25

/** 2·rows·b·(r·ln r − r + 1): deviance of a bin with share b that holds r times its expected rows. */
function binDeviance(rows: number, b: number, r: number): number {
  return 2 * rows * b * ((r > 0 ? r * Math.log(r) : 0) - r + 1)
}

/**
 * Excess over the multiple of χ² from bins that chance can empty: first whole bins, those with the largest excess for
 * their deviance, then a part of one more bin for the remaining deviance.
 */
function emptiedExcess(
  baseline: Float64Array,
  rows: number,
  deviance: number,
  { term, curvature }: Divergence,
): number {
  let left = deviance
  let excess = 0
  let bound = Infinity
  for (;;) {
    // Selects the next best bin without sorting or allocating: few bins exist, and chance can empty few of them.
    let best = -1
    let bestGain = 0
    for (let bin = 0; bin < baseline.length; bin += 1) {
      const b = baseline[bin] as number
      const gain = b > 0 && 2 * rows * b <= left ? term(0, b) / (2 * b) - curvature : 0
      if (gain > bestGain && gain < bound) {
        best = bin
        bestGain = gain
      }
    }
    if (best < 0) break
    const b = baseline[best] as number
    bound = bestGain
    excess += 2 * b * bestGain
    left -= 2 * rows * b
  }
  let partial = 0
  for (let bin = 0; bin < baseline.length; bin += 1) {
    const b = baseline[bin] as number
    // A bin that stays half full adds no more than χ² predicts.
    if (2 * rows * b <= left || 2 * rows * b > FULLEST * left) continue
    const r = ratioBelow(rows, b, left)
    partial = Math.max(partial, term(r * b, b) - (curvature * left) / rows)
  }
  return excess + partial
}

/** The ratio r < 1 at which a bin's deviance equals `deviance`. */
function ratioBelow(rows: number, b: number, deviance: number): number {
  let low = 0
  let high = 1
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2
    if (binDeviance(rows, b, middle) > deviance) low = middle
    else high = middle
  }
  return high
}

/** Excess over the multiple of χ² when chance overfills the rarest bin; a bin with more rows adds less. */
function overfilledExcess(
  baseline: Float64Array,
  rows: number,
  deviance: number,
  { term, curvature }: Divergence,
): number {
  let rarest = 1
  for (let bin = 0; bin < baseline.length; bin += 1) {
    const b = baseline[bin] as number
    if (b > 0 && b < rarest) rarest = b
  }
  let low = 1
  let high = 2
  while (binDeviance(rows, rarest, high) < deviance) high *= 2
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2
    if (binDeviance(rows, rarest, middle) < deviance) low = middle
    else high = middle
  }
  return Math.max(0, term(Math.min(1, low * rarest), rarest) - (curvature * deviance) / rows)
}
