/** Decides from the first labels whether an output is a class or a number. */
import type { OutputPrediction, Truth } from './outcome.ts'
import type { Task } from './performance/index.ts'

export interface LabelledRow {
  readonly prediction: Pick<OutputPrediction, 'value' | 'score'>
  readonly actual: Truth
  readonly timeMs: number
}

/**
 * Texts and booleans are classes; so are labels of 0 and 1 with predictions in 0…1, and small repeated whole numbers on
 * both sides. Anything else is a number.
 */
export function taskOf(rows: readonly LabelledRow[], maxClasses: number): Task {
  const values = rows.flatMap(({ prediction, actual }) => [prediction.value, actual])
  if (values.some((value) => typeof numberOf(value) !== 'number')) return 'classification'
  const predicted = rows.map(({ prediction }) => Number(prediction.value))
  const actual = rows.map((row) => Number(row.actual))
  if (rows.some(({ prediction }) => prediction.score !== undefined)) return 'classification'
  const areFlags = actual.every((value) => value === 0 || value === 1)
  if (areFlags && predicted.every((value) => value >= 0 && value <= 1)) return 'classification'
  const isClass = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < maxClasses
  const all = [...predicted, ...actual]
  if (!all.every(isClass)) return 'regression'
  const distinct = new Set(all).size
  return distinct <= 3 || distinct <= rows.length / 3 ? 'classification' : 'regression'
}

/** The number in a value or text; `undefined` for a class. */
export function numberOf(value: Truth): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean' || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}
