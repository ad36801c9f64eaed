// HOT: per value
/**
 * The numbers of a baseline that is being made, however many come: the t-digest of the package `tdigest`. Values are
 * sorted and joined a thousand at a time before they enter it, so that a column in ascending order costs little
 * more than another and values that repeat cost less. bench/micro/sketches.ts has cost, size and accuracy.
 */
import { TDigest } from 'tdigest'
import { clusterSorted, digestOf, EMPTY_DIGEST, type Digest } from './digest.ts'

/** Values that wait. More of them save little time; fewer enter oftener. */
const MOST_WAITING = 1_024
/** Centroids per cluster at which the package's digest is joined to clusters again. */
const COMPACTED_AT = 4

export class OpenDigest {
  readonly #clusters: number
  readonly #digest: TDigest
  readonly #waiting = new Float64Array(MOST_WAITING)
  #count = 0
  #min = Infinity
  #max = -Infinity

  /**
   * @param clusters compression
   * @param before of values that came before
   */
  constructor(clusters: number, before = EMPTY_DIGEST) {
    this.#clusters = clusters
    // One centroid of the package holds a share of at most 4·delta·q(1−q): in the middle no more than ours do. And 0:
    // it does not compress by itself, for which it draws lots; a baseline of the same rows is the same baseline.
    this.#digest = new TDigest(Math.PI / 2 / clusters, 0)
    if (before.total > 0) {
      this.#min = before.min
      this.#max = before.max
      this.#enter(before.means, before.weights, before.means.length)
    }
  }

  /** @param value finite */
  add(value: number): void {
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    if (this.#count === MOST_WAITING) this.#merge()
    this.#waiting[this.#count] = value
    this.#count += 1
  }

  /** Everything so far. Values may go on coming. */
  digest(): Digest {
    this.#merge()
    return this.#compact()
  }

  #merge(): void {
    const count = this.#count
    if (count === 0) return
    this.#count = 0
    const means = this.#waiting.subarray(0, count).sort()
    const weights = new Float64Array(count).fill(1)
    this.#enter(means, weights, clusterSorted(means, weights, count, count, this.#clusters))
    if (this.#digest.size() > COMPACTED_AT * this.#clusters) this.#compact()
  }

  #enter(means: Float64Array, weights: Float64Array, count: number): void {
    for (let i = 0; i < count; i += 1) this.#digest.push(means[i] as number, weights[i])
  }

  #compact(): Digest {
    const centroids = this.#digest.toArray()
    if (centroids.length === 0) return EMPTY_DIGEST
    const means = Float64Array.from(centroids, ({ mean }) => mean)
    const weights = Float64Array.from(centroids, ({ n }) => n)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const count = clusterSorted(means, weights, means.length, total, this.#clusters)
    this.#digest.reset()
    this.#enter(means, weights, count)
    return digestOf(means, weights, { count, min: this.#min, max: this.#max })
  }
}
