/** What a column was seen to vary by without drift, learned day by day; src/calibration makes and reads it. Plain data. */

/** Rows of the learned days by hour of the day, UTC; one entry instead of 24 where the hours are not known. */
export interface HourCounts {
  /** [hour][bin], in the order of the column's bins. */
  readonly bins: number[][]
  /** [hour]: rows with a number, and the sum of their locations in standard deviations. */
  readonly values: number[]
  readonly locations: number[]
}

/** How far windows of one length lay from what was expected of them. Arrays have one entry a direction. */
export interface WindowMemory {
  readonly windowMs: number
  /** Days that were judged by the days before them. */
  days: number
  /** Of all windows; one of n rows weighs n / (n + 200). */
  weight: number
  /** Σ weight² · 2 / n²: the variance that the sum of excesses has when nothing varies. */
  noise: number
  /** Σ weight · what the squared deviation exceeds that of independent rows by, in variances of one row. */
  readonly excess: number[]
  /** The largest of it in any window. */
  readonly largest: number[]
  /** Σ weight · deviation. */
  readonly bias: number[]
  /** Over single bins: Σ weight · excess and Σ weight · variance of one row. */
  clusterExcess: number
  clusterVariance: number
  /** Differences of location between one window and the next: their number, sum of squares and largest. */
  steps: number
  stepSquares: number
  largestStep: number
}

export interface ColumnMemoryState {
  /** Complete days that were learned. */
  readonly days: number
  readonly hours: HourCounts
  /** One entry a window, shortest first. */
  readonly windows: readonly WindowMemory[]
}
