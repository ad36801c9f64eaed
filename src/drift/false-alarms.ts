/**
 * Spreads the false alarms that a user allows over the tests that are made, so that the promise holds for the model
 * as a whole.
 *
 * Windows slide: evaluations of one window overlap and are not tests of their own. For a stationary score whose
 * correlation falls off linearly over the window's length W, the expected number of separate exceedances of a high
 * level in a time T is about T/W times x·P(score > x), x being the squared level in standard deviations (Aldous,
 * "Probability Approximations via the Poisson Clumping Heuristic", section B: the clump rate for a triangular
 * correlation). So a window counts as x tests per length, or as many as there are evaluations when that is fewer.
 */
import { normalQuantile } from './distributions.ts'
import type { FalseAlarmBudget } from './options.ts'

export interface TestPlan {
  readonly budget: FalseAlarmBudget
  readonly windowsMs: readonly number[]
  readonly evaluationIntervalMs: number
  /** Columns × statistics of each. */
  readonly scores: number
}

/** Probability with which one score may exceed its null quantile. */
export function tailPerTest({ budget, windowsMs, evaluationIntervalMs, scores }: TestPlan): number {
  // The number of tests depends on the level and the level on their number; three rounds settle it.
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
