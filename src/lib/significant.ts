// HOT: per value
/** Discrete values are compared at six significant digits: 0.1 + 0.2 equals 0.3. Whole numbers are exact. */
const DIGITS = 6

export function significant(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS))
}
