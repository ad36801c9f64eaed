/** Reverts an injection with its record. */
import { isMap, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { ManifestObject } from './manifest.ts'
import { type InjectionRecord, isAnnotation, parentOf, readRecord, RECORD, type Undo } from './record.ts'
import type { TextSplice } from './splice-text.ts'
import { removeParts, valueSource } from './yaml-edits.ts'
import { childOf, formatPath, keyOf, nodeAt, pairOf, type Path } from './yaml-nodes.ts'

/** The result of reverting the injection of an object. */
export interface Reversal {
  readonly splices: TextSplice[]
  /** Places that were changed since the injection, and therefore stay. */
  readonly kept: string[]
}

function reverseSet(
  text: string,
  object: ManifestObject,
  undo: Extract<Undo, { was: string }>,
): TextSplice | string {
  const key = undo.path.at(-1)
  const pair = typeof key === 'string' ? pairOf(nodeAt(object.node, parentOf(undo.path)), key) : undefined
  if (pair === undefined) return `${formatPath(undo.path)} is gone`
  const { start, end } = valueSource(text, pair)
  if (sameValue(text.slice(start, end), undo.now)) return { start, end, insert: undo.was }
  return `${formatPath(undo.path)} is no longer what modeltap had set it to`
}

/** A cluster may have reformatted the value: `: 9080` and `: "9080"` are the same. */
const sameValue = (a: string, b: string): boolean =>
  a.replaceAll(/[\s"']/g, '') === b.replaceAll(/[\s"']/g, '')

/** Parts to remove, grouped by collection. */
function removeAdded(text: string, object: ManifestObject, paths: readonly Path[]): (TextSplice | string)[] {
  const byCollection = new Map<YAMLMap | YAMLSeq, (Node | Pair)[]>()
  const gone: string[] = []
  for (const path of paths) {
    const last = path.at(-1)
    const parent = nodeAt(object.node, parentOf(path))
    const part =
      typeof last === 'string' ? pairOf(parent, last) : last === undefined ? undefined : childOf(parent, last)
    if (part === undefined || !(isMap(parent) || isSeq(parent))) gone.push(`${formatPath(path)} is gone`)
    else byCollection.set(parent, [...(byCollection.get(parent) ?? []), part])
  }
  return [
    ...gone,
    ...[...byCollection].flatMap(([collection, parts]) => removeParts(text, collection, parts)),
  ]
}

function removeAnnotations(
  text: string,
  object: ManifestObject,
  { annotations, undo }: InjectionRecord,
): TextSplice[] {
  const metadata = nodeAt(object.node, ['metadata'])
  const pair = pairOf(metadata, 'annotations')
  if (pair === undefined || !isMap(metadata) || !isMap(pair.value)) return []
  const added = undo.flatMap((entry) => ('added' in entry && isAnnotation(entry.added) ? entry.added : []))
  const own = pair.value.items.filter((item) => keyOf(item) === RECORD || added.includes(keyOf(item)))
  const alone = own.length === pair.value.items.length
  if (alone && annotations === 'created') return removeParts(text, metadata, [pair])
  if (alone && typeof annotations === 'object')
    return [{ ...valueSource(text, pair), insert: annotations.was }]
  return removeParts(text, pair.value, own)
}

/** Reverts an injection; undefined when the object has none. Throws LeftAlone. */
export function reverseChanges(text: string, object: ManifestObject): Reversal | undefined {
  const record = readRecord(object)
  if (record === undefined) return undefined
  const added = record.undo.flatMap((undo) =>
    'added' in undo && !isAnnotation(undo.added) ? [undo.added] : [],
  )
  const outcomes = [
    ...removeAdded(text, object, added),
    ...record.undo.flatMap((undo) => ('was' in undo ? [reverseSet(text, object, undo)] : [])),
  ]
  return {
    splices: [
      ...outcomes.filter((outcome): outcome is TextSplice => typeof outcome === 'object'),
      ...removeAnnotations(text, object, record),
    ],
    kept: outcomes.filter((outcome): outcome is string => typeof outcome === 'string'),
  }
}
