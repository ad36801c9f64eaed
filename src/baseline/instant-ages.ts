// HOT: per value
/** How old the moments of a column are when they arrive: a column of its own, because stale inputs are a fault. */
import { CELL, type ColumnSet } from '../records/record-batch.ts'
import { ageColumnOf, isAgeColumn } from './baseline.ts'
import { instantMs, type InstantUnit } from './instants.ts'

export interface AgeWriting {
  readonly set: ColumnSet
  readonly rows: number
  /** The column of the moments. */
  readonly name: string
  readonly unit: InstantUnit
  /** Since 1970; NaN when nobody knows. */
  readonly nowMs: number
}

/** Days have no age: it would be the hour of the day. A column that the payload has by that name stays what it is. */
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
    // Whole seconds: below them it is the network and the load of the machines, which are no staleness.
    if (!Number.isNaN(ageMs)) ages.setNumber(row, Math.round(ageMs / 1_000) + 0)
  }
}
