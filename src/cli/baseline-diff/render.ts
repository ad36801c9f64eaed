/** The differences of two baselines as text for a terminal. Pure. */
import type { Baseline } from '../../baseline/baseline.ts'
import { count, decimal, percent } from '../../lib/number-format.ts'
import { printableName } from '../../lib/printable.ts'
import { largestChanges } from '../replay/changes.ts'
import { type BaselineDiff, type ColumnName, type ComparedColumn, excessOf } from './compare.ts'

const LONGEST_CELL = 40

/** Several lines, without a trailing line break. */
export function renderDiff(
  diff: BaselineDiff,
  files: readonly [string, string],
  [a, b]: readonly [Baseline, Baseline],
): string {
  const { added, removed, kindChanged, notComparable, columns } = diff
  const drifted = columns.filter((column) => column.drifted).length
  return [
    `A  ${files[0]}: ${count(a.rows)} rows, ${a.columns.length} columns, made ${a.created}`,
    `B  ${files[1]}: ${count(b.rows)} rows, ${b.columns.length} columns, made ${b.created}`,
    '',
    ...named('only in B', added),
    ...named('only in A', removed),
    ...kindChanged.map((column) => `kind changed  ${titleOf(column)}: ${column.from} → ${column.kind}`),
    ...named('not comparable, because names are hashed with another key', notComparable),
    `${drifted} of ${columns.length} columns in both drifted from A to B`,
    '',
    ...align([
      ['column', 'verdict', 'highest score', '× threshold', 'largest change, A → B'],
      ...columns.map(cellsOf),
    ]),
  ]
    .map(printableLine)
    .join('\n')
}

function named(what: string, columns: readonly ColumnName[]): string[] {
  return columns.length === 0 ? [] : [`${what}: ${columns.map(titleOf).join(', ')}`]
}

function cellsOf(column: ComparedColumn): string[] {
  const [highest] = column.scores.toSorted((x, y) => y.value / y.threshold - x.value / x.threshold)
  const [change] = largestChanges({ kind: column.kind as 'numeric', bins: column.bins })
  return [
    titleOf(column),
    highest === undefined ? 'too few rows' : column.drifted ? 'drifted' : 'no drift',
    highest === undefined ? '–' : `${highest.statistic} ${decimal(highest.value)}`,
    highest === undefined ? '–' : decimal(excessOf(column)),
    change === undefined ? 'none' : `${change.bin}: ${percent(change.baseline)} → ${percent(change.live)}`,
  ]
}

const titleOf = ({ role, name }: ColumnName): string =>
  role === 'prediction' ? `${name} (prediction)` : name
const printableLine = (text: string): string => printableName(text)

function align(rows: readonly (readonly string[])[]): string[] {
  const cut = rows.map((row) =>
    row.map((cell, i) =>
      i < row.length - 1 && cell.length > LONGEST_CELL ? `${cell.slice(0, LONGEST_CELL - 1)}…` : cell,
    ),
  )
  const widths = (cut[0] ?? []).map((_, i) => Math.max(...cut.map((row) => (row[i] ?? '').length)))
  return cut.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
