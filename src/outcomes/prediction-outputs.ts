// HOT: per row
/**
 * The outputs of a prediction to which a label can refer, found by the names of its columns:
 *
 *     X_class, X_confidence, X_0, X_1 …     output X: a class with its probabilities
 *     X, X_score | _probability | _proba | _confidence     output X with a score
 *     a text or true/false, and one lonely score           that output with that score
 *     any other number                                     an output: a value, or a score by itself
 */
import { CELL, type Column, type ColumnSet } from '../records/record-batch.ts'
import type { OutputOptions } from './options.ts'
import type { OutputPrediction, Truth } from './outcome.ts'

/** Maximum outputs of one prediction; a model with more returns a vector, and labels for vectors have no form. */
const MAX_OUTPUTS = 8
/** Half of the error of rounding to six digits. */
const MARGIN_TOLERANCE = 5e-6

interface OutputColumns {
  readonly output: string
  readonly prediction: string
  readonly score: string | undefined
  /** For a class with its probabilities: that of the second class, and the margin to the next best one. */
  readonly second: string | undefined
  readonly margin: string | undefined
}

export class PredictionOutputs {
  readonly #configured: readonly OutputColumns[] | undefined
  /** Names of the columns that the plan was made for. */
  #names: readonly string[] = []
  #kinds = ''
  #plan: readonly OutputColumns[] = []

  constructor(configured: Readonly<Record<string, OutputOptions>>) {
    const entries = Object.entries(configured)
    this.#configured =
      entries.length === 0
        ? undefined
        : entries.map(([output, { prediction, score }]) => ({
            output,
            prediction,
            score,
            second: undefined,
            margin: undefined,
          }))
  }

  /** Outputs of one row; empty when no label can refer to it. */
  of(set: ColumnSet, row: number): (OutputPrediction & { readonly output: string })[] {
    const outputs: (OutputPrediction & { readonly output: string })[] = []
    for (const columns of this.#configured ?? this.#planFor(set.columns, row)) {
      const column = set.find(columns.prediction)
      const value = column === undefined ? undefined : valueOf(column, row)
      if (value === undefined) continue
      outputs.push({ output: columns.output, value, score: scoreOf(set, columns, row) })
    }
    return outputs
  }

  #planFor(columns: readonly Column[], row: number): readonly OutputColumns[] {
    // Rows of one model usually have the same columns, so the last plan usually fits.
    let fits = columns.length === this.#names.length
    for (let place = 0; fits && place < columns.length; place += 1) {
      const column = columns[place] as Column
      fits =
        column.name === this.#names[place] &&
        (column.tags[row] === CELL.NUMBER) === (this.#kinds[place] === 'n')
    }
    if (fits) return this.#plan
    this.#names = columns.map(({ name }) => name)
    this.#kinds = columns.map(({ tags }) => (tags[row] === CELL.NUMBER ? 'n' : 't')).join('')
    return (this.#plan = planOf(this.#names, this.#kinds))
  }
}

const SCORE_ENDINGS = ['_score', '_probability', '_proba', '_confidence', '_prob']
const LONELY_SCORE =
  /^(?:score|probability|proba|prob|confidence|prediction_(?:score|probability|proba|prob|confidence))$/

function planOf(names: readonly string[], kinds: string): readonly OutputColumns[] {
  const known = new Set(names)
  const taken = new Set<string>()
  const plan: OutputColumns[] = []
  for (const name of names) {
    const base = name.replace(/_class$/, '')
    if (base === name || !known.has(`${base}_confidence`)) continue
    const of = (ending: string): string | undefined =>
      known.has(`${base}${ending}`) ? `${base}${ending}` : undefined
    plan.push({
      output: base,
      prediction: name,
      score: `${base}_confidence`,
      second: of('_2') === undefined ? of('_1') : undefined,
      margin: of('_margin'),
    })
    for (const other of names) if (other === name || other.startsWith(`${base}_`)) taken.add(other)
  }
  const rest = names.filter((name) => !taken.has(name))
  const scoreFor = (name: string): string | undefined =>
    rest.find((other) => SCORE_ENDINGS.some((ending) => other === `${name}${ending}`))
  for (const name of rest) {
    const score = scoreFor(name)
    if (score !== undefined) taken.add(score)
  }
  const outputs = rest.filter((name) => !taken.has(name))
  const lonely = outputs.filter((name) => LONELY_SCORE.test(name))
  const others = outputs.filter((name) => !LONELY_SCORE.test(name))
  // A class with a single unclaimed score: the score belongs to the class.
  const [soleClass] = others
  const isPair =
    lonely.length === 1 &&
    others.length === 1 &&
    soleClass !== undefined &&
    kinds[names.indexOf(soleClass)] === 't'
  for (const name of isPair ? others : outputs) {
    const score = isPair ? lonely[0] : scoreFor(name)
    plan.push({ output: name, prediction: name, score, second: undefined, margin: undefined })
  }
  return plan.length > MAX_OUTPUTS ? [] : plan
}

function valueOf(column: Column, row: number): Truth | undefined {
  const number = column.numbers[row] as number
  switch (column.tags[row]) {
    case CELL.NUMBER:
      return Number.isFinite(number) ? number : undefined
    case CELL.BOOLEAN:
      return number === 1
    case CELL.TEXT:
      return column.texts[row]
    default:
      return undefined
  }
}

/** Probability of the second of two classes, or of the predicted one of more. */
function scoreOf(
  set: ColumnSet,
  { prediction, score, second, margin }: OutputColumns,
  row: number,
): number | undefined {
  if (score === undefined) return undefined
  const confidence = numberIn(set, score, row)
  if (confidence === undefined || margin === undefined) return confidence
  if (second !== undefined) return numberIn(set, second, row) ?? confidence
  const gap = numberIn(set, margin, row)
  const areTwo = gap !== undefined && Math.abs(gap - (2 * confidence - 1)) <= MARGIN_TOLERANCE
  // Two numeric classes: the score belongs to class 1.
  return areTwo && numberIn(set, prediction, row) === 0 ? 1 - confidence : confidence
}

function numberIn(set: ColumnSet, name: string, row: number): number | undefined {
  const column = set.find(name)
  if (column?.tags[row] !== CELL.NUMBER) return undefined
  const number = column.numbers[row] as number
  return Number.isFinite(number) ? number : undefined
}
