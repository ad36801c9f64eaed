import { areaBetween } from '../sketches/curve.ts'
import { normalQuantile } from './distributions.ts'
import { defineStatistic, inverseRows } from './statistic.ts'

export const wasserstein = defineStatistic({
  name: 'wasserstein',
  summary:
    "First Wasserstein distance between the two distributions, in standard deviations of the baseline's column.",
  accepts: ['numeric', 'discrete'],
  range: [0, Infinity],
  effect: 0.1,
  effectReason: 'What Evidently and Azure ML take; a column moved by a tenth of its standard deviation.',
  compute: ({ numbers }) =>
    numbers === undefined
      ? Number.NaN
      : areaBetween(numbers.baseline, numbers.live) / numbers.standardDeviation,
  /**
   * √n·W1 tends to ∫|G|dx for a Gaussian process G with the variance B(1−B) at x. Its mean is √(2/π)·∫√(B(1−B))dx. No
   * projection of it varies more than the column itself, so it exceeds its mean by z standard deviations of the column
   * at most as often as a normal variable does (Borell and Tsirelson, Ibragimov & Sudakov).
   *
   * The last term is Bernstein's, for windows in which single values have a large weight. It uses the widest range
   * seen, live or in the baseline: with a long tail, a window sometimes holds a value beyond the whole baseline, and a
   * few such values are not drift. When all values move, the term is small compared with the distance.
   */
  nullQuantile: ({ numbers }, expected) => {
    if (numbers === undefined) return Number.NaN
    const { live, baseline, liveValues, baselineValues, standardDeviation, spread } = numbers
    const { tail } = expected
    const inverse = inverseRows(liveValues, baselineValues, expected)
    const gaussian =
      (Math.sqrt(2 / Math.PI) * spread) / standardDeviation + normalQuantile(Math.min(tail, 0.5))
    const lowest = Math.min(live.x[0] ?? 0, baseline.x[0] ?? 0)
    const highest = Math.max(live.x.at(-1) ?? 0, baseline.x.at(-1) ?? 0)
    const largest = (highest - lowest) / standardDeviation
    return gaussian * Math.sqrt(inverse) + (largest * -Math.log(tail) * inverse) / 3
  },
})
