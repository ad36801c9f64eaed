// HOT: per value
/**
 * The numbers of a baseline that is being made, however many come: a thousand at a time are sorted and merged into a
 * digest. Every value counts, so it costs more than the sample of a window. bench/micro/sketches.ts has its cost, size
 * and accuracy.
 */
import { digestValues, EMPTY_DIGEST, mergeDigests, type Digest } from './digest.ts'

/** Values between two merges. More of them save little time; fewer are merged oftener, and lose more each time. */
const MOST_WAITING = 1_024

export class OpenDigest {
  readonly #clusters: number
  readonly #waiting = new Float64Array(MOST_WAITING)
  #count = 0
  #digest: Digest

  /**
   * @param clusters compression
   * @param digest of values that came before
   */
  constructor(clusters: number, digest = EMPTY_DIGEST) {
    this.#clusters = clusters
    this.#digest = digest
  }

  /** @param value finite */
  add(value: number): void {
    if (this.#count === MOST_WAITING) this.#merge()
    this.#waiting[this.#count] = value
    this.#count += 1
  }

  /** Everything so far. Values may go on coming. */
  digest(): Digest {
    this.#merge()
    return this.#digest
  }

  #merge(): void {
    if (this.#count === 0) return
    // Those that a merge follows are not joined before it.
    const clusters = this.#digest.total === 0 ? this.#clusters : this.#count
    const values = digestValues(this.#waiting.subarray(0, this.#count), clusters)
    this.#digest = mergeDigests(this.#digest, values, this.#clusters)
    this.#count = 0
  }
}
