import { largestGap } from '../sketches/curve.ts'
import { kolmogorovQuantile, kolmogorovTail } from './distributions.ts'
import { defineStatistic, inverseRows } from './statistic.ts'

export const ks = defineStatistic({
  name: 'ks',
  summary: 'Kolmogorov–Smirnov distance: the largest difference between the two cumulative distributions.',
  accepts: ['numeric', 'discrete'],
  range: [0, 1],
  effect: 0.1,
  effectReason:
    'One row in ten is on the other side of some value; a normal column moved by 0.25 standard deviations.',
  compute: ({ numbers }) => (numbers === undefined ? Number.NaN : largestGap(numbers.baseline, numbers.live)),
  // Kolmogorov's distribution is the exact limit for continuous columns and an upper bound for others.
  nullQuantile: ({ numbers }, expected) => {
    if (numbers === undefined) return Number.NaN
    const variance = inverseRows(numbers.liveValues, numbers.baselineValues, expected)
    return Math.min(1, kolmogorovQuantile(expected.tail) * Math.sqrt(variance))
  },
  // Stephens (1970): with this correction the limit holds from four values on.
  pValue: (value, { numbers }, expected) => {
    if (numbers === undefined) return Number.NaN
    const root = Math.sqrt(1 / inverseRows(numbers.liveValues, numbers.baselineValues, expected))
    return kolmogorovTail(value * (root + 0.12 + 0.11 / root))
  },
})
