/** Divides the allowed false alarms among columns, windows, looks and directions. */
import type { FalseAlarmBudget } from '../drift/options.ts'

/** Windows slide: a window of length W counts as this many tests in a time W. */
const LOOKS_PER_WINDOW = 5
/** Directions of a column overlap; they count as this many independent ones. */
const DIRECTIONS = 10

export interface TestPlan {
  readonly budget: FalseAlarmBudget
  readonly windowsMs: readonly number[]
  readonly columns: number
}

/** Probability with which one direction of one window may exceed its limit, by window. */
export function tailsPerTest({ budget, windowsMs, columns }: TestPlan): number[] {
  return windowsMs.map((windowMs) => {
    const looks = LOOKS_PER_WINDOW * Math.max(budget.perMs / windowMs, 1)
    return Math.min(budget.count / (windowsMs.length * Math.max(columns, 1) * looks * DIRECTIONS), 0.05)
  })
}

/** The same for a single look at a whole file. */
export function tailPerFile(probability: number, columns: number): number {
  return Math.min(probability / (Math.max(columns, 1) * DIRECTIONS), 0.05)
}
