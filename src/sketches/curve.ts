/**
 * The cumulative distribution of a digest: linear between knots, with a step for each repeated value. Distances between
 * two distributions are computed between two curves.
 */
import { rememberLast } from '../lib/remember-last.ts'
import { clusterCapacity, type Digest } from './digest.ts'

export interface Curve {
  /** Positions of the knots, strictly increasing. */
  readonly x: Float64Array
  /** Share of the values below each knot, 0…1. */
  readonly below: Float64Array
  /** Share of the values up to and including each knot, 0…1; more than `below` at a step. */
  readonly upto: Float64Array
}

export const EMPTY_CURVE: Curve = {
  x: new Float64Array(0),
  below: new Float64Array(0),
  upto: new Float64Array(0),
}

/**
 * A cluster is one repeated value when it holds a single value, or more than the compression could have joined. Any
 * other cluster has half of its values on each side of its mean.
 *
 * @param clusters compression of the digest
 */
export function curveOf(digest: Digest, clusters: number): Curve {
  const { means, weights, total, min, max } = digest
  const size = means.length + 2
  // One buffer for the three: an evaluation creates a curve for each window of each column, and buffers cost more than
  // bytes.
  const room = new Float64Array(3 * size)
  let knots = 0
  let before = 0
  const knot = (at: number, from: number, to: number): void => {
    room[knots] = at
    room[size + knots] = from
    room[2 * size + knots] = to
    knots += 1
  }
  if (total > 0 && min < (means[0] as number)) knot(min, 0, 0)
  for (let i = 0; i < means.length; i += 1) {
    const weight = weights[i] as number
    const share = weight / total
    const start = before / total
    const repeated = weight <= 1 || share > clusterCapacity(start + share / 2, clusters)
    // The last knot is exactly 1, despite rounding.
    const end = i === means.length - 1 ? 1 : start + share
    if (repeated) knot(means[i] as number, start, end)
    else knot(means[i] as number, start + share / 2, start + share / 2)
    before += weight
  }
  if (total > 0 && max > (means.at(-1) as number)) knot(max, 1, 1)
  return {
    x: room.subarray(0, knots),
    below: room.subarray(size, size + knots),
    upto: room.subarray(2 * size, 2 * size + knots),
  }
}

/** Share of the values ≤ `at`, 0…1; NaN for an empty curve. */
export function shareUpTo(curve: Curve, at: number): number {
  const { x, upto, below } = curve
  if (x.length === 0) return Number.NaN
  let low = 0
  let high = x.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((x[middle] as number) <= at) low = middle + 1
    else high = middle
  }
  if (low === 0) return 0
  const left = low - 1
  if (low === x.length || x[left] === at) return upto[left] as number
  const part = (at - (x[left] as number)) / ((x[low] as number) - (x[left] as number))
  return (upto[left] as number) + part * ((below[low] as number) - (upto[left] as number))
}

/** The smallest value with at least the share `q` of the values at or below it; NaN for an empty curve. */
export function quantile(curve: Curve, q: number): number {
  const { x, upto, below } = curve
  if (x.length === 0) return Number.NaN
  let low = 0
  let high = x.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((upto[middle] as number) < q) low = middle + 1
    else high = middle
  }
  const end = x[low] as number
  if (low === 0 || q >= (below[low] as number)) return end
  const start = x[low - 1] as number
  const from = upto[low - 1] as number
  return start + ((end - start) * (q - from)) / ((below[low] as number) - from)
}

/** Distances of two curves by all measures that a single pass can compute. */
interface Distances {
  readonly largestGap: number
  readonly area: number
}

/** Visits the knots of both curves in order; between two knots both are linear. One pass for all measures. */
const distancesOf = rememberLast((a: Curve, b: Curve): Distances => {
  let i = 0
  let j = 0
  let largestGap = 0
  let area = 0
  let lastX = Number.NaN
  let lastGap = 0
  while (i < a.x.length || j < b.x.length) {
    const xa = i < a.x.length ? (a.x[i] as number) : Infinity
    const xb = j < b.x.length ? (b.x[j] as number) : Infinity
    const x = xa < xb ? xa : xb
    const inA = xa === x
    const inB = xb === x
    const aBelow = inA ? (a.below[i] as number) : between(a, i, x)
    const bBelow = inB ? (b.below[j] as number) : between(b, j, x)
    const gap = aBelow - bBelow
    const gapUpto = (inA ? (a.upto[i] as number) : aBelow) - (inB ? (b.upto[j] as number) : bBelow)
    largestGap = Math.max(largestGap, Math.abs(gap), Math.abs(gapUpto))
    if (lastX < x) {
      const width = x - lastX
      const crosses = lastGap * gap < 0
      // Two triangles where the lines cross, otherwise a trapezium.
      area += crosses
        ? (width * (lastGap * lastGap + gap * gap)) / (2 * Math.abs(lastGap - gap))
        : (width * Math.abs(lastGap + gap)) / 2
    }
    lastX = x
    lastGap = gapUpto
    if (inA) i += 1
    if (inB) j += 1
  }
  return { largestGap: Math.min(largestGap, 1), area }
})

/** The curve at `x`, between knot `next` and the previous one. */
function between(curve: Curve, next: number, x: number): number {
  if (next === 0) return 0
  if (next === curve.x.length) return 1
  const from = curve.upto[next - 1] as number
  const start = curve.x[next - 1] as number
  const part = (x - start) / ((curve.x[next] as number) - start)
  return from + part * ((curve.below[next] as number) - from)
}

/** sup |A − B|, 0…1: the Kolmogorov–Smirnov distance. */
export const largestGap = (a: Curve, b: Curve): number => distancesOf(a, b).largestGap

/** ∫ |A − B| dx in the unit of x: the first Wasserstein distance. */
export const areaBetween = (a: Curve, b: Curve): number => distancesOf(a, b).area

/**
 * ∫ √(A(1−A)) dx in the unit of x: the distance of an empirical curve of n values from A, times √n, up to a constant.
 */
export function spreadIntegral(curve: Curve): number {
  let area = 0
  for (let i = 1; i < curve.x.length; i += 1) {
    const width = (curve.x[i] as number) - (curve.x[i - 1] as number)
    const from = curve.upto[i - 1] as number
    const to = curve.below[i] as number
    const middle = (from + to) / 2
    // Simpson's rule; the integrand is smooth between knots except at 0 and 1, where it is small.
    const height = (share: number): number => Math.sqrt(Math.max(share * (1 - share), 0))
    area += (width * (height(from) + 4 * height(middle) + height(to))) / 6
  }
  return area
}

/** Mean of the values above `low` and up to `high`; undefined without any. */
export function meanBetween({ x, below, upto }: Curve, low: number, high: number): number | undefined {
  let sum = 0
  let mass = 0
  for (let i = 0; i < x.length; i += 1) {
    const at = x[i] as number
    if (at > low && at <= high) {
      const step = (upto[i] as number) - (below[i] as number)
      sum += step * at
      mass += step
    }
    if (i === 0) continue
    const start = x[i - 1] as number
    const [from, to] = [Math.max(start, low), Math.min(at, high)]
    if (from >= to) continue
    const part = ((to - from) / (at - start)) * ((below[i] as number) - (upto[i - 1] as number))
    sum += part * (from / 2 + to / 2)
    mass += part
  }
  return mass > 0 && Number.isFinite(sum) ? sum / mass : undefined
}

/** Mean and variance of a curve's values; 0 for an empty one. */
export function momentsOf({ x, below, upto }: Curve): { readonly mean: number; readonly variance: number } {
  // Relative to the middle of the range, so that a large offset costs no precision.
  const origin = x.length === 0 ? 0 : (x[0] as number) / 2 + (x.at(-1) as number) / 2
  let sum = 0
  let squares = 0
  for (let i = 0; i < x.length; i += 1) {
    const at = (x[i] as number) - origin
    const step = (upto[i] as number) - (below[i] as number)
    sum += step * at
    squares += step * at * at
    if (i === 0) continue
    const start = (x[i - 1] as number) - origin
    const part = (below[i] as number) - (upto[i - 1] as number)
    sum += (part * (start + at)) / 2
    squares += (part * (start * start + start * at + at * at)) / 3
  }
  return { mean: origin + sum, variance: Math.max(0, squares - sum * sum) }
}

/** The combined distribution of all curves, weighted by their numbers of values. */
export function mixture(parts: readonly { readonly curve: Curve; readonly weight: number }[]): Curve {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  const x = Float64Array.from(new Set(parts.flatMap(({ curve }) => [...curve.x]))).sort()
  const below = new Float64Array(x.length)
  const upto = new Float64Array(x.length)
  for (const { curve, weight } of parts) {
    let next = 0
    for (const [i, at] of x.entries()) {
      while (next < curve.x.length && (curve.x[next] as number) < at) next += 1
      const isKnot = curve.x[next] === at
      const low = isKnot ? (curve.below[next] as number) : between(curve, next, at)
      below[i] = (below[i] as number) + (weight / total) * low
      upto[i] = (upto[i] as number) + (weight / total) * (isKnot ? (curve.upto[next] as number) : low)
    }
  }
  // The last knot is exactly 1, despite rounding.
  if (x.length > 0) upto[x.length - 1] = 1
  return { x, below, upto }
}
