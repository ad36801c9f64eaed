/**
 * Values counted in cells: cell i holds the values in (edges[i−1], edges[i]], the outer two are open. Counts at the edges
 * are exact and add up without loss over panes, restarts and replicas; what lies between two edges is not known.
 *
 * A cell from the next lower double to `value` holds that value alone: spikes are exact.
 */
import type { Curve } from './curve.ts'
import { nextBelow } from './neighbours.ts'

export interface CellCounts {
  /** One more than there are edges. */
  readonly counts: ArrayLike<number>
  /** NaN when there is no value. */
  readonly min: number
  readonly max: number
  /** Mean of the values in the first cell and in the last one; any number where that is empty. */
  readonly lowMean: number
  readonly highMean: number
}

export interface Cells extends CellCounts {
  /** Strictly increasing, finite. */
  readonly edges: Float64Array
}

export function totalOf({ counts }: Pick<CellCounts, 'counts'>, cells = counts.length): number {
  let total = 0
  for (let cell = 0; cell < cells; cell += 1) total += counts[cell] as number
  return total
}

/** By cell, whether it can hold one value only. */
export function singleCells(edges: Float64Array): Uint8Array {
  const singles = new Uint8Array(edges.length + 1)
  for (let cell = 1; cell < edges.length; cell += 1)
    if (edges[cell - 1] === nextBelow(edges[cell] as number)) singles[cell] = 1
  return singles
}

/**
 * The distribution of the counted values: straight lines between edges, steps where a cell holds one value. In an outer
 * cell the line keeps the mean and the extreme of its values, so that areas beyond the last edges are right.
 *
 * @param singles of the edges, where they are known already
 */
export function curveOfCells(
  edges: Float64Array,
  { counts, min, max, lowMean, highMean }: CellCounts,
  singles = singleCells(edges),
): Curve {
  const cells = edges.length + 1
  const total = totalOf({ counts }, cells)
  const knots = new Knots(cells + 8)
  let first = 0
  while (first < cells && counts[first] === 0) first += 1
  let last = cells - 1
  while (last >= 0 && counts[last] === 0) last -= 1
  let count = 0
  for (let cell = first; cell <= last; cell += 1) {
    const below = count / total
    count += counts[cell] as number
    // Exactly 1 at the end, whatever the roundings of fractions before it.
    const upto = cell === last ? 1 : count / total
    const low = cell === first ? min : (edges[cell - 1] as number)
    const high = cell === last ? max : (edges[cell] as number)
    if (singles[cell] === 1) knots.add(edges[cell] as number, below, upto)
    else if (cell === 0) knots.addLowTail(low, high, lowMean, upto)
    else if (cell === cells - 1) knots.addHighTail(low, high, highMean, below)
    else knots.addLine(low, high, below, upto)
  }
  return knots.curve()
}

/** Collects the knots of a curve from left to right. */
class Knots {
  // One buffer for the three: an evaluation makes a curve for each window of each column.
  readonly #room: Float64Array
  readonly #size: number
  #count = 0

  constructor(size: number) {
    this.#size = size
    this.#room = new Float64Array(3 * size)
  }

  /** A knot at the place of the last one only raises it. */
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

  /** Evenly spread over as much of the cell as gives the mean, at the inner side where there is room for it. */
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

/** Rounding of a sum: a mean so near to an extreme is that of one repeated value. */
const SUM_ROUNDING = 1e-12

/** The middle where the mean is no number: the sum of very large values is infinite. */
function clamp(mean: number, low: number, high: number): number {
  if (!Number.isFinite(mean)) return low / 2 + high / 2
  if (Math.abs(mean - low) <= SUM_ROUNDING * Math.abs(low)) return low
  if (Math.abs(mean - high) <= SUM_ROUNDING * Math.abs(high)) return high
  return Math.min(Math.max(mean, low), high)
}
