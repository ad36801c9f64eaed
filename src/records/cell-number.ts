// HOT: per value
import { nearestDecimal } from '../lib/nearest-decimal.ts'

/**
 * No measurement is as large, and its square is still a double. What is beyond marks a missing value, as the largest
 * double does in many payloads: it counts as an infinity, or it alone would decide mean and standard deviation.
 */
const LARGEST = 1e150

/** The number of a cell, whichever way it came. */
export function cellNumber(value: number): number {
  if (value > LARGEST) return Infinity
  return value < -LARGEST ? -Infinity : nearestDecimal(value)
}
