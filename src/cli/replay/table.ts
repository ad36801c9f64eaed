/** The final scores as a table for a terminal. */
import { count, decimal, percent } from '../../admin/page/number-format.ts'
import {
  isDrifted,
  type ReplayedColumn,
  type ReplayedModel,
  type ReplayedScore,
  type ReplayResult,
} from './result.ts'

const LONGEST_NAME = 40

/** Several lines, without a trailing line break. A score that is above its threshold has the threshold beside it. */
export function resultTable(result: ReplayResult): string {
  return [...summary(result), ...result.models.flatMap(modelTable)].join('\n')
}

function summary({ input, lines, unread, from, to, clock, outOfOrder }: ReplayResult): string[] {
  const time = from === null || to === null ? `no time stamps: ${clock}` : `${from} to ${to}`
  const reasons = Object.entries(unread).map(([reason, number]) => `${reason} ${count(number)}`)
  return [
    `${input}: ${count(lines)} rows, ${time}`,
    ...(outOfOrder === 0 ? [] : [`${count(outOfOrder)} rows are older than one before them`]),
    ...(reasons.length === 0 ? [] : [`not used: ${reasons.join(', ')}`]),
  ]
}

function modelTable(model: ReplayedModel): string[] {
  const name = [model.model, model.version].filter((part) => part !== '').join(' ')
  const { baseline } = model
  if (baseline.state === 'learning') {
    return [
      '',
      `${name}: no scores, for the baseline is still being learned: ${count(baseline.rows)} of ${count(baseline.targetRows)} rows`,
      'Give the training data with --baseline, or learn from fewer rows: baseline.learn.rows and baseline.learn.minDuration.',
    ]
  }
  const statistics = [...new Set(model.columns.flatMap(scoresOf).map(({ statistic }) => statistic))]
  const drifted = model.columns.filter(isDrifted).length
  const source = baseline.state === 'learned' ? 'learned from the first' : 'loaded, of'
  return [
    '',
    `${name}: ${count(model.rows)} rows; baseline ${source} ${count(baseline.rows)} rows; ${drifted} of ${model.columns.length} columns drifted over the whole file`,
    '',
    ...align([
      ['column', 'role', 'window', 'rows', 'missing', ...statistics],
      ...model.columns.flatMap((column) => rowsOf(column, statistics)),
    ]),
  ]
}

function rowsOf(column: ReplayedColumn, statistics: readonly string[]): string[][] {
  const { missing, ...others } = column.values
  const values = Object.values(others).reduce((sum, number) => sum + number, missing)
  return column.windows.map(({ window, observations, scores }, index) => [
    index === 0 ? shorten(column.name) : '',
    index === 0 ? column.role : '',
    window,
    count(observations),
    index === 0 && values > 0 ? percent(missing / values) : '',
    ...statistics.map((name) => cell(scores.find(({ statistic }) => statistic === name))),
  ])
}

function cell(score: ReplayedScore | undefined): string {
  if (score === undefined) return '–'
  return score.drifted ? `${decimal(score.value)} > ${decimal(score.threshold)}` : decimal(score.value)
}

function scoresOf({ windows }: ReplayedColumn): readonly ReplayedScore[] {
  return windows.flatMap(({ scores }) => scores)
}

/** Also takes out what a terminal would obey. */
function shorten(name: string): string {
  const plain = name.replaceAll(/\p{C}/gu, '\ufffd')
  return plain.length > LONGEST_NAME ? `${plain.slice(0, LONGEST_NAME - 1)}…` : plain
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
