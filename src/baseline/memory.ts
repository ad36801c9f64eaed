/** The variation of a column without drift, learned day by day; src/calibration writes and reads it. Plain data. */

/** Rows of the learned days by hour of the day, UTC; one entry instead of 24 when the hours are unknown. */
export interface HourCounts {
  /** [hour][bin], in the order of the column's bins. */
  readonly bins: number[][]
  /** [hour]: rows with a number, and the sum of their locations in standard deviations. */
  readonly values: number[]
  readonly locations: number[]
}

/** Deviations of windows of one length from their expectation. Arrays have one entry for each direction. */
export interface WindowMemory {
  readonly windowMs: number
  /** Days judged by the days before them. */
  days: number
  /** Sum over all windows; a window of n rows has the weight n / (n + 200). */
  weight: number
  /** Σ weight² · 2 / n²: the variance of the sum of excesses without any variation. */
  noise: number
  /** Σ weight · (squared deviation − that of independent rows), in variances of one row. */
  readonly excess: number[]
  /** The largest such excess in any window. */
  readonly largest: number[]
  /** Σ weight · deviation. */
  readonly bias: number[]
  /** Over single bins: Σ weight · excess and Σ weight · variance of one row. */
  clusterExcess: number
  clusterVariance: number
  /** Differences of location between successive windows: number, sum of squares, maximum. */
  steps: number
  stepSquares: number
  largestStep: number
  /** The largest step of each of the three days with the largest, largest first. Older files have `largestStep` alone. */
  dayLargest?: number[] | undefined
}

export interface ColumnMemoryState {
  /** Complete learned days. */
  readonly days: number
  readonly hours: HourCounts
  /** One entry for each window, shortest first. */
  readonly windows: readonly WindowMemory[]
}
