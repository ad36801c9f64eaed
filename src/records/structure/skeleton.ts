/** The shape of bodies without values: member names and types, for display. */
import { Binary } from '../../formats/binary.ts'
import { LONGEST_NAME } from '../record-batch.ts'
import { isMap, isValueName } from './describe.ts'
import { isRecord } from './lists.ts'

const MAX_DEPTH = 8
const MAX_MEMBERS = 60
/** Maximum members and elements of one skeleton. */
const MAX_ENTRIES = 1_000
/** Replaces names that are values. */
const ANY_NAME = '<name>'

export type Skeleton = string | readonly Skeleton[] | { readonly [member: string]: Skeleton }

export function skeletonOf(values: readonly unknown[]): Skeleton {
  return describe(values, 0, { left: MAX_ENTRIES })
}

interface Budget {
  left: number
}

function describe(values: readonly unknown[], depth: number, budget: Budget): Skeleton {
  budget.left -= 1
  const records = values.filter(isRecord)
  const lists = values.filter((value): value is readonly unknown[] => Array.isArray(value))
  const scalars = new Set(values.filter((value) => !isRecord(value) && !Array.isArray(value)).map(typeName))
  if (records.length === 0 && lists.length === 0) {
    scalars.delete('absent')
    return scalars.size === 0 ? 'null' : [...scalars].sort().join(' or ')
  }
  if (depth >= MAX_DEPTH || budget.left <= 0) return '…'
  if (records.length >= lists.length) return describeRecords(records, depth, budget)
  const elements = lists.flatMap((list) => list.slice(0, 50))
  return elements.length === 0 ? [] : [describe(elements, depth + 1, budget)]
}

function describeRecords(
  records: readonly Readonly<Record<string, unknown>>[],
  depth: number,
  budget: Budget,
): Skeleton {
  const keys = [...new Set(records.flatMap((record) => Object.keys(record).slice(0, 1_000)))]
  const membersEach = records.reduce((sum, record) => sum + Object.keys(record).length, 0) / records.length
  if (isMap(keys, membersEach, records.length)) {
    const members = records.flatMap((record) => Object.values(record).slice(0, 50))
    return { [ANY_NAME]: describe(members, depth + 1, budget) }
  }
  const skeleton: [string, Skeleton][] = keys.slice(0, MAX_MEMBERS).map((key) => [
    isValueName(key) || key.length > LONGEST_NAME ? ANY_NAME : key,
    describe(
      records.map((record) => (Object.hasOwn(record, key) ? record[key] : undefined)),
      depth + 1,
      budget,
    ),
  ])
  if (keys.length > MAX_MEMBERS) skeleton.push(['…', `${keys.length - MAX_MEMBERS} more`])
  return Object.fromEntries(skeleton)
}

function typeName(value: unknown): string {
  if (value === undefined) return 'absent'
  if (value === null) return 'null'
  if (value instanceof Binary || value instanceof Uint8Array) return 'file'
  if (typeof value === 'string') return 'text'
  return typeof value
}
