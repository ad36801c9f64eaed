/** The two-sample Kolmogorov-Smirnov test for small samples of one size, exact. */

export interface TwoSampleKs {
  /** Largest distance of the two empirical distributions, 0…1. */
  readonly distance: number
  /** Two-sided. */
  readonly pValue: number
}

/** @param first, second samples of the same size; ties are allowed and make the test conservative */
export function twoSampleKs(first: readonly number[], second: readonly number[]): TwoSampleKs {
  const n = first.length
  const a = first.toSorted((x, y) => x - y)
  const b = second.toSorted((x, y) => x - y)
  let i = 0
  let j = 0
  let widest = 0
  while (i < n && j < n) {
    const value = Math.min(a[i] as number, b[j] as number)
    while (i < n && (a[i] as number) <= value) i += 1
    while (j < n && (b[j] as number) <= value) j += 1
    widest = Math.max(widest, Math.abs(i - j))
  }
  return { distance: widest / n, pValue: outsideStrip(n, widest) }
}

/**
 * Probability that a random path of n steps each way leaves the strip of `width` (Hodges 1958, equation 2.5): 2·Σ
 * (−1)^(k−1)·C(2n, n−k·width)/C(2n, n).
 */
function outsideStrip(n: number, width: number): number {
  if (width === 0) return 1
  let p = 0
  for (let k = Math.floor(n / width); k >= 1; k -= 1) {
    let ratio = 1
    const shift = k * width
    for (let step = 0; step < shift; step += 1) ratio *= (n - step) / (n + shift - step)
    p = ratio - p
  }
  return Math.min(1, 2 * p)
}
