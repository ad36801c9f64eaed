/** The shape of bodies without any value: member names and types, to be shown and pasted. */
import { Binary } from '../../formats/binary.ts'
import { isMap, isValueName } from './describe.ts'
import { isRecord } from './lists.ts'

const MAX_DEPTH = 8
const MAX_MEMBERS = 60
/** In the place of names that are values. */
const ANY_NAME = '<name>'

export type Skeleton = string | readonly Skeleton[] | { readonly [member: string]: Skeleton }

export function skeletonOf(values: readonly unknown[], depth = 0): Skeleton {
  const records = values.filter(isRecord)
  const lists = values.filter((value): value is readonly unknown[] => Array.isArray(value))
  const scalars = new Set(values.filter((value) => !isRecord(value) && !Array.isArray(value)).map(typeName))
  if (records.length === 0 && lists.length === 0) {
    scalars.delete('absent')
    return scalars.size === 0 ? 'null' : [...scalars].sort().join(' or ')
  }
  if (depth >= MAX_DEPTH) return '…'
  if (records.length >= lists.length) return skeletonOfRecords(records, depth)
  const elements = lists.flatMap((list) => list.slice(0, 50))
  return elements.length === 0 ? [] : [skeletonOf(elements, depth + 1)]
}

function skeletonOfRecords(records: readonly Readonly<Record<string, unknown>>[], depth: number): Skeleton {
  const keys = [...new Set(records.flatMap((record) => Object.keys(record).slice(0, 1_000)))]
  const membersEach = records.reduce((sum, record) => sum + Object.keys(record).length, 0) / records.length
  if (isMap(keys, membersEach, records.length)) {
    const members = records.flatMap((record) => Object.values(record).slice(0, 50))
    return { [ANY_NAME]: skeletonOf(members, depth + 1) }
  }
  const skeleton: [string, Skeleton][] = keys.slice(0, MAX_MEMBERS).map((key) => [
    isValueName(key) ? ANY_NAME : key,
    skeletonOf(
      records.map((record) => (Object.hasOwn(record, key) ? record[key] : undefined)),
      depth + 1,
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
