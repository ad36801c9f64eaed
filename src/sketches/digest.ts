/**
 * A compact, mergeable summary of a set of numbers: clusters of neighbouring values in order, each with its mean and
 * its count. Immutable; used in closed panes, learned baselines and checkpoints.
 *
 * Cluster sizes follow the t-digest (Dunning & Ertl, "Computing extremely accurate quantiles using t-digests", the
 * slope of scale function k1): a cluster around the quantile q holds at most a share of π·√(q(1−q)) / clusters, so the
 * tails stay exact. The exception is a single repeated value, which always has its own cluster: this keeps spikes,
 * integers and constants exact.
 */
export interface Digest {
  /** Strictly increasing, finite. */
  readonly means: Float64Array
  /** Values per cluster, > 0; same length as `means`. */
  readonly weights: Float64Array
  /** Sum of `weights`. */
  readonly total: number
  /** NaN when empty. */
  readonly min: number
  readonly max: number
}

export const EMPTY_DIGEST: Digest = {
  means: new Float64Array(0),
  weights: new Float64Array(0),
  total: 0,
  min: Number.NaN,
  max: Number.NaN,
}

/** Largest share of a cluster around the quantile `q`, unless it is one repeated value. */
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
      // The share is computed first: the product with a weight would overflow near the largest double.
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
  /** Number of used entries. */
  readonly count: number
  readonly min: number
  readonly max: number
}

/** A digest of the first `count` entries of the arrays, which are copied. */
export function digestOf(
  means: Float64Array,
  weights: Float64Array,
  { count, min, max }: DigestFacts,
): Digest {
  let total = 0
  for (let i = 0; i < count; i += 1) total += weights[i] as number
  if (count === 0) return EMPTY_DIGEST
  // One buffer for both: there are thousands of digests, and a separate buffer costs as much as dozens of numbers.
  const room = new Float64Array(2 * count)
  room.set(means.subarray(0, count))
  room.set(weights.subarray(0, count), count)
  return {
    means: room.subarray(0, count),
    weights: room.subarray(count),
    total,
    min,
    max,
  }
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
 * The digest of all inputs' values. Equal values are joined; other values are joined only if there are more than
 * `clusters` of them, so small inputs stay exact. All inputs are merged in one step, because each joining of clusters
 * costs accuracy.
 */
export function mergeDigests(digests: readonly Digest[], clusters: number): Digest {
  const parts = digests.filter(({ total }) => total > 0)
  const [first, second] = parts
  if (first === undefined) return EMPTY_DIGEST
  if (second === undefined) return first
  let total = 0
  let min = Infinity
  let max = -Infinity
  for (const part of parts) {
    total += part.total
    min = Math.min(min, part.min)
    max = Math.max(max, part.max)
  }
  const { means, weights, length } = sortedTogether(parts)
  const count = clusterSorted(means, weights, length, total, clusters)
  return digestOf(means, weights, { count, min, max })
}

/** Buffers for merging. Two of them, because each round reads one and writes the other. */
let rooms = [new Float64Array(4_096), new Float64Array(4_096)] as [Float64Array, Float64Array]

/** All clusters in order, in buffers that the next call reuses: neighbouring runs are merged until one remains. */
function sortedTogether(parts: readonly Digest[]): {
  readonly means: Float64Array
  readonly weights: Float64Array
  readonly length: number
} {
  const length = parts.reduce((sum, { means }) => sum + means.length, 0)
  if (2 * length > rooms[0].length) rooms = [new Float64Array(4 * length), new Float64Array(4 * length)]
  let [from, to] = rooms
  let ends: number[] = []
  let end = 0
  for (const { means, weights } of parts) {
    from.set(means, end)
    from.set(weights, length + end)
    end += means.length
    ends.push(end)
  }
  while (ends.length > 1) {
    const next: number[] = []
    let start = 0
    for (let run = 0; run < ends.length; run += 2) {
      const middle = ends[run] as number
      const stop = ends[run + 1] ?? middle
      mergeRuns(from, to, { start, middle, stop, length })
      next.push(stop)
      start = stop
    }
    ends = next
    ;[from, to] = [to, from]
  }
  return { means: from.subarray(0, length), weights: from.subarray(length, 2 * length), length }
}

interface Runs {
  readonly start: number
  readonly middle: number
  readonly stop: number
  /** Distance from a mean to its weight. */
  readonly length: number
}

function mergeRuns(from: Float64Array, to: Float64Array, { start, middle, stop, length }: Runs): void {
  let i = start
  let j = middle
  for (let k = start; k < stop; k += 1) {
    const first = j >= stop || (i < middle && (from[i] as number) <= (from[j] as number))
    const at = first ? i : j
    to[k] = from[at] as number
    to[length + k] = from[length + at] as number
    if (first) i += 1
    else j += 1
  }
}

/** Mean of the values, exact up to rounding. NaN when empty. */
export function digestMean({ means, weights, total }: Digest): number {
  let sum = 0
  for (let i = 0; i < means.length; i += 1) sum += (means[i] as number) * (weights[i] as number)
  return sum / total
}
