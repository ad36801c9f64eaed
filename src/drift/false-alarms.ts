/**
 * Divides the allowed false alarms among the tests, so that the budget holds for the model as a whole.
 *
 * Windows slide, so evaluations of one window overlap and are not independent tests. For a stationary score with a
 * correlation that decreases linearly over the window's length W, the expected number of separate exceedances of a high
 * level in a time T is about T/W times x·P(score > x), where x is the squared level in standard deviations (Aldous,
 * "Probability Approximations via the Poisson Clumping Heuristic", section B: the clump rate for a triangular
 * correlation). A window therefore counts as x tests for each length, or as the number of evaluations if that is
 * smaller.
 */
import { normalQuantile } from './distributions.ts'
import type { FalseAlarmBudget } from './options.ts'

export interface TestPlan {
  readonly budget: FalseAlarmBudget
  readonly windowsMs: readonly number[]
  readonly evaluationIntervalMs: number
  /** Number of columns times statistics of each. */
  readonly scores: number
}

/** Probability with which one score may exceed its null quantile. */
export function tailPerTest({ budget, windowsMs, evaluationIntervalMs, scores }: TestPlan): number {
  // The number of tests depends on the level, and the level on that number; three iterations converge.
  let tail = 1e-6
  for (let round = 0; round < 3; round += 1) {
    const clumps = normalQuantile(tail / 2) ** 2
    const tests = windowsMs.reduce((sum, windowMs) => {
      const perWindow = Math.min(clumps, Math.max(windowMs / evaluationIntervalMs, 1))
      return sum + Math.max(budget.perMs / windowMs, 1) * perWindow
    }, 0)
    tail = Math.min(budget.count / (tests * Math.max(scores, 1)), 0.05)
  }
  return tail
}
