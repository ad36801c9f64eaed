/** Tail quantiles of the distributions that scores follow without drift. Oracle: SciPy, to 1e-9. */

/** Cached quantiles of each distribution, by arguments. */
const MOST_REMEMBERED = 1_000

/** ln Γ(x) for x > 0: Lanczos' approximation (g = 7, nine terms), relative error below 1e-14. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const coefficients = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ]
  const base = x + 6.5
  const sum = coefficients.reduce(
    (total, coefficient, i) => total + (i === 0 ? coefficient : coefficient / (x - 1 + i)),
  )
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum)
}

/** Q(a, x) = Γ(a, x) / Γ(a): by its series below a + 1, by Lentz' continued fraction above (DLMF 8.7.1, 8.9.2). */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1
  const factor = Math.exp(a * Math.log(x) - x - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let n = 1; n < 1_000 && term > sum * 1e-17; n += 1) {
      term *= x / (a + n)
      sum += term
    }
    return 1 - factor * sum
  }
  const tiny = 1e-300
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let fraction = d
  for (let n = 1; n < 1_000; n += 1) {
    const numerator = -n * (n - a)
    b += 2
    d = 1 / (numerator * d + b || tiny)
    c = b + numerator / c || tiny
    const step = c * d
    fraction *= step
    if (Math.abs(step - 1) < 1e-16) break
  }
  return factor * fraction
}

/** P(X > x) for X ~ χ² with `degrees` of freedom. */
export function chiSquaredTail(x: number, degrees: number): number {
  return upperGamma(degrees / 2, x / 2)
}

/** The x with P(X > x) = tail, for 0 < tail < 1, down to 1e-300. */
export const chiSquaredQuantile = remembered((tail, degrees) =>
  bisect((x) => chiSquaredTail(x, degrees), tail),
)

/** P(Z > z) for a standard normal Z. */
export function normalTail(z: number): number {
  const half = 0.5 * upperGamma(0.5, (z * z) / 2)
  return z < 0 ? 1 - half : half
}

/** The z ≥ 0 with P(Z > z) = tail, for 0 < tail ≤ 1/2. */
export const normalQuantile = remembered((tail) => bisect(normalTail, tail))

/** P(K > x) for Kolmogorov's distribution: 2 Σ (−1)^(k−1) exp(−2k²x²). */
export function kolmogorovTail(x: number): number {
  if (x <= 0.04) return 1
  if (x < 1) {
    // The dual series converges faster here: 1 − √(2π)/x Σ exp(−(2k−1)²π²/(8x²)).
    let sum = 0
    for (let k = 1; k <= 20; k += 1) sum += Math.exp((-((2 * k - 1) ** 2) * Math.PI ** 2) / (8 * x * x))
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum
  }
  let sum = 0
  for (let k = 1; k <= 20; k += 1) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x)
  return sum
}

/** The x with P(K > x) = tail. */
export const kolmogorovQuantile = remembered((tail) => bisect(kolmogorovTail, tail))

/** Caches quantiles: computing one needs a search, and evaluations repeat the same few arguments. */
export function remembered(quantile: (tail: number, degrees: number) => number) {
  const known = new Map<number, Map<number, number>>()
  let size = 0
  return (tail: number, degrees = 0): number => {
    const found = known.get(degrees)?.get(tail)
    if (found !== undefined) return found
    if (size >= MOST_REMEMBERED) {
      known.clear()
      size = 0
    }
    const value = quantile(tail, degrees)
    const byTail = known.get(degrees) ?? new Map<number, number>()
    known.set(degrees, byTail.set(tail, value))
    size += 1
    return value
  }
}

/** The x ≥ 0 at which a decreasing tail function equals `tail`, to double precision. */
function bisect(tailOf: (x: number) => number, tail: number): number {
  let low = 0
  let high = 1
  while (tailOf(high) > tail && high < 1e6) high *= 2
  for (let step = 0; step < 100; step += 1) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (tailOf(middle) > tail) low = middle
    else high = middle
  }
  return high
}
