import type { Baseline } from '../baseline/baseline.ts'
import type { ColumnMonitor, WindowChoice } from './column-monitor.ts'

/** The columns of a window as baseline columns. A side without readable rows in the window is left out. */
export function columnsOfWindow(
  monitors: readonly ColumnMonitor[],
  choice: WindowChoice,
): Pick<Baseline, 'rows' | 'columns'> {
  const columns = monitors.flatMap((monitor) => {
    const rows = monitor.rows(choice.nowMs, choice.place)
    return rows === 0 ? [] : [{ ...monitor.asBaseline(choice), rows }]
  })
  const rows = Math.max(0, ...columns.map((column) => column.rows))
  return {
    rows,
    columns: columns.map(({ rows: seen, ...column }) => (seen === rows ? column : { ...column, rows: seen })),
  }
}
