/** Mean, standard deviation and quantiles of a baseline column; live windows have the same form. */
import type { BaselineColumn } from '../../baseline/baseline.ts'
import { cellsOfColumn } from '../../baseline/column-cells.ts'
import { curveOfCells, totalOf } from '../../sketches/cells.ts'
import { quantile } from '../../sketches/curve.ts'

/** The median, the middle half and the middle nine tenths. */
const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const

export interface NumberStatistics {
  readonly mean: number
  readonly standardDeviation: number
  readonly min: number
  readonly max: number
  readonly quantiles: readonly { readonly q: number; readonly value: number }[]
}

/** Null for categories, and for numeric columns without any value. */
export function numberStatistics(column: BaselineColumn | undefined, rows: number): NumberStatistics | null {
  if (column === undefined || column.kind === 'categorical') return null
  const cells = cellsOfColumn(column, column.rows ?? rows)
  if (totalOf(cells) === 0) return null
  const curve = curveOfCells(cells.edges, cells)
  const { mean, standardDeviation, min, max } = column
  return {
    mean,
    standardDeviation,
    min,
    max,
    quantiles: QUANTILES.map((q) => ({ q, value: quantile(curve, q) })),
  }
}
