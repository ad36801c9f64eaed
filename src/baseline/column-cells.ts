/** The cells in which a numeric column is counted and compared, from its baseline. */
import type { Cells } from '../sketches/cells.ts'
import { curveOf } from '../sketches/curve.ts'
import { digestOf } from '../sketches/digest.ts'
import { nextBelow } from '../sketches/neighbours.ts'
import type { DiscreteColumn, NumericColumn } from './baseline.ts'
import { gridOfCurve } from './comparison-grid.ts'

/** @param rows in which the column's side was read */
export function cellsOfColumn(column: NumericColumn | DiscreteColumn, rows: number): Cells {
  return column.kind === 'discrete' ? cellsOfValues(column, rows) : cellsOfNumbers(column, rows)
}

function cellsOfNumbers({ grid, digest, edges, min, max }: NumericColumn, rows: number): Cells {
  if (grid !== undefined) {
    const { counts, lowMean, highMean } = grid
    return { edges: Float64Array.from(grid.edges), counts, min, max, lowMean, highMean }
  }
  const { clusters = 16, means = [], counts = [] } = digest ?? {}
  const facts = { count: means.length, min, max }
  const curve = curveOf(digestOf(Float64Array.from(means), Float64Array.from(counts), facts), clusters)
  return gridOfCurve(curve, counts.reduce((sum, count) => sum + count, 0) || rows, edges)
}

/** Each value has its own cell; the cells between are for values that the baseline never saw. */
function cellsOfValues({ values, shares, min, max }: DiscreteColumn, rows: number): Cells {
  const edges = Float64Array.from(new Set(values.flatMap((value) => [nextBelow(value), value])))
  const counts = new Float64Array(edges.length + 1)
  for (const [place, value] of values.entries()) counts[edges.indexOf(value)] = (shares[place] ?? 0) * rows
  return { edges, counts, min, max, lowMean: min, highMean: max }
}
