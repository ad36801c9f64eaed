/** Adjacent doubles, and the shortest number between two doubles. */
const double = new Float64Array(1)
const bits = new BigInt64Array(double.buffer)

/** The largest double below a finite one: a cell from it to `value` holds only this value. */
export function nextBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE
  double[0] = value
  bits[0] = (bits[0] as bigint) + (value > 0 ? -1n : 1n)
  return double[0]
}

/** Digits after which the search for a short number stops. */
const MOST_STEPS = 17

/** The number with the fewest decimal digits that is at least `low` and below `high`. */
export function shortestBetween(low: number, high: number): number {
  if (low <= 0 && high > 0) return 0
  const width = high - low
  // Adjacent whole numbers, or numbers too near or too far for the arithmetic.
  if (width === 1 && Number.isSafeInteger(low)) return low
  let power = Math.ceil(Math.log10(width))
  if (!Number.isFinite(power)) return low
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const unit = 10 ** power
    const candidate = Number((Math.ceil(low / unit) * unit).toPrecision(15))
    if (candidate >= low && candidate < high) return candidate
    power -= 1
  }
  return low
}
