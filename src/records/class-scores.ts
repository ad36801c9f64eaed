// HOT: per value
/** Derives the predicted class and its confidence from class probabilities. */
import type { ColumnSet } from './record-batch.ts'

/** Tolerance for the sum of probabilities: half precision, and rounding to three digits. */
const SUM_TOLERANCE = 2e-3

/** Values `[from, to)` of an array or a tensor. */
export interface Range {
  readonly values: ArrayLike<unknown>
  readonly from: number
  readonly to: number
}

/** Whether these are two or more probabilities of exclusive classes. */
export function isDistribution({ values, from, to }: Range): boolean {
  if (to - from < 2) return false
  let sum = 0
  for (let index = from; index < to; index += 1) {
    const value = values[index]
    // Negated, so that NaN is rejected.
    if (typeof value !== 'number' || !(value >= 0 && value <= 1 + SUM_TOLERANCE)) return false
    sum += value
  }
  return Math.abs(sum - 1) <= SUM_TOLERANCE
}

/**
 * Writes row `row` of `_class` (the label, or the index without labels), `_confidence` (the highest score), `_margin`
 * (distance to the second highest) and `_entropy` (in nats; 0 for certainty, ln k for k equal scores). With equal
 * scores, the first one is the class.
 */
export function writeClass(
  set: ColumnSet,
  row: number,
  name: string,
  { values, from, to, labels }: Range & { readonly labels?: readonly string[] },
): void {
  let best = from
  let first = -Infinity
  let second = -Infinity
  let entropy = 0
  for (let index = from; index < to; index += 1) {
    const value = values[index] as number
    if (value > first) {
      second = first
      first = value
      best = index
    } else if (value > second) second = value
    if (value > 0) entropy -= value * Math.log(value)
  }
  const label = labels?.[best - from]
  const column = set.column(`${name}_class`)
  if (label === undefined) column.setNumber(row, best - from)
  else column.setText(row, label)
  writeConfidence(set, row, name, first, second)
  set.column(`${name}_entropy`).setNumber(row, Math.max(0, entropy))
}

/** The same for an answer with only the best classes, where an entropy would be wrong. */
export function writeTopClass(
  set: ColumnSet,
  row: number,
  name: string,
  ranked: readonly { readonly label: string; readonly score: number }[],
): void {
  let best = ranked[0]
  let second = -Infinity
  for (const entry of ranked.slice(1)) {
    if (best === undefined || entry.score > best.score) {
      second = best?.score ?? second
      best = entry
    } else if (entry.score > second) second = entry.score
  }
  if (best === undefined) return
  set.column(`${name}_class`).setText(row, best.label)
  writeConfidence(set, row, name, best.score, second)
}

function writeConfidence(set: ColumnSet, row: number, name: string, first: number, second: number): void {
  set.column(`${name}_confidence`).setNumber(row, first)
  if (second > -Infinity) set.column(`${name}_margin`).setNumber(row, first - second)
}
