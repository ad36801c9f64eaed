/** The interface of a drift statistic: one file each, registered in index.ts. */
import type { ColumnKind } from '../baseline/column-kind.ts'
import type { Curve } from '../sketches/curve.ts'

/** A column in a window and the same column in the baseline. */
export interface Comparison {
  /** Shares of the window's rows by bin; they add up to 1. */
  readonly live: Float64Array
  /** Shares of the baseline's rows by the same bins. */
  readonly baseline: Float64Array
  /** Rows of the window, and of the baseline. */
  readonly liveRows: number
  readonly baselineRows: number
  /** Only for numeric columns; these shares are of rows with a value. */
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

/** The distribution of a score without drift. */
export interface Null {
  /** Probability of a score above the quantile, 0…1: the false-alarm rate of one test. */
  readonly tail: number
  /** Variation of the window that more rows do not reduce, because rows come in clusters. In units of 1 / rows. */
  readonly excess: number
}

/** 1 / (number of independent rows) of a window of n rows and a baseline of m rows together. */
export function inverseRows(n: number, m: number, { excess }: Omit<Null, 'tail'>): number {
  return 1 / n + 1 / m + excess
}

/** The score that chance exceeds with probability `expected.tail`, but at least the smallest relevant effect. */
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
  /** The name in the configuration, and the value of the label `statistic`. */
  readonly name: string
  /** One sentence for the docs. */
  readonly summary: string
  readonly accepts: readonly ColumnKind[]
  readonly range: readonly [lowest: number, highest: number]
  /** The smallest relevant score, with the reason for it. */
  readonly effect: number
  readonly effectReason: string
  readonly compute: (comparison: Comparison) => number
  /** The score that chance alone exceeds with the tail probability of the null. */
  readonly nullQuantile: (comparison: Comparison, expected: Null) => number
  /** `effect` on the scale of the score, where the scale depends on the sample; unscaled when absent. */
  readonly scaledEffect?: (effect: number, comparison: Comparison) => number
  /** Probability of at least this score without drift, 0…1, for this single test. */
  readonly pValue?: (value: number, comparison: Comparison, expected: Omit<Null, 'tail'>) => number
}

/** Types the literal, so that the compiler reports a mistake in the statistic's own file. */
export function defineStatistic<const Definition extends Statistic>(definition: Definition): Definition {
  return definition
}
