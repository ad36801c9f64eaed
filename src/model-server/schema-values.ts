/** What a JSON schema says of single values: enums are categories, minimum and maximum are bounds. */
import { isObject, type JsonObject } from '../formats/json-value.ts'
import type { DeclaredValues } from '../records/declared-column.ts'
import { memberPath } from '../records/structure/lists.ts'

const MAX_DEPTH = 8
const MAX_VISITS = 2_000
/** Categories of one enum. */
const MAX_CATEGORIES = 1_000

/** JSONPath, with `[*]` for the elements of lists, → what is said there. */
export type SchemaValues = ReadonlyMap<string, DeclaredValues>

/** @param resolve follows a reference within the document; `undefined` for one that leads nowhere */
export function schemaValues(
  schema: unknown,
  resolve: (node: unknown) => JsonObject | undefined,
): SchemaValues {
  const found = new Map<string, DeclaredValues>()
  let left = MAX_VISITS
  const visit = (node: unknown, path: string, depth: number): void => {
    left -= 1
    const described = resolve(node)
    if (described === undefined || depth > MAX_DEPTH || left <= 0) return
    const choices = described['anyOf'] ?? described['oneOf'] ?? described['allOf']
    if (Array.isArray(choices)) for (const choice of choices) visit(choice, path, depth + 1)
    const { properties, items } = described
    if (isObject(properties))
      for (const [name, member] of Object.entries(properties))
        visit(member, memberPath(path, name), depth + 1)
    if (items !== undefined) visit(items, `${path}[*]`, depth + 1)
    const values = valuesOf(described)
    if (values !== undefined && !found.has(path)) found.set(path, values)
  }
  visit(schema, '$', 0)
  return found
}

function valuesOf(schema: JsonObject): DeclaredValues | undefined {
  const categories = categoriesOf(schema['enum'])
  const low = Math.max(bound(schema['minimum'], -Infinity), bound(schema['exclusiveMinimum'], -Infinity))
  const high = Math.min(bound(schema['maximum'], Infinity), bound(schema['exclusiveMaximum'], Infinity))
  if (categories === undefined && low === -Infinity && high === Infinity) return undefined
  return { ...(categories !== undefined && { categories }), low, high }
}

function categoriesOf(values: unknown): ReadonlySet<string> | undefined {
  if (!Array.isArray(values) || values.length < 2 || values.length > MAX_CATEGORIES) return undefined
  const scalars = values.filter((value) => value !== null)
  if (!scalars.every((value) => typeof value === 'string' || typeof value === 'number')) return undefined
  return new Set(scalars.map(String))
}

function bound(value: unknown, absent: number): number {
  return typeof value === 'number' ? value : absent
}
