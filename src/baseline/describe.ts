/** A baseline as a table for a person: what `baseline inspect` prints. */
import type { Baseline, BaselineColumn } from './baseline.ts'
import { curveOfCells } from '../sketches/cells.ts'
import { quantile } from '../sketches/curve.ts'
import { cellsOfColumn } from './column-cells.ts'
import { baselineHash } from './hash.ts'
import { formatDuration } from '../lib/duration.ts'
import { baselineWarnings } from './warnings.ts'

const TOP_CATEGORIES = 3
const LONGEST_CELL = 60

/** Several lines of text, without a trailing line break. */
export function describeBaseline(baseline: Baseline): string {
  const { model, version, rows, source, created, columns, durationSeconds } = baseline
  const features = columns.filter(({ role }) => role === 'feature').length
  const warnings = baselineWarnings(baseline)
  return [
    `baseline ${baselineHash(baseline)}`,
    `  for        ${model === '' ? 'any model' : model}${version === '' ? '' : `, version ${version}`}`,
    `  made       ${created} from ${source === '' ? 'an unnamed source' : source}`,
    `  rows       ${rows}${durationSeconds === undefined ? '' : ` over ${formatDuration(Math.round(1_000 * durationSeconds))}`}`,
    `  columns    ${features} features, ${columns.length - features} predictions`,
    '',
    ...table([
      ['column', 'role', 'kind', 'missing', 'distinct', 'values', 'order'],
      ...columns.map(describeColumn),
    ]),
    '',
    ...(warnings.length === 0
      ? ['No warnings.']
      : ['Warnings', ...warnings.map((warning) => `  ${warning}`)]),
  ].join('\n')
}

function describeColumn(column: BaselineColumn): string[] {
  const { name, role, kind, missing, overdispersion } = column
  const order = overdispersion === 1 ? '' : `${overdispersion.toFixed(1)} rows are worth one`
  return [name, role, kind, percent(missing), distinct(column), values(column), order]
}

function distinct(column: BaselineColumn): string {
  switch (column.kind) {
    case 'numeric':
      return 'many'
    case 'discrete':
      return String(column.values.length)
    case 'categorical':
      return `${column.complete ? '' : 'over '}${column.categories.length + column.rare.length}`
  }
}

function values(column: BaselineColumn): string {
  if (column.kind === 'categorical') {
    const top = column.categories.slice(0, TOP_CATEGORIES)
    return top.map((category, i) => `${category} ${percent(column.shares[i] ?? 0)}`).join(', ')
  }
  const { min, max } = column
  return `${short(min)} … ${short(median(column))} … ${short(max)}`
}

function median(column: Exclude<BaselineColumn, { kind: 'categorical' }>): number {
  const cells = cellsOfColumn(column, 1)
  return quantile(curveOfCells(cells.edges, cells), 0.5)
}

/** Four digits. Rounded up, the largest double is infinite as a number, but not as a text. */
function short(value: number): string {
  const text = value.toPrecision(4)
  return Number.isFinite(Number(text)) ? String(Number(text)) : text
}
const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.001 ? 3 : 1)} %`

/** Columns as wide as their longest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const cut = rows.map((row) =>
    row.map((cell) => (cell.length > LONGEST_CELL ? `${cell.slice(0, LONGEST_CELL - 1)}…` : cell)),
  )
  const widths = cut.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(cell.length, widest[i] ?? 0)),
    [],
  )
  return cut.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
}
