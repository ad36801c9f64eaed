import { divergenceNull } from './bin-null.ts'
import { floored, sumBins } from './bin-shares.ts'
import { defineStatistic } from './statistic.ts'

const term = floored((p, b) => p * Math.log(p / b))

export const kl = defineStatistic({
  name: 'kl',
  summary:
    'Kullback–Leibler divergence of live from baseline: Σ p·ln(p/b) over the bins, shares floored at 1e-4.',
  accepts: ['numeric', 'discrete', 'categorical'],
  range: [0, Infinity],
  effect: 0.05,
  effectReason: 'Half of what psi takes, because psi is the sum of both directions.',
  // Floored shares add up to slightly more than 1, so the sum may be slightly below 0.
  compute: (comparison) => Math.max(0, sumBins(comparison, term)),
  // This is half the deviance itself, so the quantile is exact near and far.
  nullQuantile: (comparison, expected) => divergenceNull(comparison, expected, { term, curvature: 1 / 2 }),
})
