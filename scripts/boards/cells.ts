import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard'
import { escape } from './escape.ts'
import { format } from './format.ts'
import type { Answer } from './query.ts'

interface Grouping {
  readonly rowField: string
  readonly columnField: string
}

/** A matrix as an HTML table; the darker a cell, the larger its value. */
export function cells(panel: Panel, [answer]: readonly Answer[]): string {
  const { rowField, columnField } = panel.transformations?.find(({ id }) => id === 'groupingToMatrix')
    ?.options as Grouping
  const series = answer?.series ?? []
  const namesOf = (label: string): string[] =>
    [...new Set(series.map(({ labels }) => labels[label] ?? ''))].sort()
  const columns = namesOf(columnField)
  const { unit, decimals, max } = panel.fieldConfig?.defaults ?? {}
  const valueAt = (row: string, column: string): number =>
    series.find(({ labels }) => labels[rowField] === row && labels[columnField] === column)?.points[0]?.[1] ??
    NaN
  const darkest = max ?? Math.max(...series.map(({ points }) => points[0]?.[1] ?? 0))
  const body = namesOf(rowField).map((row) => {
    const numbers = columns.map((column) => {
      const value = valueAt(row, column)
      const share = Number.isFinite(value) && darkest > 0 ? value / darkest : 0
      return `<td class="number" style="background:rgba(87,148,242,${share.toFixed(2)})">${format(value, unit, decimals)}</td>`
    })
    return `<tr><td>${escape(row)}</td>${numbers.join('')}</tr>`
  })
  const head = [`${rowField}\\${columnField}`, ...columns].map((name) => `<th>${escape(name)}</th>`)
  return `<table><tr>${head.join('')}</tr>${body.join('')}</table>`
}
