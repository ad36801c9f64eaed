/** Metrics from predicted and true numbers; names follow scikit-learn. */

/**
 * Sums over rows; sums of parts add up. `y` is measured from `center`, so that squares of large numbers stay precise.
 */
export interface ErrorSums {
  n: number
  error: number
  absolute: number
  squared: number
  /** Over the rows with y ≠ 0. */
  relative: number
  relativeN: number
  truth: number
  squaredTruth: number
}

export const emptySums = (): ErrorSums => ({
  n: 0,
  error: 0,
  absolute: 0,
  squared: 0,
  relative: 0,
  relativeN: 0,
  truth: 0,
  squaredTruth: 0,
})

export function addError(sums: ErrorSums, predicted: number, actual: number, center: number): void {
  const error = predicted - actual
  const absolute = Math.abs(error)
  const centered = actual - center
  sums.n += 1
  sums.error += error
  sums.absolute += absolute
  sums.squared += error * error
  if (actual !== 0) {
    sums.relative += absolute / Math.abs(actual)
    sums.relativeN += 1
  }
  sums.truth += centered
  sums.squaredTruth += centered * centered
}

/** `whole` minus `part`, for the jackknife. */
export function without(whole: ErrorSums, part: ErrorSums): ErrorSums {
  return {
    n: whole.n - part.n,
    error: whole.error - part.error,
    absolute: whole.absolute - part.absolute,
    squared: whole.squared - part.squared,
    relative: whole.relative - part.relative,
    relativeN: whole.relativeN - part.relativeN,
    truth: whole.truth - part.truth,
    squaredTruth: whole.squaredTruth - part.squaredTruth,
  }
}

export function add(whole: ErrorSums, part: ErrorSums): void {
  whole.n += part.n
  whole.error += part.error
  whole.absolute += part.absolute
  whole.squared += part.squared
  whole.relative += part.relative
  whole.relativeN += part.relativeN
  whole.truth += part.truth
  whole.squaredTruth += part.squaredTruth
}

export interface ErrorMetrics {
  readonly rmse: number
  readonly mae: number
  /** Excludes rows with a true value of 0. */
  readonly mape: number | undefined
  /** Mean of predicted minus actual. */
  readonly bias: number
  /** `undefined` when the true values do not vary. */
  readonly r2: number | undefined
}

/** `undefined` without rows. */
export function errorMetrics(sums: ErrorSums): ErrorMetrics | undefined {
  const { n, error, absolute, squared, relative, relativeN, truth, squaredTruth } = sums
  if (n === 0) return undefined
  const spread = squaredTruth - (truth * truth) / n
  return {
    rmse: Math.sqrt(squared / n),
    mae: absolute / n,
    mape: relativeN === 0 ? undefined : relative / relativeN,
    bias: error / n,
    r2: spread > 1e-12 * Math.max(squaredTruth, Number.MIN_VALUE) ? 1 - squared / spread : undefined,
  }
}
