// HOT: per value
/** The age of a column's timestamps on arrival, as a separate column, because stale inputs are a fault. */
import { CELL, type ColumnSet } from '../records/record-batch.ts'
import { ageColumnOf, isAgeColumn } from './baseline.ts'
import { instantMs, type InstantUnit } from './instants.ts'

export interface AgeWriting {
  readonly set: ColumnSet
  readonly rows: number
  /** The timestamp column. */
  readonly name: string
  readonly unit: InstantUnit
  /** Since 1970; NaN when unknown. */
  readonly nowMs: number
}

/** Days have no age, because it would be the hour of the day. A payload column with that name is left unchanged. */
export function writeAges({ set, rows, name, unit, nowMs }: AgeWriting): void {
  if (unit === 'day' || Number.isNaN(nowMs) || isAgeColumn(name)) return
  const moments = set.find(name)
  const target = ageColumnOf(name)
  if (moments === undefined || set.find(target) !== undefined) return
  const ages = set.column(target)
  for (let row = 0; row < rows; row += 1) {
    const tag = moments.tags[row]
    if (tag !== CELL.NUMBER && tag !== CELL.TEXT) continue
    const value = tag === CELL.NUMBER ? (moments.numbers[row] as number) : (moments.texts[row] ?? '')
    const ageMs = nowMs - instantMs(value, unit)
    // Whole seconds: smaller differences come from the network and machine load, not from stale inputs.
    if (!Number.isNaN(ageMs)) ages.setNumber(row, Math.round(ageMs / 1_000) + 0)
  }
}
