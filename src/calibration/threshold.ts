/**
 * Thresholds of the classical statistics, so that they say the same as the deviation that decides. In a window without
 * drift a statistic's threshold is what it would be if the window differed in the same way by just its limit.
 */
import type { Comparison, Statistic } from '../drift/statistic.ts'
import type { CalibratedVerdict } from './column-calibration.ts'

export interface ThresholdInput {
  readonly statistic: Statistic
  readonly comparison: Comparison
  readonly value: number
  /** What independent rows, or their clusters, exceed by chance; or the effect. */
  readonly chance: number
  readonly verdict: CalibratedVerdict
}

/** Undefined where it would reach the largest value that the statistic can have: then there is no score. */
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
  // Of curves the bins know nothing; distances grow with the deviation.
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

/** How often the deviation fits before a share is used up. */
function largestTimes(live: Float64Array, expected: Float64Array): number {
  let most = Infinity
  for (let bin = 0; bin < live.length; bin += 1) {
    const less = (expected[bin] as number) - (live[bin] as number)
    if (less > 1e-9) most = Math.min(most, (expected[bin] as number) / less)
  }
  return most
}

/** Over bins a divergence is largest when all rows are in one of them. */
function largest(statistic: Statistic, comparison: Comparison, threshold: number): number {
  if (Number.isFinite(statistic.range[1])) return statistic.range[1]
  if (!statistic.accepts.includes('categorical')) return Infinity
  // With a bin for missing values there is always one that is rare: most thresholds need no closer look.
  if (threshold < (statistic.scaledEffect === undefined ? 1 : 0.5 * comparison.liveRows)) return Infinity
  let most = 0
  for (let bin = 0; bin < comparison.live.length; bin += 1) {
    const live = new Float64Array(comparison.live.length)
    live[bin] = 1
    most = Math.max(most, statistic.compute({ ...comparison, live }))
  }
  return most
}
