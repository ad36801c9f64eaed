import { normalQuantile } from './distributions.ts'
import { defineStatistic, inverseRows } from './statistic.ts'

export const lInfinity = defineStatistic({
  name: 'l_infinity',
  summary: 'Largest difference of a share between live and baseline, over the bins.',
  accepts: ['discrete', 'categorical'],
  range: [0, 1],
  effect: 0.1,
  effectReason: 'What SageMaker takes; one row in ten has another category.',
  compute: ({ live, baseline }) =>
    baseline.reduce((largest, share, bin) => Math.max(largest, Math.abs((live[bin] ?? 0) - share)), 0),
  /** The union bound over bins of a binomial share's normal quantile, with Bernstein's term for small shares. */
  nullQuantile: ({ baseline, liveRows, baselineRows }, expected) => {
    const z = normalQuantile(expected.tail / (2 * Math.max(baseline.length, 1)))
    const widest = baseline.reduce((variance, share) => Math.max(variance, share * (1 - share)), 0)
    const inverse = inverseRows(liveRows, baselineRows, expected)
    return Math.min(1, z * Math.sqrt(widest * inverse) + (z * z * inverse) / 3)
  },
})
