/** What a drift statistic is: one file each, registered in index.ts. */
import type { ColumnKind } from '../baseline/column-kind.ts'
import type { Curve } from '../sketches/curve.ts'

/** A column in a window beside the same column in the baseline. */
export interface Comparison {
  /** Shares of the window's rows by bin; they add up to 1. */
  readonly live: Float64Array
  /** Shares of the baseline's rows by the same bins. */
  readonly baseline: Float64Array
  /** Rows of the window, and of the baseline. */
  readonly liveRows: number
  readonly baselineRows: number
  /** Only for columns of numbers; the shares here are of the values, rows without one left out. */
  readonly numbers?: NumberComparison | undefined
}

export interface NumberComparison {
  readonly live: Curve
  readonly baseline: Curve
  readonly liveValues: number
  readonly baselineValues: number
  /** Of the baseline, > 0; floored for a constant column. */
  readonly standardDeviation: number
  /** ∫ √(B(1−B)) dx of the baseline's curve B. */
  readonly spread: number
}

/** What a score is compared with when nothing has drifted. */
export interface Null {
  /** Probability of a score above the quantile, 0…1: the false alarms that one test may give. */
  readonly tail: number
  /** What the window varies by besides, however many rows it has, because rows come in clusters. In units of 1 / rows. */
  readonly excess: number
}

/** One over the number of independent rows that a window of n rows and a baseline of m are worth together. */
export function inverseRows(n: number, m: number, { excess }: Omit<Null, 'tail'>): number {
  return 1 / n + 1 / m + excess
}

/** What a score exceeds by chance with the probability `expected.tail`, and at least the smallest effect worth an alarm. */
export function chanceThreshold(
  { nullQuantile, scaledEffect }: Statistic,
  comparison: Comparison,
  expected: Null,
  effect: number,
): number {
  const smallest = scaledEffect?.(effect, comparison) ?? effect
  return Math.max(smallest, nullQuantile(comparison, expected))
}

export interface Statistic {
  /** As users write it, and the value of the label `statistic`. */
  readonly name: string
  /** One sentence for the docs. */
  readonly summary: string
  readonly accepts: readonly ColumnKind[]
  readonly range: readonly [lowest: number, highest: number]
  /** Smallest score worth a person's time, and why this one. */
  readonly effect: number
  readonly effectReason: string
  readonly compute: (comparison: Comparison) => number
  /** The score that chance alone exceeds with the probability of the null. */
  readonly nullQuantile: (comparison: Comparison, expected: Null) => number
  /** `effect` on the scale of the score where that depends on the sample; as it is when absent. */
  readonly scaledEffect?: (effect: number, comparison: Comparison) => number
  /** Probability of at least this score without drift, 0…1, of this one test alone; for those who ask for it. */
  readonly pValue?: (value: number, comparison: Comparison, expected: Omit<Null, 'tail'>) => number
}

/** Gives the literal its type, so that a mistake shows in the statistic's own file. */
export function defineStatistic<const Definition extends Statistic>(definition: Definition): Definition {
  return definition
}
