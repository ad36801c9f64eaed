/** Quantiles of Student's t, for limits from few days. Oracle: SciPy. */
import { logGamma, remembered } from '../drift/distributions.ts'

/** P(|T| > t) for t ≥ 0 and `degrees` of freedom: the regularised incomplete beta function (DLMF 8.17). */
export function studentTail(t: number, degrees: number): number {
  return beta(degrees / (degrees + t * t), degrees / 2, 0.5)
}

/** The t ≥ 0 with P(|T| > t) = tail; infinite below one degree of freedom. */
export const studentQuantile = remembered((tail, degrees) => {
  if (degrees < 1) return Infinity
  let high = 1
  while (studentTail(high, degrees) > tail && high < 1e15) high *= 2
  let low = high / 2 < 1 ? 0 : high / 2
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (studentTail(middle, degrees) > tail) low = middle
    else high = middle
  }
  return high
})

/** I_x(a, b) by its continued fraction (Lentz), on the side with fast convergence. */
function beta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const factor = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return x < (a + 1) / (a + b + 2)
    ? (factor * fraction(x, a, b)) / a
    : 1 - (factor * fraction(1 - x, b, a)) / b
}

function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || tiny)
  let value = d
  for (let m = 1; m < 500; m += 1) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / (1 + term * d || tiny)
      c = 1 + term / c || tiny
      value *= c * d
    }
    if (Math.abs(c * d - 1) < 1e-14) break
  }
  return value
}
