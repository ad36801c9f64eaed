/**
 * Tables with column names in a separate list beside the rows:
 *
 *     {"fields": ["age", "plan"], "values": [[41, "a"], [30, "b"]]}
 *     {"columns": [{"name": "age", "type": "int"}], "rows": [{"values": [41]}]}
 */
import { isSameInAll } from './entries.ts'
import { isRecord, listOf } from './lists.ts'

export interface Header {
  readonly names: readonly string[]
}

type Records = readonly (Readonly<Record<string, unknown>> | undefined)[]

/** Member → the header of its elements; `undefined` for the member that is the header itself. */
export function findHeaders(
  records: Records,
  keys: readonly string[],
  isRows: (key: string) => boolean,
): ReadonlyMap<string, Header | undefined> {
  const found = new Map<string, Header | undefined>()
  if (keys.length < 2) return found
  for (const key of keys) {
    // A list of texts may itself be rows.
    const isRowsOfTexts =
      isRows(key) && records.some((record) => typeof listOf(record?.[key])?.[0] === 'string')
    if (isRowsOfTexts) continue
    const names = constantNames(records.map((record) => record?.[key]))
    if (names === undefined) continue
    const tables = keys.filter(
      (other) =>
        other !== key &&
        records.every((record) => hasWidth(record?.[other], names.length)) &&
        records.some((record) => listOf(record?.[other])?.length !== 0),
    )
    if (tables.length === 0) continue
    found.set(key, undefined)
    for (const table of tables) if (!found.has(table)) found.set(table, { names })
  }
  return found
}

/** Unique names. Everything beside them, such as their types, is the same in every sample. */
function constantNames(values: readonly unknown[]): readonly string[] | undefined {
  const present = values.filter((value) => value !== undefined)
  const names = namesIn(present[0])
  if (names === undefined || new Set(names).size < names.length) return undefined
  return isSameInAll(present) ? names : undefined
}

function namesIn(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > 1_000) return undefined
  const names = value.map(nameIn)
  return names.every((name) => name !== undefined) ? names : undefined
}

/** `"age"`, `{"name": "age", …}` or `{"age": "int"}`. */
function nameIn(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry
  if (!isRecord(entry)) return undefined
  const { name } = entry
  if (typeof name === 'string') return name
  const [only, ...others] = Object.entries(entry)
  return only !== undefined && others.length === 0 && isTypeWord(only[1]) ? only[0] : undefined
}

/** Whether the value is a row of that width, or a list of such rows, also if each is the only member of an object. */
function hasWidth(value: unknown, width: number, depth = 0): boolean {
  if (value === undefined) return true
  const list = onlyList(value)
  if (list === undefined || depth > 2) return false
  if (depth > 0 && list.length === width) return true
  if (list.length === 0) return depth === 0
  if (list.every((element) => onlyList(element) !== undefined))
    return list.every((element) => hasWidth(element, width, depth + 1))
  return list.length === width && (width > 1 || depth > 0)
}

function onlyList(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (!isRecord(value)) return undefined
  const members = Object.values(value)
  return members.length === 1 ? listOf(members[0]) : undefined
}

const TYPE_WORD =
  /^(?:u?int|integer|long|short|byte|float|double|decimal|number|numeric|real|bool|boolean|str|string|text|varchar|char|enum|categor|date|time|object|factor|nominal)/i

/** A value beside a name is not a type: `{"device": "ios"}`. */
function isTypeWord(value: unknown): boolean {
  return typeof value === 'string' && TYPE_WORD.test(value)
}
