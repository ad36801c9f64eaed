import { divergenceNull, usedBins } from './bin-null.ts'
import { SHARE_FLOOR, sumBins } from './bin-shares.ts'
import { chiSquaredTail } from './distributions.ts'
import { defineStatistic, inverseRows } from './statistic.ts'

const term = (p: number, b: number): number => (p - b) ** 2 / Math.max(b, SHARE_FLOOR)

export const chiSquare = defineStatistic({
  name: 'chi_square',
  summary: "Pearson's chi-square: n·Σ (p−b)²/b over the bins, b floored at 1e-4. It grows with the sample.",
  accepts: ['numeric', 'discrete', 'categorical'],
  range: [0, Infinity],
  effect: 0.1,
  effectReason: 'Per row, so n times this: near psi of the same size, which it equals for small differences.',
  compute: (comparison) => comparison.liveRows * sumBins(comparison, term),
  nullQuantile: (comparison, expected) =>
    comparison.liveRows * divergenceNull(comparison, expected, { term, curvature: 1, isSteep: true }),
  scaledEffect: (effect, { liveRows }) => effect * liveRows,
  // The baseline is a sample too: with as many rows as the window, it doubles the variance.
  pValue: (value, comparison, expected) => {
    const { liveRows, baselineRows } = comparison
    const inflation = liveRows * inverseRows(liveRows, baselineRows, expected)
    return chiSquaredTail(value / inflation, usedBins(comparison) - 1)
  },
})
