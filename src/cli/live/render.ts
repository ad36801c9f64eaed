/** A live view as text: a table for a terminal, one line otherwise. Pure. */
import { formatByteSize } from '../../lib/byte-size.ts'
import { cores, count, decimal, milliseconds, percent } from '../../lib/number-format.ts'
import { isWorse } from '../../outcomes/thresholds.ts'
import type { DriftRow, LiveView, PerformanceRow } from './view.ts'

export interface LiveState {
  /** The first line of the table. */
  readonly title: string
  /** The start of a single line: `[1:15] ordinary`. */
  readonly lineTitle: string
  /** Seconds since the screen was opened. */
  readonly elapsedSeconds: number
  /** Names and addresses to open. */
  readonly addresses: readonly { readonly name: string; readonly url: string }[]
  /** The window of the drift figures. */
  readonly window: string
  readonly statistic: string
  /** Absent before two successful scrapes. */
  readonly view: LiveView | undefined
  /** Absent without a Prometheus. */
  readonly alerts?: AlertsState
}

export type AlertsState =
  { readonly kind: 'off'; readonly why: string } | { readonly kind: 'on'; readonly alerts: readonly Alert[] }

export interface Alert {
  readonly name: string
  readonly state: 'pending' | 'firing'
  /** Feature or output, if the alert has one. */
  readonly subject: string
}

const DRIFT_ROWS = 7
const ALERT_ROWS = 5
const PERFORMANCE_ROWS = 4

export const clockText = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
const orNone = (value: number | undefined, show: (known: number) => string): string =>
  value === undefined ? '–' : show(value)

const drifted = ({ score, threshold }: DriftRow): boolean => score > threshold

/** Lines of at most 100 columns, without colour. */
export function renderTable(state: LiveState): string[] {
  const { view, window, statistic } = state
  const lines = [state.title, '', ...state.addresses.map(({ name, url }) => `  ${name.padEnd(14)}${url}`), '']
  if (view === undefined) return [...lines, '  waiting for the first figures …']
  const errors = view.errorsPerSecond.map(({ outcome, rate }) => `${outcome} ${decimal(rate)}/s`)
  const classes = view.classes.map(({ label, ratio }) => `${label} ${percent(ratio)}`)
  lines.push(
    `  requests      ${decimal(view.requestsPerSecond)}/s   p50 ${orNone(view.p50Seconds, milliseconds)}   p99 ${orNone(view.p99Seconds, milliseconds)}`,
    `  errors        ${orNone(view.errorRatio, percent)}   ${errors.join('   ')}`,
    `  model         ${orNone(view.modelCpuCores, cores)}   ${orNone(view.modelMemoryBytes, formatByteSize)}`,
    `  modeltap      ${orNone(view.ownCpuCores, cores)}   ${orNone(view.ownMemoryBytes, formatByteSize)}`,
    `  predictions   ${classes.length === 0 ? '–' : classes.join('   ')}   (last ${window})`,
    '',
    `  ${'drift'.padEnd(24)}${statistic.padStart(10)}${'threshold'.padStart(12)}${'rows'.padStart(8)}   window ${window}`,
    ...driftTable(view.drift),
    ...performanceTable(view.performance),
    ...(state.alerts === undefined ? [] : ['', ...alertLines(state.alerts)]),
  )
  return lines.map((line) => line.trimEnd())
}

const modelName = ({ model, version }: DriftRow): string => (version === '' ? model : `${model}/${version}`)

function driftTable(rows: readonly DriftRow[]): string[] {
  if (rows.length === 0) return ['  no score yet: a window needs enough rows first']
  const isOfSeveral = new Set(rows.map(modelName)).size > 1
  return rows.slice(0, DRIFT_ROWS).map((row) => {
    const name = `${isOfSeveral ? `${modelName(row)} ` : ''}${row.name}${row.role === 'prediction' ? ' (predicted)' : ''}`
    const figures = [
      decimal(row.score).padStart(10),
      decimal(row.threshold).padStart(12),
      count(row.observations).padStart(8),
    ].join('')
    return `  ${name.padEnd(24)}${figures}   ${drifted(row) ? 'DRIFT' : ''}`
  })
}

const isLow = ({ metric, value, threshold }: PerformanceRow): boolean =>
  threshold !== undefined && isWorse(metric, value, threshold)

function performanceTable(rows: readonly PerformanceRow[]): string[] {
  const [first] = rows
  if (first === undefined) return []
  const lines = rows.slice(0, PERFORMANCE_ROWS).map((row) => {
    const threshold = orNone(row.threshold, decimal)
    return `  ${`${row.metric} ${row.output}`.padEnd(24)}${decimal(row.value).padStart(10)}${threshold.padStart(12)}${count(row.observations).padStart(8)}   ${isLow(row) ? 'WORSE' : ''}`
  })
  const head = `  ${'performance'.padEnd(24)}${'value'.padStart(10)}${'threshold'.padStart(12)}${'labels'.padStart(8)}   window ${first.window}`
  return ['', head, ...lines]
}

function alertLines(state: AlertsState): string[] {
  if (state.kind === 'off') return [`  alerts        ${state.why}`]
  if (state.alerts.length === 0) return ['  alerts        none']
  const shown = state.alerts.slice(0, ALERT_ROWS)
  const rest = state.alerts.length - shown.length
  const lines = shown.map(
    (alert, index) =>
      `  ${(index === 0 ? 'alerts' : '').padEnd(14)}${alert.state === 'firing' ? 'FIRING ' : 'pending'} ${alert.name} ${alert.subject}`,
  )
  return rest > 0 ? [...lines, `  ${''.padEnd(14)}and ${rest} more`] : lines
}

/** One line for logs and pipes. */
export function renderLine(state: LiveState): string {
  const { view } = state
  const head = state.lineTitle
  if (view === undefined) return `${head}  waiting for the first figures`
  const top = view.drift
    .filter(drifted)
    .map(({ name, score, threshold }) => `${name} ${decimal(score)} > ${decimal(threshold)}`)
  const firing =
    state.alerts?.kind === 'on' ? state.alerts.alerts.filter(({ state: is }) => is === 'firing') : []
  const parts = [
    head,
    `${decimal(view.requestsPerSecond)} req/s`,
    `p50 ${orNone(view.p50Seconds, milliseconds)}`,
    `p99 ${orNone(view.p99Seconds, milliseconds)}`,
    `errors ${orNone(view.errorRatio, percent)}`,
    `model ${orNone(view.modelCpuCores, cores)} ${orNone(view.modelMemoryBytes, formatByteSize)}`,
    driftSummary(view, top),
    ...performanceSummary(view.performance),
  ]
  if (firing.length > 0) parts.push(`FIRING ${[...new Set(firing.map(({ name }) => name))].join(', ')}`)
  return parts.join('  ')
}

function performanceSummary(rows: readonly PerformanceRow[]): string[] {
  const [first] = rows
  if (first === undefined) return []
  const low = rows.filter(isLow)
  const head = `performance: ${first.metric} ${decimal(first.value)}`
  if (low.length === 0) return [head]
  const named = low.map(
    ({ metric, value, threshold = NaN }) =>
      `${metric} ${decimal(value)} ${value < threshold ? '<' : '>'} ${decimal(threshold)}`,
  )
  return [`${head}, ${low.length} of ${rows.length} metrics worse (${named.slice(0, 3).join(', ')})`]
}

function driftSummary({ drift }: LiveView, top: readonly string[]): string {
  if (drift.length === 0) return 'drift: no score yet'
  if (top.length === 0) return `drift: none of ${drift.length} columns`
  return `drift: ${top.length} of ${drift.length} columns (${top.slice(0, 3).join(', ')})`
}
