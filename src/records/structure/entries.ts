/** Lists whose objects have a name at each position: `[{"name": "age", "value": 41}, {"name": "plan", "value": "a"}]`. */
import { isRecord } from './lists.ts'
import { isNumberText } from './scalars.ts'

const ENTRY_NAMES = new Set(['name', 'key', 'feature', 'column', 'field', 'attribute', 'variable'])
const ENOUGH_SAMPLES = 4

/** The member with a text that is constant at each position in all samples and differs between positions. */
export function entryKey(
  elements: readonly (readonly unknown[])[],
): { readonly path: string; readonly names: readonly string[] } | undefined {
  const record = elements[0]?.find(isRecord)
  if (record === undefined) return undefined
  for (const key of Object.keys(record)) {
    if (typeof record[key] !== 'string') continue
    const names = elements.map((values) => constantText(values, key))
    if (!names.every((name) => name !== undefined) || new Set(names).size < names.length) continue
    const samples = elements[0]?.filter(isRecord).length ?? 0
    if (samples < ENOUGH_SAMPLES && !ENTRY_NAMES.has(key)) continue
    return { path: key, names }
  }
  return undefined
}

function constantText(values: readonly unknown[], key: string): string | undefined {
  let first: string | undefined
  for (const value of values) {
    if (!isRecord(value)) continue
    const text = value[key]
    if (typeof text !== 'string' || text.length > 64) return undefined
    first ??= text
    if (text !== first) return undefined
  }
  return first
}

/** With fewer samples, only pairs of name and value are known not to be rows. */
const PAIR = 2

/**
 * Whether lists of constant length are entries of one row instead of rows. Numeric names number rows. When only the
 * names differ, a single call was repeated.
 */
export function areEntries(lists: readonly (readonly unknown[])[]): boolean {
  const [first = []] = lists
  if (first.length < 2 || !first.every(isRecord)) return false
  const elements = first.map((_, index) => lists.map((list) => list[index]))
  const entries = entryKey(elements)
  if (entries === undefined || entries.names.every(isNumberText)) return false
  if (lists.length < ENOUGH_SAMPLES) return first.every((entry) => Object.keys(entry).length === PAIR)
  return !elements.every((values) => isSameInAll(values))
}

/** `[{"timeOfDay": "am"}, {"device": "ios"}]`: objects without common members are parts of one row. */
export function haveOwnMembers(lists: readonly (readonly unknown[])[]): boolean {
  return lists.every((list) => {
    const keys = list.flatMap((element) => (isRecord(element) ? Object.keys(element) : []))
    return list.length > 1 && list.every(isRecord) && new Set(keys).size === keys.length && keys.length > 1
  })
}

/** Whether all samples have the same value there. */
export function isSameInAll(values: readonly unknown[]): boolean {
  const [first, ...others] = values.map((value) => JSON.stringify(value))
  return others.every((other) => other === first)
}
