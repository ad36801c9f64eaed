/** Formats a baseline as a table for `baseline inspect`. */
import { formatDuration } from '../lib/duration.ts'
import { count, decimal, percent } from '../lib/number-format.ts'
import { printableName } from '../lib/printable.ts'
import { curveOfCells } from '../sketches/cells.ts'
import { quantile } from '../sketches/curve.ts'
import {
  ageColumnOf,
  type Baseline,
  type BaselineColumn,
  type OutputPerformance,
  type UncomparedColumn,
} from './baseline.ts'
import { cellsOfColumn } from './column-cells.ts'
import type { UncomparedKind } from './column-kind.ts'
import { baselineHash } from './hash.ts'
import { baselineWarnings } from './warnings.ts'

const TOP_CATEGORIES = 3
const LONGEST_CELL = 60

/** Several lines of text, without a trailing line break. */
export function describeBaseline(baseline: Baseline): string {
  const { model, version, rows, source, created, columns, uncompared = [], durationSeconds } = baseline
  const features = columns.filter(({ role }) => role === 'feature').length
  const warnings = baselineWarnings(baseline)
  return [
    `baseline ${baselineHash(baseline)}`,
    `  for        ${model === '' ? 'any model' : model}${version === '' ? '' : `, version ${version}`}`,
    `  made       ${created} from ${source === '' ? 'an unnamed source' : source}`,
    `  rows       ${count(rows)}${durationSeconds === undefined ? '' : ` over ${formatDuration(Math.round(1_000 * durationSeconds))}`}`,
    `  columns    ${features} features, ${columns.length - features} predictions${uncompared.length > 0 ? `; ${uncompared.length} not compared` : ''}`,
    ...(baseline.performance ?? []).map((one) => `  ${describePerformance(one)}`),
    '',
    ...table([
      ['column', 'role', 'kind', 'missing', 'distinct', 'values', 'days learned'],
      ...columns.map(describeColumn),
      ...uncompared.map(describeUncompared),
    ]),
    '',
    ...(warnings.length === 0
      ? ['No warnings.']
      : ['Warnings', ...warnings.map((warning) => `  ${warning}`)]),
  ].join('\n')
}

/** Metrics to show; the others are in the file. */
const SHOWN = ['accuracy', 'f1', 'roc_auc', 'brier', 'rmse', 'mae', 'r2'] as const

export function describePerformance({ output, rows, metrics }: OutputPerformance): string {
  const shown = SHOWN.flatMap((name) => {
    const metric = metrics[name]
    return metric === undefined ? [] : [`${name} ${Number(metric.value.toPrecision(4))}`]
  })
  return `performance of ${printableName(output)} on ${rows} labelled rows: ${shown.join(', ')}`
}

function describeColumn(column: BaselineColumn): string[] {
  const { name, role, kind, missing, memory } = column
  const days = memory === undefined ? 'none' : String(memory.days)
  return [name, role, kind, percent(missing), distinct(column), values(column), days]
}

const WHY: Readonly<Record<UncomparedKind, string>> = {
  identifier: 'nearly every value is new',
  timestamp: 'moments',
  ignored: 'nothing of it is kept',
}

function describeUncompared({ name, role, kind, missing, unit }: UncomparedColumn): string[] {
  const hasAge = kind === 'timestamp' && unit !== undefined && unit !== 'day'
  const what = hasAge ? `${WHY[kind]}; ${ageColumnOf(name)} is compared where requests have it` : WHY[kind]
  return [name, role, kind, kind === 'ignored' ? '' : percent(missing), '', what, '']
}

function distinct(column: BaselineColumn): string {
  switch (column.kind) {
    case 'numeric':
      return 'many'
    case 'discrete':
      return String(column.values.length)
    case 'categorical':
      return `${column.complete ? '' : 'over '}${column.categories.length + column.rare.length + (column.rareHashes?.length ?? 0)}`
  }
}

function values(column: BaselineColumn): string {
  if (column.kind === 'categorical') {
    const top = column.categories.slice(0, TOP_CATEGORIES)
    const shown = top.map((category, i) => `${category} ${percent(column.shares[i] ?? 0)}`)
    const rest = column.other + (column.unseen ?? 0)
    if (rest > 0) shown.push(`rare or not shown ${percent(rest)}`)
    return shown.join(', ')
  }
  const { min, max } = column
  return `${decimal(min)} … ${decimal(median(column))} … ${decimal(max)}`
}

function median(column: Exclude<BaselineColumn, { kind: 'categorical' }>): number {
  const cells = cellsOfColumn(column, 1)
  return quantile(curveOfCells(cells.edges, cells), 0.5)
}

/** Columns as wide as their longest cell. */
function table(cells: readonly (readonly string[])[]): string[] {
  const rows = cells.map((row) => row.map(printableName))
  const cut = rows.map((row) =>
    row.map((cell) => (cell.length > LONGEST_CELL ? `${cell.slice(0, LONGEST_CELL - 1)}…` : cell)),
  )
  const widths = cut.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(cell.length, widest[i] ?? 0)),
    [],
  )
  return cut.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
}
