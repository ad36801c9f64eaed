// HOT: per value
/**
 * The numbers of a baseline that is being made: the t-digest of the package `tdigest`, which takes values one by one
 * in bounded memory, however many come. bench/micro/sketches.ts has its cost, size and accuracy.
 */
import { TDigest } from 'tdigest'
import { clusterSorted, digestOf, EMPTY_DIGEST, type Digest } from './digest.ts'

export class OpenDigest {
  readonly #clusters: number
  readonly #digest: TDigest
  #min = Infinity
  #max = -Infinity

  /** @param clusters compression of the digests that `take` returns */
  constructor(clusters: number) {
    this.#clusters = clusters
    // One centroid of the package holds a share of at most 4·delta·q(1−q): in the middle no more than ours do.
    this.#digest = new TDigest(Math.PI / 2 / clusters)
  }

  /** @param value finite */
  add(value: number): void {
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    this.#digest.push(value)
  }

  /** The digest of everything added since the last call; the next one starts empty. */
  take(): Digest {
    const centroids = this.#digest.toArray()
    if (centroids.length === 0) return EMPTY_DIGEST
    const means = Float64Array.from(centroids, ({ mean }) => mean)
    const weights = Float64Array.from(centroids, ({ n }) => n)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const count = clusterSorted(means, weights, means.length, total, this.#clusters)
    const digest = digestOf(means, weights, { count, min: this.#min, max: this.#max })
    this.#digest.reset()
    this.#min = Infinity
    this.#max = -Infinity
    return digest
  }
}
