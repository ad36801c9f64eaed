/** Threshold at which a performance is worse than the reference by more than chance. */
import { normalQuantile } from '../drift/distributions.ts'
import { tailPerTest } from '../drift/false-alarms.ts'
import type { FalseAlarmBudget } from '../drift/options.ts'
import { findMetric, type MetricName } from './performance/index.ts'
import type { Estimate } from './performance/scores.ts'

export interface ReferenceMetric extends Estimate {
  readonly rows: number
}

/** Standard errors either side of the interval: 95 %. */
const INTERVAL_ERRORS = 1.959963984540054

/**
 * In a window of n rows of an unchanged model, a metric differs from the reference by chance with variance error² · (1
 * + rows / n): the variance of the reference plus that of the window's n rows.
 *
 * @param tail false-alarm probability of one test, 0…1
 * @returns `undefined` for a metric without a worse side, or without a known error
 */
export function thresholdOf(
  name: MetricName,
  { value, error, rows }: ReferenceMetric,
  liveRows: number,
  tail: number,
): number | undefined {
  const { better, range } = findMetric(name)
  if (better === 'none' || error === undefined || liveRows === 0) return undefined
  const reach = normalQuantile(tail) * error * Math.sqrt(1 + rows / liveRows)
  const [least, most] = range
  return better === 'higher' ? Math.max(least, value - reach) : Math.min(most, value + reach)
}

export function isWorse(name: MetricName, value: number, threshold: number): boolean {
  const { better } = findMetric(name)
  return better === 'higher' ? value < threshold : better === 'lower' && value > threshold
}

/** The interval that contains the true value 19 times out of 20. */
export function intervalOf(
  name: MetricName,
  { value, error }: Estimate,
  rows: number,
): { readonly lower: number; readonly upper: number } | undefined {
  if (name === 'accuracy') return wilson(value, rows)
  if (error === undefined) return undefined
  const [least, most] = findMetric(name).range
  return {
    lower: Math.max(least, value - INTERVAL_ERRORS * error),
    upper: Math.min(most, value + INTERVAL_ERRORS * error),
  }
}

/** Wilson 1927. */
function wilson(share: number, n: number): { readonly lower: number; readonly upper: number } {
  const z2 = INTERVAL_ERRORS ** 2
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n)
  const reach = (INTERVAL_ERRORS / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))
  return { lower: middle - reach, upper: middle + reach }
}

export interface ThresholdPlan {
  readonly budget: FalseAlarmBudget
  readonly windowsMs: readonly number[]
  readonly evaluationIntervalMs: number
  readonly metrics: number
}

/** The same budget as for drift: false alarms in a period, over all windows and metrics of an output. */
export function performanceTail({ metrics, ...plan }: ThresholdPlan): number {
  return tailPerTest({ ...plan, scores: metrics })
}
