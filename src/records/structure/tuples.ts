/**
 * Lists with the same length in every sample:
 *
 *     [5.1, 3.5]                                      numbered columns, or named by a header
 *     [{"name": "age", "value": 41}, …]               named by the member that is the same at each position
 *     [{"label": "cat", "score": 0.9}, …]             a ranking: the first entry, and the score of the second
 *     [{…}, {…}]                                      numbered objects
 */
import { numberedNames } from '../naming.ts'
import { countLeaves } from '../wide-array.ts'
import { entryKey } from './entries.ts'
import { isRecord } from './lists.ts'
import type { Node, RecordNode } from './node.ts'
import { type Describing, lengthNode, type Place, skipped } from './place.ts'
import { isDistributionOf } from './scores.ts'

type Lists = readonly (readonly unknown[] | undefined)[]

/** Maximum number of objects in one list with columns of their own, by position. */
const MAX_OBJECTS = 16

export function describeTuple(lists: Lists, length: number, place: Place, context: Describing): Node {
  const { path, key, level, depth } = place
  const elements = Array.from({ length }, (_, index) => lists.map((list) => list?.[index]))
  const first = lists.find((list) => list !== undefined) ?? []
  const configured = context.names.length === length && length > 1 ? context.names : undefined
  const names = place.header?.names.length === length ? place.header.names : configured
  if (names === undefined && first.every((element) => isRecord(element)))
    return describeObjects(elements, lists, place, context)
  if (length > context.maxColumns || countLeaves(first, context.maxColumns + 1) > context.maxColumns)
    return { kind: 'wide', path, key, name: place.name === '' ? context.role : place.name }
  const prefix = place.name === '' ? context.role : place.name
  const numbered = numberedNames(prefix, length)
  const isScores = context.role === 'prediction' && isDistributionOf(lists)
  const nodes = elements.map((values, index): Node => {
    const name = names?.[index] ?? numbered[index] ?? prefix
    const inside: Place = {
      path: `${path}[${index}]`,
      name,
      key: names?.[index] ?? key,
      level,
      depth: depth + 1,
      steps: [...place.steps, String(index)],
    }
    return names === undefined
      ? context.describe(values, inside, context)
      : describeCell(values, inside, context)
  })
  const scores = isScores ? prefix : undefined
  return { kind: 'tuple', path, key, level, elements: nodes, scores, labels: isScores ? names : undefined }
}

/** A cell under a header may contain its type beside its value: `{"type": "DOUBLE", "value": 2.5}`. */
function describeCell(values: readonly unknown[], place: Place, context: Describing): Node {
  const node = context.describe(values, place, context)
  if (node.kind !== 'record' || !node.members.has('value')) return node
  const value = context.describe(
    values.map((cell) => (isRecord(cell) ? cell['value'] : undefined)),
    { ...place, path: `${place.path}.value`, depth: place.depth + 1 },
    context,
  )
  const members = new Map<string, Node>()
  for (const [key, member] of node.members) members.set(key, key === 'value' ? value : skippedAs(member))
  return { ...node, members }
}

function skippedAs({ path, key }: Node): Node {
  return { kind: 'skipped', path, key, leftOut: 'header' }
}

function describeObjects(
  elements: readonly (readonly unknown[])[],
  lists: Lists,
  place: Place,
  context: Describing,
): Node {
  const { path, key, level, depth } = place
  if (elements.length > MAX_OBJECTS)
    return lengthNode(
      lists.map((list) => list?.length ?? -1),
      place,
      context,
    )
  const entries = entryKey(elements)
  const prefix = place.name === '' ? context.role : place.name
  const numbered = numberedNames(prefix, elements.length)
  const ranking = entries === undefined ? rankingScore(elements) : undefined
  const nodes = elements.map((values, index): Node => {
    const name =
      entries === undefined ? (numbered[index] ?? prefix) : joined(place.name, entries.names[index] ?? '')
    const inside: Place = {
      path: `${path}[${index}]`,
      name,
      key: entries?.names[index] ?? key,
      level,
      depth: depth + 1,
      steps: [...place.steps, String(index)],
    }
    if (ranking !== undefined && index > 1) return skipped(inside, 'lower-ranks')
    const node = context.describe(values, inside, context)
    if (node.kind !== 'record') return node
    if (entries !== undefined) return asEntry(node, entries.path, values, inside, context)
    return ranking !== undefined && index === 1 ? onlyMember(node, ranking) : node
  })
  return { kind: 'tuple', path, key, level, elements: nodes, scores: undefined, labels: undefined }
}

function joined(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`
}

/** Removes the member that names the entry; the rest is the value, if it is one. */
function asEntry(
  node: RecordNode,
  key: string,
  values: readonly unknown[],
  place: Place,
  context: Describing,
): Node {
  const others = [...node.members].filter(([member]) => member !== key)
  const [only] = others
  const members = new Map<string, Node>()
  for (const [member, child] of node.members) {
    if (member === key)
      members.set(member, { kind: 'skipped', path: child.path, key: member, leftOut: 'header' })
    else if (others.length === 1 && member === only?.[0]) {
      const inside: Place = {
        ...place,
        path: child.path,
        depth: place.depth + 1,
        steps: [...place.steps, member],
      }
      members.set(
        member,
        context.describe(
          values.map((value) => (isRecord(value) ? value[member] : undefined)),
          inside,
          context,
        ),
      )
    } else members.set(member, child)
  }
  return { ...node, members }
}

function onlyMember(node: RecordNode, key: string): Node {
  const members = new Map<string, Node>()
  for (const [member, child] of node.members)
    members.set(
      member,
      member === key ? child : { kind: 'skipped', path: child.path, key: member, leftOut: 'lower-ranks' },
    )
  return { ...node, members, scores: undefined }
}

/** The number that never increases from one object to the next, in any sample, beside a text. */
function rankingScore(elements: readonly (readonly unknown[])[]): string | undefined {
  const record = elements[0]?.find(isRecord)
  if (record === undefined) return undefined
  const hasLabel = Object.values(record).some((value) => typeof value === 'string')
  if (!hasLabel) return undefined
  return Object.keys(record).find((key) => {
    if (typeof record[key] !== 'number') return false
    let falls = false
    for (let index = 1; index < elements.length; index += 1) {
      for (const [sample, value] of (elements[index] ?? []).entries()) {
        const before = elements[index - 1]?.[sample]
        const [above, here] = [numberIn(before, key), numberIn(value, key)]
        if (above === undefined || here === undefined) continue
        if (here > above) return false
        if (here < above) falls = true
      }
    }
    return falls
  })
}

function numberIn(value: unknown, key: string): number | undefined {
  const number = isRecord(value) ? value[key] : undefined
  return typeof number === 'number' ? number : undefined
}
