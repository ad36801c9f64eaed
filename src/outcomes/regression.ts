/** One output with numeric values: sums of errors that add up over pods. */
import type { CountedLabel } from './classification.ts'
import type { LabelledRows } from './labelled-rows.ts'
import { addError, emptySums } from './performance/errors.ts'
import { evaluateNumbers, type Metrics } from './performance/evaluate.ts'
import type { ErrorTotals } from './snapshot.ts'
import { type LabelledRow, numberOf } from './task.ts'

/** Errors used to find the scale of the error stream. */
const SCALE_ROWS = 200

export class Regression {
  /** Origin for the true values, so that their squares stay precise; the same in every replica. */
  readonly #center: number
  readonly #sums = emptySums()
  #over = 0
  #under = 0
  #above = 0
  #below = 0
  #scale = 0

  constructor(center: number) {
    this.#center = center
  }

  /** `undefined` when prediction or label is not a number. */
  add({ prediction, actual }: LabelledRow, rows: LabelledRows, nowMs: number): CountedLabel | undefined {
    const predicted = numberOf(prediction.value)
    const truth = numberOf(actual)
    if (predicted === undefined || truth === undefined) return undefined
    addError(this.#sums, predicted, truth, this.#center)
    const error = predicted - truth
    if (error > 0) this.#over += error
    else this.#under -= error
    const centered = truth - this.#center
    if (centered > 0) this.#above += centered
    else this.#below -= centered
    rows.add(nowMs, predicted, truth, Number.NaN)
    return { error: this.#bounded(Math.abs(error)), remark: undefined }
  }

  evaluate(rows: LabelledRows, count: number): { readonly metrics: Metrics; readonly classes: readonly [] } {
    const predicted = new Float64Array(count)
    const actual = new Float64Array(count)
    let place = 0
    rows.visit(count, (p, a) => {
      predicted[place] = p
      actual[place] = a
      place += 1
    })
    return { metrics: evaluateNumbers({ predicted, actual }), classes: [] }
  }

  totals(): ErrorTotals {
    const { absolute, squared, relative, relativeN, squaredTruth } = this.#sums
    return {
      over: this.#over,
      under: this.#under,
      absolute,
      squared,
      relative,
      relativeObservations: relativeN,
      center: this.#center,
      truthAbove: this.#above,
      truthBelow: this.#below,
      squaredTruth,
    }
  }

  /** Detectors need 0…1: one half is the average error of the first rows. */
  #bounded(absolute: number): number {
    if (this.#sums.n <= SCALE_ROWS) this.#scale = this.#sums.absolute / this.#sums.n
    return absolute === 0 ? 0 : absolute / (absolute + this.#scale)
  }
}
