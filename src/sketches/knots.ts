/** Collects the knots of a curve from left to right. */
import type { Curve } from './curve.ts'

export class Knots {
  // One buffer for the three: an evaluation creates a curve for each window of each column.
  readonly #room: Float64Array
  readonly #size: number
  #count = 0

  constructor(size: number) {
    this.#size = size
    this.#room = new Float64Array(3 * size)
  }

  /** A knot at the position of the last one only raises it. */
  add(x: number, below: number, upto: number): void {
    const [room, size] = [this.#room, this.#size]
    if (this.#count > 0 && x <= (room[this.#count - 1] as number)) {
      room[2 * size + this.#count - 1] = upto
      return
    }
    room[this.#count] = x
    room[size + this.#count] = below
    room[2 * size + this.#count] = upto
    this.#count += 1
  }

  addLine(low: number, high: number, below: number, upto: number): void {
    if (low < high) this.add(low, below, below)
    this.add(high, low < high ? upto : below, upto)
  }

  /** Distributed evenly over as much of the cell as gives the mean, at the inner side if there is room. */
  addLowTail(min: number, edge: number, mean: number, upto: number): void {
    const middle = clamp(mean, min, edge)
    this.add(min, 0, 0)
    if (2 * middle >= min + edge) this.addLine(Math.max(min, 2 * middle - edge), edge, 0, upto)
    else {
      this.addLine(min, 2 * middle - min, 0, upto)
      this.add(edge, upto, upto)
    }
  }

  addHighTail(edge: number, max: number, mean: number, below: number): void {
    const middle = clamp(mean, edge, max)
    this.add(edge, below, below)
    if (2 * middle <= edge + max) {
      this.addLine(edge, 2 * middle - edge, below, 1)
      this.add(max, 1, 1)
    } else this.addLine(2 * middle - max, max, below, 1)
  }

  curve(): Curve {
    const [room, size, count] = [this.#room, this.#size, this.#count]
    return {
      x: room.subarray(0, count),
      below: room.subarray(size, size + count),
      upto: room.subarray(2 * size, 2 * size + count),
    }
  }
}

/** Rounding of a sum: a mean this close to an extreme belongs to one repeated value. */
const SUM_ROUNDING = 1e-12

/** The middle when the mean is not a number: the sum of very large values is infinite. */
function clamp(mean: number, low: number, high: number): number {
  if (!Number.isFinite(mean)) return low / 2 + high / 2
  if (Math.abs(mean - low) <= SUM_ROUNDING * Math.abs(low)) return low
  if (Math.abs(mean - high) <= SUM_ROUNDING * Math.abs(high)) return high
  return Math.min(Math.max(mean, low), high)
}
