// HOT: per value
/**
 * The numbers of an open pane: all of them while they are few, a uniform sample once they are many.
 *
 * Bins count every value; the sketch is for quantiles and distances, which a sample of some thousand gives as well as
 * a million do. So a busy column costs one subtraction per batch instead of a sort: Vitter's reservoir with the skips
 * of Li, "Reservoir-Sampling Algorithms of Time Complexity O(n(1+log(N/n)))" (algorithm L).
 */
import { clusterSorted, digestOf, EMPTY_DIGEST, scratch, type Digest } from './digest.ts'

/** Values that are kept between two calls of `take`; a rank is then off by 0.8 % (one standard deviation) at most. */
export const SAMPLE_VALUES = 4_096
const FIRST_CAPACITY = 256

export class SampleDigest {
  readonly #clusters: number
  #values = new Float64Array(FIRST_CAPACITY)
  /** Values since the last `take`. */
  #seen = 0
  /** Values to pass over before the next one enters the full sample. */
  #skip = 0
  #weight = 1
  #state: number
  #min = Infinity
  #max = -Infinity

  /**
   * @param clusters compression of the digests that `take` returns
   * @param seed any whole number; columns with different ones sample different rows
   */
  constructor(clusters: number, seed: number) {
    this.#clusters = clusters
    this.#state = seed | 1
  }

  /** @param value finite */
  add(value: number): void {
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    if (this.#seen >= SAMPLE_VALUES) this.#replace(value)
    else this.#keep(value)
    this.#seen += 1
  }

  /**
   * Adds the first `count` values of an array.
   *
   * @param values all finite
   * @param min the smallest of them, which the caller's loop over them has found
   * @param max the largest
   */
  addAll(values: Float64Array, count: number, min: number, max: number): void {
    if (min < this.#min) this.#min = min
    if (max > this.#max) this.#max = max
    let index = 0
    while (index < count && this.#seen + index < SAMPLE_VALUES) {
      this.#keepAt(this.#seen + index, values[index] as number)
      index += 1
    }
    while (index < count) {
      if (this.#skip >= count - index) {
        this.#skip -= count - index
        break
      }
      index += this.#skip
      this.#skip = 0
      this.#replace(values[index] as number)
      index += 1
    }
    this.#seen += count
  }

  /** The digest of everything added since the last call; the next one starts empty. */
  take(): Digest {
    const seen = this.#seen
    if (seen === 0) return EMPTY_DIGEST
    const kept = Math.min(seen, SAMPLE_VALUES)
    const means = this.#values.subarray(0, kept).sort()
    const { weights } = scratch(kept)
    weights.fill(seen / kept, 0, kept)
    const count = clusterSorted(means, weights, kept, seen, this.#clusters)
    const facts = { count, min: this.#min, max: this.#max, squares: (seen * seen) / kept }
    const digest = digestOf(means, weights, facts)
    this.#seen = 0
    this.#skip = 0
    this.#weight = 1
    this.#min = Infinity
    this.#max = -Infinity
    return digest
  }

  #keep(value: number): void {
    this.#keepAt(this.#seen, value)
  }

  #keepAt(place: number, value: number): void {
    if (place === this.#values.length) {
      const larger = new Float64Array(2 * place)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[place] = value
    if (place === SAMPLE_VALUES - 1) this.#drawSkip()
  }

  #replace(value: number): void {
    if (this.#skip > 0) {
      this.#skip -= 1
      return
    }
    this.#values[Math.floor(this.#random() * SAMPLE_VALUES)] = value
    this.#drawSkip()
  }

  #drawSkip(): void {
    this.#weight *= Math.exp(Math.log(this.#random()) / SAMPLE_VALUES)
    this.#skip = Math.floor(Math.log(this.#random()) / Math.log(1 - this.#weight))
  }

  /** In (0, 1); xorshift32 (Marsaglia 2003). Not for secrets. */
  #random(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return ((state >>> 0) + 0.5) / 2 ** 32
  }
}
