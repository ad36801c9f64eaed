/**
 * Values counted in cells: cell i holds the values in (edges[i−1], edges[i]]; the outer cells are open. Counts at the
 * edges are exact and add up without loss over panes, restarts and replicas; positions between two edges are unknown.
 *
 * A cell from the next lower double to `value` holds only that value, so spikes are exact.
 */
import type { Curve } from './curve.ts'
import { Knots } from './knots.ts'
import { nextBelow } from './neighbours.ts'

export interface CellCounts {
  /** One more than edges. */
  readonly counts: ArrayLike<number>
  /** NaN without values. */
  readonly min: number
  readonly max: number
  /** Mean of the values in the first cell and in the last one; arbitrary when empty. */
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

/** For each cell, whether it can hold only a single value. */
export function singleCells(edges: Float64Array): Uint8Array {
  const singles = new Uint8Array(edges.length + 1)
  for (let cell = 1; cell < edges.length; cell += 1)
    if (edges[cell - 1] === nextBelow(edges[cell] as number)) singles[cell] = 1
  return singles
}

/**
 * The distribution of the counted values: linear between edges, with steps where a cell holds one value. In an outer
 * cell the line preserves the mean and the extreme of its values, so that areas beyond the last edges are right.
 *
 * @param singles of the edges, if already known
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
    // Exactly 1 at the end, despite rounding of fractions.
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
