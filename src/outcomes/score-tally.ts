// HOT: per label
/** Scores by bin and by true class, since the start; sums over pods are the fleet's. */
import { logLoss } from './performance/scores.ts'
import type { ScoreSums } from './snapshot.ts'

export class ScoreTally {
  readonly #positives: Float64Array
  readonly #negatives: Float64Array
  readonly #scores: Float64Array
  readonly #labels: readonly string[]
  #logLoss = 0
  #squaredError = 0
  #count = 0

  /** @param bins of equal width over 0…1 */
  constructor(bins: number) {
    this.#positives = new Float64Array(bins)
    this.#negatives = new Float64Array(bins)
    this.#scores = new Float64Array(bins)
    this.#labels = Array.from({ length: bins }, (_, bin) => String(Number(((bin + 1) / bins).toPrecision(6))))
  }

  /** @param score 0…1 */
  add(score: number, isPositive: boolean): void {
    const bins = this.#scores.length
    // Bins include their upper edge, like those of a Prometheus histogram.
    const bin = Math.min(Math.max(Math.ceil(score * bins) - 1, 0), bins - 1)
    const side = isPositive ? this.#positives : this.#negatives
    side[bin] = (side[bin] as number) + 1
    this.#scores[bin] = (this.#scores[bin] as number) + score
    this.#logLoss += logLoss(score, isPositive ? 1 : 0)
    this.#squaredError += (score - (isPositive ? 1 : 0)) ** 2
    this.#count += 1
  }

  snapshot(positive: string): ScoreSums {
    let positivesBelow = 0
    let negativesBelow = 0
    const bins = this.#labels.map((bin, index) => {
      const negatives = this.#negatives[index] as number
      const positives = this.#positives[index] as number
      positivesBelow += positives
      negativesBelow += negatives
      return {
        bin,
        position: index + 1,
        positives,
        negatives,
        positivesBelow: positivesBelow - positives / 2,
        negativesBelow: negativesBelow - negatives / 2,
        scores: this.#scores[index] as number,
      }
    })
    return {
      positive,
      bins,
      logLoss: this.#logLoss,
      squaredError: this.#squaredError,
      observations: this.#count,
    }
  }
}
