/**
 * Thresholds of the classical statistics that agree with the deviation. In a window without drift, a statistic's
 * threshold is its value if the window differed in the same way by exactly its limit.
 */
import type { Comparison, Statistic } from '../drift/statistic.ts'
import type { CalibratedVerdict } from './column-calibration.ts'

export interface ThresholdInput {
  readonly statistic: Statistic
  readonly comparison: Comparison
  readonly value: number
  /** The score that independent rows, or their clusters, exceed by chance; or the effect if larger. */
  readonly chance: number
  readonly verdict: CalibratedVerdict
}

/** Undefined when it would reach the statistic's maximum: then there is no score. */
export function calibratedThreshold(input: ThresholdInput): number | undefined {
  const { statistic, comparison, value, chance, verdict } = input
  const { score, level, isProvisional, direction } = verdict
  const isQuiet = !isProvisional && direction !== undefined && score <= 1
  const threshold = isQuiet
    ? Math.max(chance, value, atLimit(input, comparison, level.shares, 1 / Math.max(score, 1e-6)))
    : chance
  return threshold < largest(statistic, comparison, threshold) ? threshold : undefined
}

function atLimit(
  { statistic, value }: ThresholdInput,
  comparison: Comparison,
  expected: Float64Array,
  times: number,
): number {
  // Bins do not describe curves; these distances grow in proportion to the deviation.
  if (!statistic.accepts.includes('categorical') && statistic.range[1] === Infinity) return value * times
  const live = comparison.live.map((share, bin) => {
    const e = expected[bin] as number
    return Math.max(0, e + (share - e) * times)
  })
  const sum = live.reduce((total, share) => total + share, 0)
  if (sum === 0) return value
  if (!statistic.accepts.includes('categorical'))
    return value * Math.min(times, largestTimes(comparison.live, expected))
  const moved = statistic.compute({
    ...comparison,
    live: live.map((share) => share / sum),
    numbers: undefined,
  })
  return Number.isFinite(moved) ? moved : value
}

/** How many times the deviation fits before a share reaches 0. */
function largestTimes(live: Float64Array, expected: Float64Array): number {
  let most = Infinity
  for (let bin = 0; bin < live.length; bin += 1) {
    const less = (expected[bin] as number) - (live[bin] as number)
    if (less > 1e-9) most = Math.min(most, (expected[bin] as number) / less)
  }
  return most
}

/** Over bins, a divergence is largest when all rows are in a single bin. */
function largest(statistic: Statistic, comparison: Comparison, threshold: number): number {
  if (Number.isFinite(statistic.range[1])) return statistic.range[1]
  if (!statistic.accepts.includes('categorical')) return Infinity
  // A bin for missing values is usually rare, so most thresholds need no closer check.
  if (threshold < (statistic.scaledEffect === undefined ? 1 : 0.5 * comparison.liveRows)) return Infinity
  let most = 0
  for (let bin = 0; bin < comparison.live.length; bin += 1) {
    const live = new Float64Array(comparison.live.length)
    live[bin] = 1
    most = Math.max(most, statistic.compute({ ...comparison, live }))
  }
  return most
}
