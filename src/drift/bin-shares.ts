/** Shared code of the statistics over bins. The shipped PromQL repeats these constants: change both. */
import type { Comparison } from './statistic.ts'

/** Minimum share before a logarithm or a division. */
export const SHARE_FLOOR = 1e-4

/** Σ over bins of `term(live share, baseline share)`. */
export function sumBins({ live, baseline }: Comparison, term: (p: number, b: number) => number): number {
  let sum = 0
  for (let bin = 0; bin < baseline.length; bin += 1) sum += term(live[bin] ?? 0, baseline[bin] as number)
  return sum
}

/** `term` with both shares raised to the minimum. */
export function floored(term: (p: number, b: number) => number): (p: number, b: number) => number {
  return (p, b) => term(Math.max(p, SHARE_FLOOR), Math.max(b, SHARE_FLOOR))
}
