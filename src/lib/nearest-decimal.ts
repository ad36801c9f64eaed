// HOT: per value
/**
 * Restores the decimal of a 32-bit float: 0.10000000149011612, as printed for 0.1 in a float32 array, becomes 0.1
 * again. A number therefore has the same value from a file, JSON or a tensor.
 *
 * One double in 2^29 is a 32-bit float by chance; the decimal is then within 6e-8 of it. Integers stay unchanged.
 */
export function nearestDecimal(value: number): number {
  // NaN is unequal to itself and stays unchanged too.
  if (Math.fround(value) !== value || Number.isInteger(value)) return value
  return decimalOfFloat32(value)
}

const FEWEST_DIGITS = 7
const MOST_DIGITS = 9

function decimalOfFloat32(value: number): number {
  const size = Math.abs(value)
  // 7 to 9 digits distinguish 32-bit floats. Powers of ten that are exact doubles are used, so a division rounds once:
  // a tenth of the time of formatting text.
  if (size >= 1e-5 && size < 1e7) {
    const scale = scaleOf(size)
    const sign = value < 0 ? -1 : 1
    const seven = (sign * Math.round(size * scale)) / scale
    if (Math.fround(seven) === value) return seven
    const eight = (sign * Math.round(size * (10 * scale))) / (10 * scale)
    if (Math.fround(eight) === value) return eight
    return (sign * Math.round(size * (100 * scale))) / (100 * scale)
  }
  for (let digits = FEWEST_DIGITS; digits <= MOST_DIGITS; digits += 1) {
    const decimal = Number(value.toPrecision(digits))
    if (Math.fround(decimal) === value) return decimal
  }
  return value
}

/** Factor that gives the number seven integer digits; comparisons are faster than a logarithm. */
function scaleOf(size: number): number {
  if (size >= 1) {
    if (size < 1e1) return 1e6
    if (size < 1e2) return 1e5
    if (size < 1e3) return 1e4
    if (size < 1e4) return 1e3
    if (size < 1e5) return 1e2
    return size < 1e6 ? 1e1 : 1
  }
  if (size >= 1e-1) return 1e7
  if (size >= 1e-2) return 1e8
  if (size >= 1e-3) return 1e9
  return size >= 1e-4 ? 1e10 : 1e11
}

/**
 * The shortest decimal with this low-precision float as its nearest value.
 *
 * @param halfStep half the distance to the next float
 */
export function shortestDecimal(value: number, halfStep: number): number {
  for (let digits = 1; digits < FEWEST_DIGITS; digits += 1) {
    const decimal = Number(value.toPrecision(digits))
    if (Math.abs(decimal - value) < halfStep) return decimal
  }
  return value
}
