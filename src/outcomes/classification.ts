/** One output with class values: compares predicted and actual classes. */
import { ClassNames } from './class-names.ts'
import type { LabelledRows } from './labelled-rows.ts'
import type { LabelRemark, Truth } from './outcome.ts'
import { evaluateClasses, type Metrics } from './performance/evaluate.ts'
import type { ScoredRows } from './performance/scores.ts'
import { ScoreTally } from './score-tally.ts'
import type { ClassSnapshot, ConfusionCell, ScoreSums } from './snapshot.ts'
import { type LabelledRow, numberOf } from './task.ts'

export interface ClassificationOptions {
  readonly classes: readonly string[]
  readonly positive: Truth | undefined
  readonly threshold: number
  readonly maxClasses: number
  readonly scoreBins: number
}

export interface CountedLabel {
  /** Error of the prediction, 0…1. */
  readonly error: number
  readonly remark: LabelRemark | undefined
}

export class Classification {
  readonly #options: ClassificationOptions
  readonly #names: ClassNames
  /** Predictions are only scores of the positive class. */
  readonly #isScore: boolean
  /** The class that scores are the probability of; `undefined` for the predicted one. */
  readonly #scoreClass: string | undefined
  readonly #positive: string | undefined
  readonly #negative: string | undefined
  readonly #counts: Float64Array
  readonly #scores: ScoreTally
  #hasScores = false

  /** @param first rows used to determine the classes; they are not counted */
  constructor(options: ClassificationOptions, first: readonly LabelledRow[]) {
    this.#options = options
    this.#names = new ClassNames(options.maxClasses, options.classes)
    this.#counts = new Float64Array((options.maxClasses + 1) ** 2)
    this.#scores = new ScoreTally(options.scoreBins)
    this.#names.usesBooleans = first.some(({ prediction }) => typeof prediction.value === 'boolean')
    this.#isScore = isScoreOnly(first)
    const seen = new Set(options.classes)
    for (const { prediction, actual } of first) {
      if (!this.#isScore) seen.add(this.#names.nameOf(prediction.value))
      seen.add(this.#names.nameOf(actual))
    }
    const zeroOne = this.#names.usesBooleans ? ['false', 'true'] : ['0', '1']
    const areFlags = [...seen].every((name) => zeroOne.includes(name))
    const classes = areFlags ? zeroOne : [...seen].sort()
    const wanted = options.positive === undefined ? undefined : this.#names.nameOf(options.positive)
    if (wanted !== undefined && !classes.includes(wanted)) classes.push(wanted)
    for (const name of classes) this.#names.add(name)
    const [low = '', high = ''] = classes
    const areTwo = classes.length === 2
    const meaning = this.#isScore || !areTwo ? undefined : scoreMeaningOf(first, classes, this.#names)
    const scored = meaning === undefined || meaning === 'predicted' ? undefined : meaning.of
    this.#positive = areTwo
      ? (wanted ?? (areFlags ? high : (scored ?? high)))
      : this.#isScore
        ? (wanted ?? '1')
        : undefined
    this.#negative = areTwo && this.#positive === high ? low : classes.find((name) => name !== this.#positive)
    const isOther = !first.some(({ prediction }) => this.#names.nameOf(prediction.value) === this.#positive)
    const isOfPredicted = meaning === 'predicted' || (meaning === undefined && areTwo && isOther)
    this.#scoreClass = isOfPredicted ? undefined : (scored ?? this.#positive)
  }

  /** `undefined` when the label is not valid for this output. */
  add(row: LabelledRow, rows: LabelledRows, nowMs: number): CountedLabel | undefined {
    const actualName = this.#names.nameOf(row.actual)
    const isNew = this.#names.find(actualName) === undefined
    const actual = this.#names.add(actualName)
    const probability = this.#probability(row)
    const predictedName = this.#isScore ? this.#called(probability) : this.#names.nameOf(row.prediction.value)
    if (predictedName === undefined) return undefined
    const predicted = this.#names.add(predictedName)
    const cell = predicted * (this.#options.maxClasses + 1) + actual
    this.#counts[cell] = (this.#counts[cell] as number) + 1
    if (probability !== undefined && this.#positive !== undefined && this.#names.names.length <= 2) {
      this.#hasScores = true
      this.#scores.add(probability, actualName === this.#positive)
    }
    rows.add(nowMs, predicted, actual, probability ?? Number.NaN)
    const isRight = predictedName === actualName
    const remark = actual === this.#names.other ? 'class_limit' : isNew ? 'unseen_class' : undefined
    return { error: isRight ? 0 : 1, remark }
  }

  /** The latest `count` rows. */
  evaluate(
    rows: LabelledRows,
    count: number,
  ): { readonly metrics: Metrics; readonly classes: readonly ClassSnapshot[] } {
    const predicted = new Uint16Array(count)
    const actual = new Uint16Array(count)
    const scores = new Float64Array(count)
    const positives = new Uint8Array(count)
    const positive = this.#positive === undefined ? undefined : this.#names.find(this.#positive)
    const areTwo = positive !== undefined && this.#names.names.length <= 2
    let place = 0
    let scored = 0
    rows.visit(count, (p, a, score) => {
      predicted[place] = p
      actual[place] = a
      place += 1
      if (Number.isNaN(score)) return
      scores[scored] = score
      positives[scored] = a === (areTwo ? positive : p) ? 1 : 0
      scored += 1
    })
    const usable: ScoredRows | undefined =
      scored > 0 && (areTwo || this.#positive === undefined)
        ? { scores: scores.subarray(0, scored), positives: positives.subarray(0, scored) }
        : undefined
    const { metrics, perClass } = evaluateClasses({
      predicted,
      actual,
      classes: this.#options.maxClasses + 1,
      positive: areTwo ? positive : undefined,
      scored: usable,
    })
    const classes = perClass.flatMap((of, index) =>
      of === undefined ? [] : [{ name: this.#names.label(index), ...of }],
    )
    return { metrics, classes }
  }

  /** Every pair of known classes, including zero counts; `other` only if it occurred. */
  cells(): readonly ConfusionCell[] {
    const size = this.#options.maxClasses + 1
    const known = this.#names.names.map((_, index) => index)
    const other = this.#names.other
    const hasOther =
      known.some(
        (index) =>
          (this.#counts[other * size + index] as number) + (this.#counts[index * size + other] as number) > 0,
      ) || (this.#counts[other * size + other] as number) > 0
    const all = hasOther ? [...known, other] : known
    return all.flatMap((predicted) =>
      all.map((actual) => ({
        predicted: this.#names.label(predicted),
        actual: this.#names.label(actual),
        count: this.#counts[predicted * size + actual] as number,
      })),
    )
  }

  scoreSums(): ScoreSums | undefined {
    return this.#hasScores && this.#positive !== undefined ? this.#scores.snapshot(this.#positive) : undefined
  }

  /** Of the positive class, 0…1; `undefined` without one. */
  #probability({ prediction }: LabelledRow): number | undefined {
    if (this.#isScore) {
      const number = numberOf(prediction.value)
      return number !== undefined && number >= 0 && number <= 1 ? number : undefined
    }
    const { score, value } = prediction
    if (score === undefined || !(score >= 0 && score <= 1)) return undefined
    // Of more than two classes, that of the predicted one.
    if (this.#positive === undefined) return score
    return (this.#scoreClass ?? this.#names.nameOf(value)) === this.#positive ? score : 1 - score
  }

  #called(probability: number | undefined): string | undefined {
    if (probability === undefined) return undefined
    return probability >= this.#options.threshold
      ? this.#positive
      : (this.#negative ?? (this.#positive === '1' ? '0' : '1'))
  }
}

/** Numeric predictions with class labels, where at least one number is not a class itself. */
function isScoreOnly(rows: readonly LabelledRow[]): boolean {
  const numbers = rows.map(({ prediction }) =>
    prediction.score === undefined ? numberOf(prediction.value) : undefined,
  )
  if (numbers.some((number) => number === undefined || number < 0 || number > 1)) return false
  return (
    numbers.some((number) => !Number.isInteger(number)) ||
    rows.some(({ actual }) => numberOf(actual) === undefined && typeof actual !== 'boolean')
  )
}

/**
 * What the score of a class answer is the probability of: the predicted class, whose score is never below one half of two,
 * or one class always, whose score is low whenever the other one is predicted. `undefined` while nothing says which.
 */
function scoreMeaningOf(
  rows: readonly LabelledRow[],
  [low = '', high = '']: readonly string[],
  names: ClassNames,
): 'predicted' | { readonly of: string } | undefined {
  const meanOf = (name: string): number => {
    const scores = rows.flatMap(({ prediction: { score, value } }) =>
      score === undefined || names.nameOf(value) !== name ? [] : [score],
    )
    return scores.reduce((sum, score) => sum + score, 0) / scores.length
  }
  const [lowMean, highMean] = [meanOf(low), meanOf(high)]
  // A class that was never predicted has no mean.
  if (Number.isNaN(highMean)) return lowMean < 0.5 ? { of: high } : undefined
  if (Number.isNaN(lowMean)) return highMean < 0.5 ? { of: low } : undefined
  if (lowMean >= 0.5 && highMean >= 0.5) return 'predicted'
  return { of: lowMean > highMean ? low : high }
}
