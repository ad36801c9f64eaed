/**
 * ADaptive WINdowing. Bifet & Gavaldà, "Learning from Time-Changing Data with Adaptive Windowing", 2007 (ADWIN2). The
 * window is an exponential histogram: row r holds buckets of 2^r values, oldest first, at most `maxBuckets` of them;
 * one more, and the two oldest merge into a bucket of the next row. When the window can be cut into two parts with
 * different means, the older part is dropped.
 */
import { defineDetector, type Detecting, type DetectorState } from './detector.ts'

interface Parameters {
  /** Confidence: probability of a false cut in one check. */
  readonly delta: number
  /** Values between two checks. */
  readonly clock: number
  readonly maxBuckets: number
  readonly minPart: number
  readonly gracePeriod: number
}

interface Bucket {
  readonly total: number
  /** Sum of squared deviations from the bucket's own mean. */
  readonly squares: number
}

/** Squared deviations between two parts, in addition to those within each part. */
const between = (n: number, mean: number, otherN: number, otherMean: number): number =>
  (n * otherN * (mean - otherMean) ** 2) / (n + otherN)

class Adwin implements Detecting {
  readonly #parameters: Parameters
  readonly #rows: Bucket[][] = [[]]
  #width = 0
  #total = 0
  #squares = 0
  #ticks = 0

  constructor(parameters: Parameters) {
    this.#parameters = parameters
  }

  update(error: number): DetectorState {
    this.#insert(error)
    this.#ticks += 1
    const { clock, gracePeriod } = this.#parameters
    if (this.#ticks % clock !== 0 || this.#width <= gracePeriod) return 'stable'
    let hasCut = false
    while (this.#cut()) hasCut = true
    return hasCut ? 'drift' : 'stable'
  }

  #insert(value: number): void {
    this.#rows[0]?.push({ total: value, squares: 0 })
    if (this.#width > 0) this.#squares += between(1, value, this.#width, this.#total / this.#width)
    this.#width += 1
    this.#total += value
    for (let row = 0; row < this.#rows.length; row += 1) {
      const buckets = this.#rows[row] as Bucket[]
      if (buckets.length <= this.#parameters.maxBuckets) return
      const [first, second] = buckets.splice(0, 2) as [Bucket, Bucket]
      const n = 2 ** row
      const next = (this.#rows[row + 1] ??= [])
      next.push({
        total: first.total + second.total,
        squares: first.squares + second.squares + between(n, first.total / n, n, second.total / n),
      })
    }
  }

  /** Whether the oldest bucket was dropped because of a cut. */
  #cut(): boolean {
    const { minPart } = this.#parameters
    let oldN = 0
    let oldTotal = 0
    for (let row = this.#rows.length - 1; row >= 0; row -= 1) {
      const buckets = this.#rows[row] as Bucket[]
      for (const { total } of buckets) {
        oldN += 2 ** row
        oldTotal += total
        const newN = this.#width - oldN
        if (newN < minPart) return false
        if (oldN < minPart) continue
        if (!this.#isCut(oldN, newN, oldTotal / oldN - (this.#total - oldTotal) / newN)) continue
        this.#dropOldest()
        return true
      }
    }
    return false
  }

  #isCut(oldN: number, newN: number, difference: number): boolean {
    const { delta, minPart } = this.#parameters
    const confidence = Math.log((2 * Math.log(this.#width)) / delta)
    const reciprocal = 1 / (oldN - minPart + 1) + 1 / (newN - minPart + 1)
    const variance = this.#squares / this.#width
    return (
      Math.abs(difference) >
      Math.sqrt(2 * reciprocal * variance * confidence) + (2 / 3) * confidence * reciprocal
    )
  }

  #dropOldest(): void {
    const row = this.#rows.length - 1
    const buckets = this.#rows[row] as Bucket[]
    const oldest = buckets.shift() as Bucket
    const n = 2 ** row
    this.#width -= n
    this.#total -= oldest.total
    this.#squares -= oldest.squares + between(n, oldest.total / n, this.#width, this.#total / this.#width)
    if (buckets.length === 0 && row > 0) this.#rows.pop()
  }
}

export const adwin = defineDetector<Parameters>({
  name: 'adwin',
  summary: 'the window of the latest errors can be cut in two with different means; any bounded error',
  defaults: { delta: 0.002, clock: 32, maxBuckets: 5, minPart: 5, gracePeriod: 10 },
  begin: (parameters) => new Adwin(parameters),
})
