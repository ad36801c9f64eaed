import { divergenceNull } from './bin-null.ts'
import { floored, sumBins } from './bin-shares.ts'
import { defineStatistic } from './statistic.ts'

const term = floored((p, b) => (p - b) * Math.log(p / b))

/** Population stability index; Yurdakul & Naranjo (2020) for its distribution without drift. */
export const psi = defineStatistic({
  name: 'psi',
  summary: 'Population stability index: Σ (p−b)·ln(p/b) over the bins, shares floored at 1e-4.',
  accepts: ['numeric', 'discrete', 'categorical'],
  range: [0, Infinity],
  effect: 0.1,
  effectReason:
    'The convention of credit scoring for "some change"; a normal column moved by 0.32 standard deviations.',
  compute: (comparison) => sumBins(comparison, term),
  nullQuantile: (comparison, expected) => divergenceNull(comparison, expected, { term, curvature: 1 }),
})
