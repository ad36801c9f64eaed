/** The head of table and report: the file, its time, unusable lines, and the verdict on a model. */
import { count } from '../../lib/number-format.ts'
import type { ReplayedModel, ReplayResult } from './result.ts'
import { verdictOf } from './verdict.ts'

export function summaryLines(result: ReplayResult): string[] {
  const { lines, unread, from, to, clock, outOfOrder } = result
  const time =
    from === null || to === null
      ? `no time stamps: ${clock}`
      : `${withoutMilliseconds(from)} to ${withoutMilliseconds(to)}`
  const reasons = Object.entries(unread).map(([reason, number]) => `${reason} ${count(number)}`)
  return [
    `${count(lines)} rows, ${time}`,
    ...(outOfOrder === 0 ? [] : [`${count(outOfOrder)} rows are older than one before them`]),
    ...(reasons.length === 0 ? [] : [`not used: ${reasons.join(', ')}`]),
  ]
}

/** `2 of 9 columns drifted over the whole file, 1 more at its end` */
export function verdictLine({ columns }: Pick<ReplayedModel, 'columns'>): string {
  const of = (verdict: string): number => columns.filter((column) => verdictOf(column) === verdict).length
  const late = of('drifted at the end')
  const unknown = of('too few rows')
  return [
    `${of('drifted')} of ${columns.length} columns drifted over the whole file`,
    ...(late === 0 ? [] : [`${late} more at its end`]),
    ...(unknown === 0 ? [] : [`${unknown} with too few rows for a score`]),
  ].join(', ')
}

function withoutMilliseconds(iso: string): string {
  return iso.replace(/\.000Z$/, 'Z')
}
