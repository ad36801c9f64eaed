/** The result for a terminal: one line for each column, the most drifted first. */
import { count, decimal, percent } from '../../lib/number-format.ts'
import { largestChanges } from './changes.ts'
import { scoreText } from './column-card.ts'
import { performanceTable } from './performance-table.ts'
import type { ReplayedColumn, ReplayedModel, ReplayResult } from './result.ts'
import { summaryLines, verdictLine } from './summary.ts'
import { byUrgency, headlineOf, verdictOf, wholeOf } from './verdict.ts'

const LONGEST_NAME = 40

/** Several lines, without a trailing line break. */
export function resultTable(result: ReplayResult): string {
  const [first = '', ...lines] = summaryLines(result)
  const performance = result.performance === undefined ? [] : performanceTable(result.performance)
  return [`${result.input}: ${first}`, ...lines, ...result.models.flatMap(modelTable), ...performance]
    .map(plain)
    .join('\n')
}

function modelTable(model: ReplayedModel): string[] {
  const name = [model.model, model.version].filter((part) => part !== '').join(' ')
  const { baseline, columnsNotInBaseline } = model
  if (baseline.state === 'learning') {
    return [
      '',
      `${name}: no scores, for the baseline is still being learned: ${count(baseline.rows)} of ${count(baseline.targetRows)} rows`,
      'Give the training data with --baseline, or learn from fewer rows: baseline.learn.rows and baseline.learn.minDuration.',
    ]
  }
  const source = baseline.state === 'learned' ? 'learned from the first' : 'loaded, of'
  const extra = columnsNotInBaseline.map((column) => column.name).join(', ')
  return [
    '',
    `${name}: ${count(model.rows)} rows; baseline ${source} ${count(baseline.rows)} rows; ${verdictLine(model)}`,
    ...(extra === '' ? [] : [`not watched, because the baseline lacks them: ${extra}`]),
    '',
    ...align([
      ['column', 'verdict', 'highest score', '× threshold', 'missing', 'largest change, baseline → live'],
      ...byUrgency(model.columns).map(lineOf),
    ]),
  ]
}

function lineOf(column: ReplayedColumn): string[] {
  const headline = headlineOf(wholeOf(column))
  const [change] = largestChanges(column)
  const missing = column.bins.find(({ label }) => label === 'missing')?.live
  return [
    shorten(column.role === 'prediction' ? `${column.name} (prediction)` : column.name),
    verdictOf(column),
    headline === undefined ? '–' : `${headline.score.statistic} ${scoreText(headline.score)}`,
    headline === undefined ? '–' : decimal(headline.excess),
    missing === undefined ? '–' : percent(missing),
    change === undefined
      ? 'none'
      : `${shorten(change.bin)}: ${percent(change.baseline)} → ${percent(change.live)}`,
  ]
}

/** Removes terminal control sequences. */
function plain(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\ufffd')
}

function shorten(name: string): string {
  const text = plain(name)
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 1)}…` : text
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)))
  return rows.map((row) =>
    row
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
