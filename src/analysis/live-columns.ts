import type { Baseline } from '../baseline/baseline.ts'
import type { ColumnMonitor } from './column-monitor.ts'

export interface WindowChoice {
  readonly nowMs: number
  /** Of the window among the configured ones, shortest first. */
  readonly place: number
  readonly maxCategories: number
}

/** The columns as they are in a window, as those of a baseline. A side that was not read in it is left out. */
export function columnsOfWindow(
  monitors: readonly ColumnMonitor[],
  { nowMs, place, maxCategories }: WindowChoice,
): Pick<Baseline, 'rows' | 'columns'> {
  const columns = monitors.flatMap((monitor) => {
    const rows = monitor.rows(nowMs, place)
    return rows === 0 ? [] : [{ ...monitor.asBaseline(nowMs, place, maxCategories), rows }]
  })
  const rows = Math.max(0, ...columns.map((column) => column.rows))
  return {
    rows,
    columns: columns.map(({ rows: seen, ...column }) => (seen === rows ? column : { ...column, rows: seen })),
  }
}
