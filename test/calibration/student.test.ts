import { expect, test } from 'vitest'
import { studentQuantile, studentTail } from '../../src/calibration/student.ts'

/** SciPy 1.15: stats.t.isf(tail / 2, degrees). */
const SCIPY: readonly (readonly [tail: number, degrees: number, quantile: number])[] = [
  [1e-2, 1, 63.65674116287158],
  [1e-2, 2, 9.924843200918293],
  [1e-2, 6, 3.7074280213248065],
  [1e-2, 29, 2.7563859036706053],
  [1e-5, 1, 63661.97723152214],
  [1e-5, 6, 13.555316417400425],
  [1e-5, 29, 5.334970094945291],
  [1e-8, 2, 9999.999924999998],
  [1e-8, 6, 43.41235318814064],
  [1e-8, 29, 7.912620096451937],
]

test.each(SCIPY)(
  'the quantile at %d with %i degrees of freedom is that of SciPy',
  (tail, degrees, quantile) => {
    expect(studentQuantile(tail, degrees) / quantile).toBeCloseTo(1, 8)
    expect(studentTail(quantile, degrees) / tail).toBeCloseTo(1, 6)
  },
)

test('without a day there is no limit', () => {
  expect(studentQuantile(1e-6, 0)).toBe(Infinity)
})
