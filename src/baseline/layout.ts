/** How the rows of a column are counted: numbers in the cells of the baseline's grid, categories in the bins. */
import { exactIndex, lowestBin } from '../sketches/bin-edges.ts'
import { singleCells, totalOf } from '../sketches/cells.ts'
import type { Counters, NumberCounters } from '../windows/counters.ts'
import type { BaselineColumn, DiscreteColumn, NumericColumn } from './baseline.ts'
import { type Bins, binsOf } from './bins.ts'
import { cellsOfColumn } from './column-cells.ts'

export interface Layout extends Counters {
  readonly bins: Bins
  readonly numbers: NumberLayout | undefined
}

export interface NumberLayout extends NumberCounters {
  /** The bin of each counter. */
  readonly binOf: Uint8Array
}

/** Steps in a standard deviation: a distance keeps nine digits, and eight million deviations fit without rounding. */
const STEP_BITS = 30
/** A constant column is measured in this fraction of its value, or of 1 when the value is 0. */
const CONSTANT_SCALE = 1e-3

/** @param rows in which the column's side was read */
export function layoutOf(column: BaselineColumn, rows: number): Layout {
  const bins = binsOf(column)
  if (column.kind === 'categorical') return { bins, counters: bins.labels.length, numbers: undefined }
  const cells = cellsOfColumn(column, rows)
  const singles = singleCells(cells.edges)
  const binOf = new Uint8Array(cells.edges.length + 2)
  const place = column.kind === 'discrete' ? binOfValues(column, bins) : binOfNumbers(column)
  for (let cell = 0; cell <= cells.edges.length; cell += 1)
    binOf[cell] = place(cells.edges[cell] ?? Infinity, singles[cell] === 1)
  binOf[cells.edges.length + 1] = bins.missing
  const step = 2 ** (Math.floor(Math.log2(scaleOf(column))) - STEP_BITS)
  return { bins, counters: binOf.length, numbers: { cells, total: totalOf(cells), singles, binOf, step } }
}

/** Rows by bin. */
export function binCounts({ bins, numbers }: Layout, counts: ArrayLike<number>): Float64Array {
  if (numbers === undefined) return Float64Array.from(counts)
  const rows = new Float64Array(bins.labels.length)
  const { binOf } = numbers
  for (let counter = 0; counter < binOf.length; counter += 1) {
    const bin = binOf[counter] as number
    rows[bin] = (rows[bin] as number) + (counts[counter] as number)
  }
  return rows
}

/** The unit of distances: the standard deviation, with a minimum for constant columns. */
export function scaleOf({ standardDeviation, mean }: NumericColumn | DiscreteColumn): number {
  if (standardDeviation > 0) return standardDeviation
  return CONSTANT_SCALE * (Math.abs(mean) > 0 ? Math.abs(mean) : 1)
}

/** Maps a cell's upper edge to its bin. */
function binOfNumbers({ edges }: NumericColumn): (edge: number) => number {
  return (edge) => lowestBin(edges, edge)
}

function binOfValues({ values }: DiscreteColumn, bins: Bins): (edge: number, isSingle: boolean) => number {
  const known = Float64Array.from(values)
  return (edge, isSingle) => {
    const place = isSingle ? exactIndex(known, edge) : -1
    return place < 0 ? bins.unseen : place
  }
}
