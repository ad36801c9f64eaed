/**
 * A compact, mergeable summary of a set of numbers: clusters of neighbouring values, in order, each with its mean
 * and its count. Immutable; what closed panes, learned baselines and checkpoints keep.
 *
 * Clusters are sized as the t-digest sizes them (Dunning & Ertl, "Computing extremely accurate quantiles using
 * t-digests", the slope of scale function k1): a cluster around the quantile q holds at most a share of
 * π·√(q(1−q)) / clusters, so the tails stay exact. The one exception is a single repeated value, which always stays
 * a cluster of its own: that is what keeps spikes, integers and constants exact.
 */
export interface Digest {
  /** Strictly increasing, finite. */
  readonly means: Float64Array
  /** Values per cluster, > 0; same length as `means`. */
  readonly weights: Float64Array
  /** Sum of `weights`. */
  readonly total: number
  /** Sum of the squared weight of every single value: `total` when all count once, more when they are a sample. */
  readonly squares: number
  /** NaN when empty. */
  readonly min: number
  readonly max: number
}

export const EMPTY_DIGEST: Digest = {
  means: new Float64Array(0),
  weights: new Float64Array(0),
  total: 0,
  squares: 0,
  min: Number.NaN,
  max: Number.NaN,
}

/** Largest share that a cluster around the quantile `q` may hold, unless it is one repeated value. */
export function clusterCapacity(q: number, clusters: number): number {
  return (Math.PI * Math.sqrt(Math.max(q * (1 - q), 0))) / clusters
}

/**
 * Joins neighbours of a sorted list in place, equal values first.
 *
 * @param means sorted, `count` entries used
 * @param weights same length and order
 * @param total sum of the weights
 * @param clusters compression: about as many clusters remain
 * @returns how many entries are left
 */
export function clusterSorted(
  means: Float64Array,
  weights: Float64Array,
  count: number,
  total: number,
  clusters: number,
): number {
  let distinct = 0
  for (let i = 0; i < count; i += 1) {
    const mean = means[i] as number
    const weight = weights[i] as number
    if (distinct > 0 && means[distinct - 1] === mean) {
      weights[distinct - 1] = (weights[distinct - 1] as number) + weight
    } else {
      means[distinct] = mean
      weights[distinct] = weight
      distinct += 1
    }
  }
  if (distinct <= clusters) return distinct
  let last = -1
  let before = 0
  for (let i = 0; i < distinct; i += 1) {
    const mean = means[i] as number
    const weight = weights[i] as number
    const joined = last < 0 ? Infinity : (weights[last] as number) + weight
    if (joined / total <= clusterCapacity((before + joined / 2) / total, clusters)) {
      // The share first: the product with a weight would overflow for numbers near the largest double.
      means[last] = (means[last] as number) + (mean - (means[last] as number)) * (weight / joined)
      weights[last] = joined
    } else {
      if (last >= 0) before += weights[last] as number
      last += 1
      means[last] = mean
      weights[last] = weight
    }
  }
  return last + 1
}

interface DigestFacts {
  /** Entries of the arrays that are used. */
  readonly count: number
  readonly min: number
  readonly max: number
  /** As in `Digest`; when absent, every value counts once. */
  readonly squares?: number
}

/** A digest of the first `count` entries of the arrays, which are copied. */
export function digestOf(
  means: Float64Array,
  weights: Float64Array,
  { count, min, max, squares }: DigestFacts,
): Digest {
  let total = 0
  for (let i = 0; i < count; i += 1) total += weights[i] as number
  if (count === 0) return EMPTY_DIGEST
  // One buffer for both: there are thousands of digests, and a buffer of its own costs as much as dozens of numbers.
  const room = new Float64Array(2 * count)
  room.set(means.subarray(0, count))
  room.set(weights.subarray(0, count), count)
  return {
    means: room.subarray(0, count),
    weights: room.subarray(count),
    total,
    squares: squares ?? total,
    min,
    max,
  }
}

/** As many independent values say as much as the digest does (Kish's effective sample size). */
export function effectiveCount({ total, squares }: Digest): number {
  return squares > 0 ? (total * total) / squares : 0
}

/** Room for a merge. One for all of them: none lasts longer than a call. */
let room = { means: new Float64Array(1_024), weights: new Float64Array(1_024) }

export function scratch(length: number): { means: Float64Array; weights: Float64Array } {
  if (length > room.means.length) {
    room = { means: new Float64Array(2 * length), weights: new Float64Array(2 * length) }
  }
  return room
}

/** A digest of raw numbers, all finite; the array is sorted in place. */
export function digestValues(values: Float64Array, clusters: number): Digest {
  const means = values.sort()
  const weights = new Float64Array(means.length).fill(1)
  const range = { min: means[0] ?? Number.NaN, max: means.at(-1) ?? Number.NaN }
  const count = clusterSorted(means, weights, means.length, means.length, clusters)
  return digestOf(means, weights, { count, ...range })
}

/**
 * The digest of both inputs' values together. Exact while both are: equal values are joined, nothing else is unless
 * there are more than `clusters` of them.
 */
export function mergeDigests(a: Digest, b: Digest, clusters: number): Digest {
  if (a.total === 0) return b
  if (b.total === 0) return a
  const length = a.means.length + b.means.length
  const { means, weights } = scratch(length)
  let i = 0
  let j = 0
  for (let k = 0; k < length; k += 1) {
    const fromA =
      j >= b.means.length || (i < a.means.length && (a.means[i] as number) <= (b.means[j] as number))
    const source = fromA ? a : b
    const index = fromA ? i++ : j++
    means[k] = source.means[index] as number
    weights[k] = source.weights[index] as number
  }
  const count = clusterSorted(means, weights, length, a.total + b.total, clusters)
  const squares = a.squares + b.squares
  return digestOf(means, weights, {
    count,
    squares,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  })
}

/** Mean of the values; exact up to rounding. NaN when empty. */
export function digestMean({ means, weights, total }: Digest): number {
  let sum = 0
  for (let i = 0; i < means.length; i += 1) sum += (means[i] as number) * (weights[i] as number)
  return sum / total
}
