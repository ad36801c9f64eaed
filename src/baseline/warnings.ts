/**
 * Warnings about what a baseline cannot support, shown when it is built, inspected and loaded. Names and counts only.
 */
import { percent } from '../lib/number-format.ts'
import type { Baseline, BaselineColumn } from './baseline.ts'

/** With fewer rows, thresholds for small effects exceed the effects. */
const FEW_ROWS = 1_000
const MOSTLY_MISSING = 0.5
/** With fewer days, limits are wide, and other weekdays are unknown. */
const FEW_DAYS = 7

/** For a baseline without times. */
export const UNKNOWN_DAYS =
  'the variation between days is unknown; modeltap learns it from live traffic. During the first two days only missing, unseen and distant values count as drift. A file of some weeks, in the order of its timestamps, provides it at once'

/** One sentence each. */
export function baselineWarnings({ rows, columns, durationSeconds, formatVersion }: Baseline): string[] {
  const few =
    rows < FEW_ROWS
      ? [
          `${rows} rows are few: thresholds are high, small drift stays unseen; ${FEW_ROWS} or more are better`,
        ]
      : []
  const days = Math.max(0, ...columns.map(({ memory }) => memory?.days ?? 0))
  const unknown =
    days === 0 && durationSeconds === undefined
      ? [UNKNOWN_DAYS]
      : days > 0 && days < FEW_DAYS
        ? [`${days} days are few to know how days differ; ${FEW_DAYS} or more are better`]
        : []
  const old =
    formatVersion === 1
      ? [
          'the file has format version 1, which holds a digest and no grid: ks and wasserstein can be off by 0.02 and bin shares by 0.003; build it anew with `modeltap baseline build`',
        ]
      : []
  return [
    ...old,
    ...few,
    ...unknown,
    ...columns.flatMap((column) => columnWarnings(column).map((text) => `${column.name}: ${text}`)),
  ]
}

function columnWarnings(column: BaselineColumn): string[] {
  const warnings: string[] = []
  const { missing } = column
  if (missing === 1) return ['never has a value: whatever comes is new']
  if (missing > MOSTLY_MISSING) warnings.push(`${percent(missing)} of the rows have no value`)
  if (isConstant(column)) warnings.push('is constant: any change of it is drift')
  if (column.kind === 'categorical' && !column.complete) {
    warnings.push('has too many categories to tell new ones from rare ones')
  }
  if (column.kind === 'categorical' && column.other + (column.unseen ?? 0) > MOSTLY_MISSING) {
    const rare = 100 * (column.other + (column.unseen ?? 0))
    warnings.push(
      `${percent(rare / 100)} of the rows are in categories that are rare or not shown: an identifier?`,
    )
  }
  return warnings
}

/** Whether the baseline saw a single value. */
export function isConstant(column: BaselineColumn): boolean {
  if (column.kind === 'categorical')
    return column.categories.length === 1 && column.other + (column.unseen ?? 0) === 0
  return column.min === column.max
}
