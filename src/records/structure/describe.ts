/** Builds a node from the values at one place of all samples. Rules for lists of constant length are in tuples.ts. */
import { Binary } from '../../formats/binary.ts'
import { isFreeText } from '../free-text.ts'
import { givenName, memberName } from '../naming.ts'
import { LONGEST_NAME } from '../record-batch.ts'
import { findHeaders } from './headers.ts'
import { isPresent, isRecord, listOf, memberPath } from './lists.ts'
import type { Leaf, LeftOut, Node } from './node.ts'
import { type Describing, lengthNode, type Place, skipped } from './place.ts'
import { areQuantities } from './quantity.ts'
import { areBase64, areFreeTexts, type ScalarFacts, scalarFacts } from './scalars.ts'
import { isDistributionOf } from './scores.ts'
import { describeTuple } from './tuples.ts'

const MAX_DEPTH = 12
const MAX_MEMBERS = 1_000
/** Characters shown of a name that is too long. */
const SHOWN_NAME = 32
/** Ratio of all member names to those of one sample above which the names are values. */
const MAP_FACTOR = 2.5
const MAP_AT_LEAST = 5

export function describe(values: readonly unknown[], place: Place, context: Describing): Node {
  if (place.depth > MAX_DEPTH) return skipped(place, 'deep')
  if (context.budget <= 0) return skipped(place, 'wide')
  const present = values.filter(isPresent)
  if (present.length === 0)
    return leaf(values, place, context, context.role === 'feature' ? undefined : 'empty')
  const lists = present.map(listOf)
  const isList = lists.filter((list) => list !== undefined).length
  if (isMostly(isList, present)) return describeList(values, place, context)
  const records = present.filter(isRecord).length
  if (isMostly(records, present)) return describeRecord(values, place, context)
  const scalars = present.filter((value) => typeof value !== 'object' || isBytes(value)).length
  return isMostly(scalars, present) ? leaf(values, place, context) : skipped(place, 'mixed')
}

/** Some servers give a different answer in one call of fifty; the plan counts those. */
function isMostly(count: number, present: readonly unknown[]): boolean {
  return count > 0 && count >= 0.8 * present.length
}

function isBytes(value: unknown): boolean {
  return value instanceof Uint8Array || value instanceof Binary
}

function describeList(values: readonly unknown[], place: Place, context: Describing): Node {
  const lists = values.map(listOf)
  const lengths = lists.map((list) => list?.length ?? -1)
  const known = lengths.filter((length) => length >= 0)
  const { path, key } = place
  if (context.rows.has(path)) {
    const elements = lists.flatMap((list) => list ?? [])
    const name = elements.some((element) => isRecord(element)) ? '' : key
    const row: Place = {
      path: `${path}[*]`,
      name,
      key,
      level: 'row',
      depth: place.depth + 1,
      steps: [],
      header: place.header,
    }
    return { kind: 'rows', path, key, steps: place.steps, element: describe(elements, row, context) }
  }
  const [length = 0] = known
  if (known.every((other) => other === 0)) return skipped(place, 'empty')
  if (known.some((other) => other !== length)) return lengthNode(lengths, place, context)
  const isNamed = place.header?.names.length === 1 && !lists.some((list) => Array.isArray(list?.[0]))
  if (length === 1 && !isNamed) {
    const steps = [...place.steps, '0']
    const inside: Place = { ...place, path: `${path}[0]`, depth: place.depth + 1, steps }
    const first = lists.map((list) => list?.[0])
    return { kind: 'only', path, key, element: describe(first, inside, context) }
  }
  return describeTuple(lists, length, place, context)
}

function describeRecord(values: readonly unknown[], place: Place, context: Describing): Node {
  const { path, key, level, name, depth } = place
  const records = values.map((value) => (isRecord(value) ? value : undefined))
  const counts = new Map<string, number>()
  let members = 0
  let isWide = false
  for (const record of records) {
    if (record === undefined) continue
    const keys = Object.keys(record)
    members += keys.length
    isWide ||= keys.length > MAX_MEMBERS
    for (const member of keys.slice(0, MAX_MEMBERS)) {
      if (counts.size < 4 * MAX_MEMBERS) counts.set(member, (counts.get(member) ?? 0) + 1)
    }
  }
  const present = records.filter((record) => record !== undefined).length
  if (members === 0) return skipped(place, 'empty')
  if (isBase64Object(records)) {
    const texts = records.map((record) => record?.['b64'])
    return { ...leaf(texts, { ...place, path: `${path}.b64` }, context), treatment: 'base64' }
  }
  if (isMap([...counts.keys()], members / present, present)) {
    const sizes = records.map((record) => (record === undefined ? -1 : Object.keys(record).length))
    return lengthNode(sizes, place, context, 'map')
  }
  const scores =
    context.role === 'prediction' &&
    counts.size > 1 &&
    isDistributionOf(records.map((record) => record && Object.values(record)))
      ? name === ''
        ? context.role
        : name
      : undefined
  const headers = findHeaders(records, [...counts.keys()], (member) =>
    context.rows.has(memberPath(path, member)),
  )
  isWide ||= counts.size > MAX_MEMBERS
  const nodes = new Map<string, Node>()
  let index = 0
  for (const member of [...counts.keys()].slice(0, MAX_MEMBERS)) {
    if (member.length > LONGEST_NAME) {
      const cut = `${member.slice(0, SHOWN_NAME)}…`
      nodes.set(cut, skipped({ ...place, path: memberPath(path, cut), key: cut }, 'name'))
      continue
    }
    const memberValues = records.map((record) => record?.[member])
    const inside: Place = {
      path: memberPath(path, member),
      name: memberName(name, member, index),
      key: member,
      level,
      depth: depth + 1,
      steps: [...place.steps, member],
      header: headers.get(member) ?? (counts.size === 1 ? place.header : undefined),
    }
    index += 1
    if (member in Object.prototype) nodes.set(member, skipped(inside, 'name'))
    else if (headers.has(member) && headers.get(member) === undefined)
      nodes.set(member, skipped(inside, 'header'))
    else nodes.set(member, describe(memberValues, inside, context))
  }
  if (isWide) nodes.set('…', skipped({ ...place, path: `${path}['…']`, key: '…' }, 'wide'))
  return { kind: 'record', path, key, level, members: nodes, scores }
}

/**
 * Whether member names are values: a table of scores by user has other names in every call. Names that look like e-mail
 * addresses or generated keys suffice.
 */
export function isMap(keys: readonly string[], membersEach: number, objects: number): boolean {
  const strange = keys.filter(isValueName).length
  if (strange > 0 && strange >= 0.5 * keys.length) return true
  if (objects < 3 || keys.length < MAP_AT_LEAST) return false
  return keys.length > MAP_FACTOR * membersEach
}

const VALUE_NAME =
  /[^@\s]@[^@\s]+\.\w|^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}|^\d{4}-\d{2}-\d{2}|^\+?\d{7,}$|^[0-9a-f]{20,}$/i

export function isValueName(name: string): boolean {
  return VALUE_NAME.test(name) || isFreeText(name)
}

function isBase64Object(records: readonly (Readonly<Record<string, unknown>> | undefined)[]): boolean {
  return records.every(
    (record) =>
      record === undefined || (typeof record['b64'] === 'string' && Object.keys(record).length === 1),
  )
}

export function leaf(values: readonly unknown[], place: Place, context: Describing, leftOut?: LeftOut): Leaf {
  context.budget -= 1
  const { path, key, level, name, steps } = place
  const facts = scalarFacts(values)
  return {
    kind: 'leaf',
    path,
    name: name === '' ? onlyName(context) : givenName(name, 0),
    key,
    level,
    steps,
    values,
    treatment: treatmentOf(values, facts),
    leftOut,
    guard: undefined,
  }
}

function onlyName({ role, names }: Describing): string {
  return names.length === 1 ? (names[0] ?? role) : role
}

function treatmentOf(values: readonly unknown[], facts: ScalarFacts): Leaf['treatment'] {
  if (facts.binaries > 0) return 'binary'
  if (facts.texts === 0) return 'cell'
  if (areQuantities(values)) return 'quantity'
  if (areBase64(values)) return 'base64'
  return areFreeTexts(values, facts) ? 'text' : 'cell'
}
