/**
 * Changes of one object: applied as text edits and recorded in an annotation of the object, so that they can be
 * reverted exactly.
 */
import { isMap, isSeq } from 'yaml'
import type { ManifestObject } from './manifest.ts'
import {
  ANNOTATIONS,
  type InjectionRecord,
  isAnnotation,
  LeftAlone,
  parentOf,
  RECORD,
  refuseShared,
  type Undo,
} from './record.ts'
import type { TextSplice } from './splice-text.ts'
import { appendItems, appendKeys, fillEmpty, isImplicit, valueSource } from './yaml-edits.ts'
import { formatPath, isEmptyValue, nodeAt, pairOf, type Path } from './yaml-nodes.ts'

/** `add` appends a key, or an item when the last step is a name; `set` replaces the value of an existing key. */
export interface Change {
  readonly kind: 'add' | 'set'
  readonly path: Path
  readonly value: unknown
  /** For changes that may fail without stopping the injection: the note for the user in that case. */
  readonly optional?: string
}

interface Edit {
  readonly splice: TextSplice
  readonly undo: readonly Undo[]
}

/** Additions to one map or one sequence. */
interface Additions {
  readonly parent: Path
  readonly changes: readonly Change[]
}

const isKey = ({ path }: Change): boolean => typeof path.at(-1) === 'string'

/** Moves an addition up to an existing place: adding `labels.x` without labels becomes `labels: { x }`. */
function hoist(object: ManifestObject, change: Change): Change {
  const parent = parentOf(change.path)
  const last = change.path.at(-1)
  const key = parent.at(-1)
  if (typeof key !== 'string' || pairOf(nodeAt(object.node, parentOf(parent)), key) !== undefined)
    return change
  const value = typeof last === 'string' ? { [last]: change.value } : [change.value]
  return hoist(object, { ...change, path: parent, value })
}

/** Changes in order, with additions to the same place grouped. */
function grouped(object: ManifestObject, changes: readonly Change[]): (Change | Additions)[] {
  const groups = new Map<string, Additions & { changes: Change[] }>()
  const result: (Change | Additions)[] = []
  for (const change of changes.map((one) => (one.kind === 'add' ? hoist(object, one) : one))) {
    if (change.kind === 'set') {
      result.push(change)
      continue
    }
    const parent = parentOf(change.path)
    const place = JSON.stringify(parent)
    const group = groups.get(place) ?? { parent, changes: [] }
    group.changes.push(change)
    if (!groups.has(place)) result.push(group)
    groups.set(place, group)
  }
  return result
}

const contentOf = (changes: readonly Change[]): Record<string, unknown> | unknown[] =>
  changes.every(isKey)
    ? Object.fromEntries(changes.map(({ path, value }) => [String(path.at(-1)), value]))
    : changes.map(({ value }) => value)

function add(text: string, object: ManifestObject, { parent, changes }: Additions): Edit[] {
  const node = nodeAt(object.node, parent)
  const undo = changes.map(({ path }) => ({ added: [...path] }))
  if (isSeq(node) && !changes.some(isKey)) {
    return [{ splice: appendItems(text, node, contentOf(changes) as unknown[]), undo }]
  }
  if (isMap(node) && changes.every(isKey)) {
    // A key with an empty or null value is replaced, and its text is kept for reversal.
    const existing = changes.filter(({ path }) => pairOf(node, String(path.at(-1))) !== undefined)
    const missing = changes.filter((change) => !existing.includes(change))
    const edits = existing.map((change) => set(text, object, change.path, change.value))
    if (missing.length === 0) return edits
    const splice = appendKeys(text, node, contentOf(missing) as Record<string, unknown>)
    return [...edits, { splice, undo: missing.map(({ path }) => ({ added: [...path] })) }]
  }
  return [addWithParent(text, object, { parent, changes })]
}

/** Adds content to a key with an empty value. */
function addWithParent(text: string, object: ManifestObject, { parent, changes }: Additions): Edit {
  const key = parent.at(-1)
  const grandparent = nodeAt(object.node, parentOf(parent))
  const pair = typeof key === 'string' ? pairOf(grandparent, key) : undefined
  if (pair === undefined || !isMap(grandparent) || !isImplicit(text, pair)) {
    throw new LeftAlone(
      `${formatPath(parent)} cannot be edited: it is not written out as "key: value" in the manifest`,
    )
  }
  const content = contentOf(changes)
  if (isEmptyValue(pair.value) && grandparent.flow !== true) {
    return { splice: fillEmpty(text, pair, content), undo: changes.map(({ path }) => ({ added: [...path] })) }
  }
  return set(text, object, parent, content)
}

function set(text: string, object: ManifestObject, path: Path, value: unknown): Edit {
  const key = path.at(-1)
  const pair = typeof key === 'string' ? pairOf(nodeAt(object.node, parentOf(path)), key) : undefined
  if (pair === undefined || !isImplicit(text, pair)) {
    throw new LeftAlone(
      `${formatPath(path)} cannot be edited: it is not written out as "key: value" in the manifest`,
    )
  }
  const { start, end } = valueSource(text, pair)
  const now = `: ${JSON.stringify(value)}`
  const undo = [{ path: [...path], was: text.slice(start, end), now }]
  return { splice: { start, end, insert: now }, undo }
}

export interface AppliedChanges {
  readonly splices: readonly TextSplice[]
  /** Notes on omitted optional changes. */
  readonly notes: readonly string[]
}

/** The edits for `changes`, and the annotation that records them. Throws LeftAlone. */
export function applyChanges(
  text: string,
  object: ManifestObject,
  changes: readonly Change[],
): AppliedChanges {
  refuseShared(object, [...ANNOTATIONS, RECORD])
  const annotations = changes.filter(({ kind, path }) => kind === 'add' && isAnnotation(path))
  const edits: Edit[] = []
  const notes: string[] = []
  for (const group of grouped(
    object,
    changes.filter((change) => !annotations.includes(change)),
  )) {
    const members = 'changes' in group ? group.changes : [group]
    try {
      for (const { path } of members) refuseShared(object, path)
      if ('changes' in group) edits.push(...add(text, object, group))
      else edits.push(set(text, object, group.path, group.value))
    } catch (error) {
      const words = members.flatMap(({ optional }) => optional ?? [])
      if (words.length < members.length || !(error instanceof LeftAlone)) throw error
      notes.push(...words)
    }
  }
  const undo: Undo[] = [
    ...edits.flatMap((edit) => edit.undo),
    ...annotations.map(({ path }) => ({ added: [...path] })),
  ]
  const added = Object.fromEntries(annotations.map(({ path, value }) => [String(path[2]), value]))
  return { splices: [...edits.map(({ splice }) => splice), addAnnotations(text, object, added, undo)], notes }
}

/** Adds annotations to the object, with the record last. */
function addAnnotations(
  text: string,
  object: ManifestObject,
  added: Readonly<Record<string, unknown>>,
  undo: readonly Undo[],
): TextSplice {
  const withRecord = (annotations: InjectionRecord['annotations']): Record<string, unknown> => ({
    ...added,
    [RECORD]: JSON.stringify({ v: 1, annotations, undo: [...undo] } satisfies InjectionRecord),
  })
  const metadata = nodeAt(object.node, ['metadata'])
  const pair = pairOf(metadata, 'annotations')
  if (!isMap(metadata))
    throw new LeftAlone('its metadata cannot be edited: it is not written out in the manifest')
  if (pair === undefined) return appendKeys(text, metadata, { annotations: withRecord('created') })
  if (isMap(pair.value)) return appendKeys(text, pair.value, withRecord('extended'))
  if (isEmptyValue(pair.value) && metadata.flow !== true) return fillEmpty(text, pair, withRecord('extended'))
  const { start, end } = valueSource(text, pair)
  return { start, end, insert: `: ${JSON.stringify(withRecord({ was: text.slice(start, end) }))}` }
}
