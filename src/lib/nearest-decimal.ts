// HOT: per value
/**
 * A 32-bit float has its decimal as nearest value: 0.10000000149011612, which is what a float32 array prints of 0.1, is
 * 0.1 again. So the same number is the same value, whether a file, JSON or a tensor carried it.
 *
 * One double in 2^29 is a 32-bit float by chance; the decimal is then within 6e-8 of it. Integers stay as they are.
 */
export function nearestDecimal(value: number): number {
  // NaN is unequal to itself and stays, too.
  if (Math.fround(value) !== value || Number.isInteger(value)) return value
  return decimalOfFloat32(value)
}

/** 10^0 … 10^14: exact as doubles, so that dividing by one is rounded once. */
const POWERS = Float64Array.from({ length: 15 }, (_, exponent) => 10 ** exponent)
const FEWEST_DIGITS = 7
const MOST_DIGITS = 9

function decimalOfFloat32(value: number): number {
  const size = Math.abs(value)
  // 7 to 9 digits tell two 32-bit floats apart. Without the text: 15 ns instead of 250.
  if (size >= 1e-5 && size < 1e7) {
    const exponent = Math.floor(Math.log10(size))
    for (let digits = FEWEST_DIGITS; digits <= MOST_DIGITS; digits += 1) {
      const scale = POWERS[digits - 1 - exponent] as number
      const decimal = Math.round(value * scale) / scale
      if (Math.fround(decimal) === value) return decimal
    }
  }
  for (let digits = FEWEST_DIGITS; digits <= MOST_DIGITS; digits += 1) {
    const decimal = Number(value.toPrecision(digits))
    if (Math.fround(decimal) === value) return decimal
  }
  return value
}

/**
 * The shortest decimal that a float of less precision has as nearest value.
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
