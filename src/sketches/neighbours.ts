/** Doubles next to each other, and short ones between two of them. */
const double = new Float64Array(1)
const bits = new BigInt64Array(double.buffer)

/** The largest double below a finite one: the cell from there to `value` holds this value alone. */
export function nextBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE
  double[0] = value
  bits[0] = (bits[0] as bigint) + (value > 0 ? -1n : 1n)
  return double[0]
}

/** Digits after which a short number is not looked for any more. */
const MOST_STEPS = 17

/** The number with the fewest decimal digits that is at least `low` and below `high`. */
export function shortestBetween(low: number, high: number): number {
  if (low <= 0 && high > 0) return 0
  const width = high - low
  // Whole numbers next to each other, or numbers too near or too far for the arithmetic.
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
