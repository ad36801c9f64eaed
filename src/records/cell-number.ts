// HOT: per value
import { nearestDecimal } from '../lib/nearest-decimal.ts'

/**
 * No measurement is this large, and its square still fits a double. Larger values mark a missing value, as the largest
 * double does in many payloads. They count as infinity; otherwise one of them would dominate mean and standard
 * deviation.
 */
const LARGEST = 1e150

/** The number of a cell, from any source. */
export function cellNumber(value: number): number {
  if (value > LARGEST) return Infinity
  return value < -LARGEST ? -Infinity : nearestDecimal(value)
}
