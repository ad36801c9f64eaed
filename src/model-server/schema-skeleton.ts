/** Converts a JSON schema of an OpenAPI description to names and types, with the same words as skeletons of bodies. */
import { isObject, type JsonObject } from '../formats/json-value.ts'
import type { Skeleton } from '../records/structure/skeleton.ts'

const MAX_DEPTH = 8
const MAX_MEMBERS = 60
const MAX_ENTRIES = 1_000

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
}

/** @param resolve follows a reference within the document; `undefined` without a target */
export function schemaSkeleton(
  schema: unknown,
  resolve: (node: unknown) => JsonObject | undefined,
): Skeleton {
  let left = MAX_ENTRIES
  const describe = (node: unknown, depth: number): Skeleton => {
    left -= 1
    const described = resolve(node)
    if (described === undefined) return 'any'
    if (depth > MAX_DEPTH || left <= 0) return '…'
    const choices = described['anyOf'] ?? described['oneOf'] ?? described['allOf']
    if (Array.isArray(choices))
      return alternatives(choices.slice(0, 8).map((each) => describe(each, depth + 1)))
    const { properties, items, type } = described
    if (isObject(properties)) {
      const members = Object.entries(properties)
        .slice(0, MAX_MEMBERS)
        .map(([name, member]): [string, Skeleton] => [name, describe(member, depth + 1)])
      return Object.fromEntries(members)
    }
    if (type === 'array') return [describe(items, depth + 1)]
    if (type === 'object') return {}
    return typeof type === 'string' && Object.hasOwn(TYPE_NAMES, type) ? (TYPE_NAMES[type] ?? 'any') : 'any'
  }
  return describe(schema, 0)
}

/** `text or null`; for several objects or lists, the first one. */
function alternatives(choices: readonly Skeleton[]): Skeleton {
  const container = choices.find((choice) => typeof choice !== 'string')
  return container ?? [...new Set(choices)].join(' or ')
}
