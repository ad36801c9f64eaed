/** The verdict on a column over the whole file, and its most relevant score. */
import { type ReplayedColumn, type ReplayedScore, type ReplayedWindow, WHOLE } from './result.ts'

export interface Headline {
  readonly score: ReplayedScore
  /** The score as a multiple of its threshold. */
  readonly excess: number
}

/** `drifted`: over the whole file. `drifted at the end`: only in windows at its end. */
export type Verdict = 'drifted' | 'drifted at the end' | 'no drift' | 'too few rows'

export function verdictOf({ windows }: ReplayedColumn): Verdict {
  const scored = windows.filter(({ scores }) => scores.length > 0)
  if (scored.length === 0) return 'too few rows'
  const drifted = scored.filter(({ scores }) => scores.some((score) => score.drifted))
  if (drifted.length === 0) return 'no drift'
  return drifted.some(({ window }) => window === WHOLE) ? 'drifted' : 'drifted at the end'
}

/** The score of a window with the highest multiple of its threshold. */
export function headlineOf(window: ReplayedWindow | undefined): Headline | undefined {
  const excesses = (window?.scores ?? []).map((score) => ({ score, excess: excessOf(score) }))
  return excesses.toSorted((a, b) => b.excess - a.excess)[0]
}

export function wholeOf({ windows }: ReplayedColumn): ReplayedWindow | undefined {
  return windows.find(({ window }) => window === WHOLE)
}

const ORDER: readonly Verdict[] = ['drifted', 'drifted at the end', 'no drift', 'too few rows']

/** Drifted ones first, then by the highest multiple of the threshold. */
export function byUrgency(columns: readonly ReplayedColumn[]): ReplayedColumn[] {
  const rank = (column: ReplayedColumn): number => ORDER.indexOf(verdictOf(column))
  const excess = (column: ReplayedColumn): number => headlineOf(wholeOf(column))?.excess ?? 0
  return columns.toSorted((a, b) => rank(a) - rank(b) || excess(b) - excess(a))
}

function excessOf({ value, threshold }: ReplayedScore): number {
  return threshold > 0 ? value / threshold : value > 0 ? Infinity : 0
}
