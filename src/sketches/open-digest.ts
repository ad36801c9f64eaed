// HOT: per value
/**
 * A digest to which any number of values can be added: the t-digest of the package `tdigest`. Values are sorted and
 * joined a thousand at a time before they enter it, so that a column in ascending order costs little more than another.
 * Small sets never enter it. bench/micro/sketches.ts measures cost, size and accuracy.
 */
import { TDigest } from 'tdigest'
import { clusterSorted, type Digest, digestOf, digestValues, EMPTY_DIGEST } from './digest.ts'

/**
 * Initial and maximum number of buffered values. A larger buffer saves little time; a smaller one is flushed more
 * often.
 */
const FIRST_WAITING = 32
const MOST_WAITING = 1_024
/** Centroids per cluster at which the package's digest is compacted to clusters. */
const COMPACTED_AT = 4

export class OpenDigest {
  readonly #clusters: number
  #digest: TDigest | undefined
  #waiting = new Float64Array(FIRST_WAITING)
  #count = 0
  #min = Infinity
  #max = -Infinity

  /** @param clusters compression */
  constructor(clusters: number) {
    this.#clusters = clusters
  }

  /** @param value finite */
  add(value: number): void {
    if (this.#count === this.#waiting.length) this.#makeRoom()
    this.#waiting[this.#count] = value
    this.#count += 1
  }

  /** The digest of everything added since the last call; the next one starts empty. */
  take(): Digest {
    const { length } = this.#waiting
    if (this.#digest === undefined) {
      const digest = digestValues(this.#waiting.subarray(0, this.#count), this.#clusters)
      this.#count = 0
      // The buffer shrinks after a busy period.
      if (digest.total < length / 8 && length > FIRST_WAITING) this.#waiting = new Float64Array(length / 2)
      return digest
    }
    this.#enterWaiting(this.#digest)
    const digest = this.#compacted(this.#digest)
    this.#digest = undefined
    this.#min = Infinity
    this.#max = -Infinity
    return digest
  }

  #makeRoom(): void {
    const { length } = this.#waiting
    if (length < MOST_WAITING) {
      const larger = new Float64Array(2 * length)
      larger.set(this.#waiting)
      this.#waiting = larger
      return
    }
    // One centroid of the package holds a share of at most 4·delta·q(1−q): in the middle no more than a cluster. The 0
    // disables its own compression, which is random; the same rows must give the same digest.
    this.#digest ??= new TDigest(Math.PI / 2 / this.#clusters, 0)
    this.#enterWaiting(this.#digest)
    if (this.#digest.size() <= COMPACTED_AT * this.#clusters) return
    const { means, weights } = this.#compacted(this.#digest)
    this.#digest.reset()
    enter(this.#digest, means, weights, means.length)
  }

  #enterWaiting(digest: TDigest): void {
    const count = this.#count
    if (count === 0) return
    this.#count = 0
    const means = this.#waiting.subarray(0, count).sort()
    this.#min = Math.min(this.#min, means[0] as number)
    this.#max = Math.max(this.#max, means[count - 1] as number)
    const weights = new Float64Array(count).fill(1)
    enter(digest, means, weights, clusterSorted(means, weights, count, count, this.#clusters))
  }

  #compacted(digest: TDigest): Digest {
    const centroids = digest.toArray()
    const means = Float64Array.from(centroids, ({ mean }) => mean)
    const weights = Float64Array.from(centroids, ({ n }) => n)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    if (total === 0) return EMPTY_DIGEST
    const count = clusterSorted(means, weights, means.length, total, this.#clusters)
    return digestOf(means, weights, { count, min: this.#min, max: this.#max })
  }
}

function enter(digest: TDigest, means: Float64Array, weights: Float64Array, count: number): void {
  for (let i = 0; i < count; i += 1) digest.push(means[i] as number, weights[i])
}
