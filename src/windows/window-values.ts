/** Distributions of a window's numbers: one from counts alone, and one with details within crowded cells. */
import { lowestBin } from '../sketches/bin-edges.ts'
import { type CellCounts, curveOfCells } from '../sketches/cells.ts'
import { type Curve, curveOf, EMPTY_CURVE, quantile, shareUpTo } from '../sketches/curve.ts'
import { Knots } from '../sketches/knots.ts'
import type { NumberCounters } from './counters.ts'
import { CROWDED_SHARE } from './open-numbers.ts'
import { type Pane, WINDOW_CLUSTERS } from './pane.ts'

/** Within a cell with a smaller share, positions do not affect quantiles. */
const FINE_SHARE = 1 / 500
/**
 * A cell is crowded when it has values in the digest, at least this many values, and significantly more than twice its
 * share in the baseline.
 */
const FEWEST_CROWDED = 20
const CROWDED_TIMES = 2
const CROWDED_DEVIATIONS = 6

/** Number of numeric values in a window. */
export function valuesOf({ cells }: NumberCounters, { counts, rows }: Pane): number {
  return rows - (counts[cells.edges.length + 1] as number)
}

/** The counts in the cells of the grid, with related sums. */
export function countsOf({ cells, step }: NumberCounters, { counts, numbers }: Pane): CellCounts {
  const { min, max, lowSteps, highSteps } = numbers ?? { min: NaN, max: NaN, lowSteps: 0, highSteps: 0 }
  const last = cells.edges.length
  const lowMean = (cells.edges[0] ?? min) - (lowSteps / (counts[0] as number)) * step
  const highMean = (cells.edges[last - 1] ?? max) + (highSteps / (counts[last] as number)) * step
  return {
    counts,
    min,
    max,
    lowMean: snapped(lowMean, [min, cells.lowMean], step),
    highMean: snapped(highMean, [max, cells.highMean], step),
  }
}

/** Rounding loses half a step, which must neither merge two values nor make equal values differ. */
function snapped(mean: number, places: readonly number[], step: number): number {
  return places.find((place) => Math.abs(mean - place) <= step) ?? mean
}

/**
 * The curve compared with the baseline. It depends on counts alone, so it does not depend on the order in which panes
 * and replicas were merged. In crowded cells, the digest gives the positions of the values.
 */
export function comparedCurve(column: NumberCounters, pane: Pane): Curve {
  const { counts } = pane
  const baseline = column.cells.counts
  const values = valuesOf(column, pane)
  const ratio = values / column.total
  const most = Math.max(CROWDED_SHARE * values, FEWEST_CROWDED)
  return curveOfWindow(column, pane, (cell) => {
    const count = counts[cell] as number
    if (count <= most) return false
    const expected = ratio * (baseline[cell] as number)
    return count > CROWDED_TIMES * expected + CROWDED_DEVIATIONS * Math.sqrt(expected)
  })
}

/** The window's quantiles. Counts give the cell of each quantile, and the digest the position within it. */
export function quantilesOf(
  column: NumberCounters,
  pane: Pane,
  compared: Curve,
  wanted: readonly number[],
): number[] {
  const { counts, numbers } = pane
  const { edges } = column.cells
  const total = valuesOf(column, pane)
  const detail = numbers === undefined ? EMPTY_CURVE : curveOf(numbers.detail, WINDOW_CLUSTERS)
  return wanted.map((q) => {
    let cell = 0
    let below = 0
    while (cell < edges.length && below + (counts[cell] as number) < q * total) {
      below += counts[cell] as number
      cell += 1
    }
    const here = counts[cell] as number
    const isCoarse = here <= FINE_SHARE * total || column.singles[cell] === 1 || detail.x.length === 0
    const [low, high] = [edges[cell - 1] ?? -Infinity, edges[cell] ?? Infinity]
    const before = isCoarse ? 0 : shareUpTo(detail, low)
    const share = isCoarse ? 0 : shareUpTo(detail, high) - before
    if (!(share > 0)) return quantile(compared, q)
    const found = quantile(detail, before + (share * (q * total - below)) / here)
    return Math.min(Math.max(found, low), high)
  })
}

/** The curve with the digest in every cell where it matters. */
export function detailedCurve(column: NumberCounters, pane: Pane): Curve {
  const least = FINE_SHARE * valuesOf(column, pane)
  return curveOfWindow(column, pane, (cell) => (pane.counts[cell] as number) > least)
}

/** @param isFine by cell, whether its part of the digest is used */
function curveOfWindow(column: NumberCounters, pane: Pane, isFine: (cell: number) => boolean): Curve {
  const { edges } = column.cells
  const counted = countsOf(column, pane)
  const detail = pane.numbers?.detail
  let fine = 0
  if (detail !== undefined && detail.total > 0)
    for (let cell = 0; cell <= edges.length; cell += 1)
      if (column.singles[cell] === 0 && isFine(cell)) fine += 1
  if (detail === undefined || fine === 0) return curveOfCells(edges, counted, column.singles)
  const within = curveOf(detail, WINDOW_CLUSTERS)
  const coarse = curveOfCells(edges, counted, column.singles)
  const total = valuesOf(column, pane)
  const knots = new Knots(coarse.x.length + within.x.length + 2 * fine + 8)
  let [coarseNext, count] = [0, 0]
  for (let cell = 0; cell <= edges.length; cell += 1) {
    const here = counted.counts[cell] as number
    if (here === 0) continue
    const high = Math.min(edges[cell] ?? Infinity, counted.max)
    const [below, upto] = [count / total, count + here === total ? 1 : (count + here) / total]
    count += here
    const takesDetail =
      column.singles[cell] === 0 &&
      isFine(cell) &&
      addDetail(knots, within, { low: edges[cell - 1] ?? -Infinity, high, min: counted.min, below, upto })
    for (; coarseNext < coarse.x.length && (coarse.x[coarseNext] as number) <= high; coarseNext += 1) {
      if (takesDetail) continue
      const x = coarse.x[coarseNext] as number
      knots.add(x, coarse.below[coarseNext] as number, coarse.upto[coarseNext] as number)
    }
  }
  return knots.curve()
}

interface CellShare {
  readonly low: number
  readonly high: number
  /** Minimum of the window. */
  readonly min: number
  readonly below: number
  readonly upto: number
}

/** The digest's part for one cell, scaled to the cell's share; false when the digest has none. */
function addDetail(knots: Knots, detail: Curve, { low, high, min, below, upto }: CellShare): boolean {
  const before = shareUpTo(detail, low)
  const share = shareUpTo(detail, high) - before
  if (!(share > 0)) return false
  const at = (part: number): number =>
    below + (upto - below) * Math.min(Math.max((part - before) / share, 0), 1)
  knots.add(Math.max(low, min), below, below)
  let next = lowestBin(detail.x, low)
  if (detail.x[next] === low) next += 1
  for (; next < detail.x.length && (detail.x[next] as number) <= high; next += 1)
    knots.add(detail.x[next] as number, at(detail.below[next] as number), at(detail.upto[next] as number))
  knots.add(high, upto, upto)
  return true
}
