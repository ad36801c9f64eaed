/** Numbers through the windows of a column, as in production: counted in cells, a pane after the other. */
import type { BaselineColumn } from '../../src/baseline/baseline.ts'
import { layoutOf, type NumberLayout, scaleOf } from '../../src/baseline/layout.ts'
import type { NumberComparison } from '../../src/drift/statistic.ts'
import { NumberClassifier } from '../../src/quality/classify-numbers.ts'
import { ValueCounts } from '../../src/quality/value-counts.ts'
import { Column } from '../../src/records/record-batch.ts'
import { curveOfCells, totalOf } from '../../src/sketches/cells.ts'
import { spreadIntegral } from '../../src/sketches/curve.ts'
import { ColumnWindows } from '../../src/windows/column-windows.ts'
import type { Pane } from '../../src/windows/pane.ts'
import { comparedCurve, valuesOf } from '../../src/windows/window-values.ts'

export const WINDOW_MS = 600_000
type Numbers = Exclude<BaselineColumn, { kind: 'categorical' }>

export function numberLayout(column: BaselineColumn, rows: number): NumberLayout {
  const { numbers } = layoutOf(column, rows)
  if (numbers === undefined) throw new Error(`${column.name} is no column of numbers`)
  return numbers
}

/** Windows of a column, and what counts values into them. */
export function countedWindows(
  column: Numbers,
  rows: number,
  {
    nowMs = 0,
    windowsMs = [WINDOW_MS],
  }: { readonly nowMs?: number; readonly windowsMs?: readonly number[] } = {},
) {
  const layout = layoutOf(column, rows)
  const numbers = numberLayout(column, rows)
  const windows = new ColumnWindows({ windowsMs, layout, nowMs })
  const fences = { low: -Infinity, high: Infinity }
  const classifier = new NumberClassifier(column, layout, numbers, fences)
  const kinds = new ValueCounts()
  const cells = new Column(column.name, 1_000)
  const flags = new Uint16Array(1_000)
  const count = (values: ArrayLike<number>, timeMs: number): void => {
    windows.advance(timeMs)
    const open = windows.openNumbers
    if (open === undefined) return
    for (let start = 0; start < values.length; start += 1_000) {
      const batch = Math.min(1_000, values.length - start)
      for (let row = 0; row < batch; row += 1) cells.setNumber(row, values[start + row] as number)
      classifier.accept(cells, batch, windows.openCounts, kinds, open, flags)
    }
  }
  return { windows, numbers, count }
}

/** All values in one window, spread over its panes. */
export function windowOf(
  column: Numbers,
  rows: number,
  values: readonly number[],
): { readonly pane: Pane; readonly numbers: NumberLayout } {
  const { windows, numbers, count } = countedWindows(column, rows)
  const step = Math.ceil(values.length / 10)
  for (let pane = 0; pane < 10; pane += 1)
    count(values.slice(pane * step, (pane + 1) * step), (pane * WINDOW_MS) / 10)
  return { pane: windows.summaries()[0] as Pane, numbers }
}

export function comparisonOf(column: Numbers, numbers: NumberLayout, pane: Pane): NumberComparison {
  const { cells, singles } = numbers
  const baseline = curveOfCells(cells.edges, cells, singles)
  return {
    live: comparedCurve(numbers, pane),
    liveValues: valuesOf(numbers, pane),
    baseline,
    baselineValues: totalOf(cells),
    standardDeviation: scaleOf(column),
    spread: spreadIntegral(baseline),
  }
}
