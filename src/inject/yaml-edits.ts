/**
 * Edits of a YAML or JSON text that leave all other bytes unchanged. Each edit can be reverted exactly: additions
 * occupy whole lines (or, in flow style, whole items), and replaced text is kept verbatim.
 *
 * An insertion starts after the last character of its predecessor's line, with the line break first. It therefore needs
 * no line break at the end of the file, and following comments stay in place.
 */
import {
  isCollection,
  isMap,
  isPair,
  isSeq,
  type Node,
  type Pair,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { TextSplice } from './splice-text.ts'
import { contentEnd, isEmptyValue, pairEnd, startOf } from './yaml-nodes.ts'

const INDENT = 2

const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1
const columnOf = (text: string, offset: number): number => offset - lineStart(text, offset)

/** End of the line that holds the last character before `offset`, without its line break. */
function lineEnd(text: string, offset: number): number {
  const from = text[offset - 1] === '\n' ? offset - 1 : offset
  const found = text.indexOf('\n', from)
  const end = found === -1 ? text.length : found
  return text[end - 1] === '\r' ? end - 1 : end
}

/** The line break of the first line. */
const lineBreak = (text: string): string => (text[text.indexOf('\n') - 1] === '\r' ? '\r\n' : '\n')

interface Style {
  readonly text: string
  /** Column of the inserted lines. */
  readonly column: number
  /** Whether the text indents sequences below their key. */
  readonly indentSeq: boolean
}

function blockLines(value: unknown, { text, column, indentSeq }: Style): string {
  // kubectl reads YAML 1.1, where an unquoted `on` or `12:30` is not a string.
  const yaml = stringify(value, { version: '1.1', indent: INDENT, lineWidth: 0, indentSeq }).trimEnd()
  const indent = ' '.repeat(column)
  return yaml
    .split('\n')
    .map((line) => lineBreak(text) + (line === '' ? '' : indent + line))
    .join('')
}

/** Whether block sequences of `text` are indented deeper than their keys; the first one found decides. */
function indentsSequences(text: string, node: unknown): boolean | undefined {
  if (!isCollection(node) || node.flow === true) return undefined
  for (const item of node.items as (Node | Pair)[]) {
    const value = isMap(node) ? ((item as Pair).value as Node | null) : (item as Node)
    if (isMap(node) && isSeq(value) && value.flow !== true && value.items.length > 0) {
      return columnOf(text, startOf(value)) > columnOf(text, startOf((item as Pair).key as Node))
    }
    const below = indentsSequences(text, value)
    if (below !== undefined) return below
  }
  return undefined
}

const starts = (part: Node | Pair): number => startOf(isPair(part) ? (part.key as Node) : part)
const ends = (part: Node | Pair): number => (isPair(part) ? pairEnd(part) : contentEnd(part))

function appendFlow(collection: YAMLMap | YAMLSeq, items: readonly string[]): TextSplice {
  const last = collection.items.at(-1) as Node | Pair | undefined
  const at = last === undefined ? startOf(collection) + 1 : ends(last)
  return { start: at, end: at, insert: (last === undefined ? '' : ', ') + items.join(', ') }
}

/** Appends items to a non-empty sequence, or to one in flow style. */
export function appendItems(text: string, seq: YAMLSeq, values: readonly unknown[]): TextSplice {
  if (seq.flow === true)
    return appendFlow(
      seq,
      values.map((value) => JSON.stringify(value)),
    )
  const column = columnOf(text, startOf(seq))
  const at = lineEnd(text, contentEnd(seq))
  return {
    start: at,
    end: at,
    depth: column + 0.5,
    insert: blockLines(values, { text, column, indentSeq: true }),
  }
}

/** Appends keys to a non-empty map, or to one in flow style. */
export function appendKeys(
  text: string,
  map: YAMLMap,
  entries: Readonly<Record<string, unknown>>,
): TextSplice {
  if (map.flow === true) {
    const items = Object.entries(entries).map(
      ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
    )
    return appendFlow(map, items)
  }
  const column = columnOf(text, startOf(map))
  const at = lineEnd(text, contentEnd(map))
  const indentSeq = indentsSequences(text, map) ?? true
  return { start: at, end: at, depth: column, insert: blockLines(entries, { text, column, indentSeq }) }
}

/** Adds a map or a sequence below a key with an empty value (`annotations:`). */
export function fillEmpty(text: string, pair: Pair, value: unknown): TextSplice {
  const key = pair.key as Node
  const at = lineEnd(text, contentEnd(key))
  const column = columnOf(text, startOf(key)) + INDENT
  return { start: at, end: at, depth: column, insert: blockLines(value, { text, column, indentSeq: true }) }
}

/** Whether a pair is written `key: value`, and not `? key`, line break, `: value`. */
export const isImplicit = (text: string, pair: Pair): boolean =>
  /^[ \t]*:/.test(text.slice(contentEnd(pair.key as Node)))

/** Text after a pair's key to the end of its value: `: 8080`, or `:` and lines of a block. */
export function valueSource(text: string, pair: Pair): { readonly start: number; readonly end: number } {
  const start = contentEnd(pair.key as Node)
  const value = pair.value as Node | null
  if (isEmptyValue(value)) return { start, end: text.indexOf(':', start) + 1 }
  return { start, end: contentEnd(value) }
}

/** Removes items of a sequence, or pairs of a map, that `appendItems` or `appendKeys` added. */
export function removeParts(
  text: string,
  collection: YAMLMap | YAMLSeq,
  parts: readonly (Node | Pair)[],
): TextSplice[] {
  if (collection.flow !== true) return parts.map((part) => removeLines(text, starts(part), ends(part)))
  const items = collection.items as (Node | Pair)[]
  const splices: TextSplice[] = []
  for (let first = 0; first < items.length; first += 1) {
    let behind = first
    while (behind < items.length && parts.includes(items[behind] as Node | Pair)) behind += 1
    if (behind > first) splices.push(removeRun(items, first, behind))
    first = behind
  }
  return splices
}

/** Removes flow items from index `first` to before `behind`, with the comma added with them. */
function removeRun(items: readonly (Node | Pair)[], first: number, behind: number): TextSplice {
  const before = items[first - 1]
  const after = items[behind]
  const start = starts(items[first] as Node | Pair)
  const end = ends(items[behind - 1] as Node | Pair)
  if (before !== undefined) return { start: ends(before), end, insert: '' }
  return { start, end: after === undefined ? end : starts(after), insert: '' }
}

function removeLines(text: string, start: number, end: number): TextSplice {
  const first = lineStart(text, start)
  const behind = lineEnd(text, end)
  // The line break before the first line was inserted with it; this includes `\r`.
  const breakStart = Math.max(0, text[first - 2] === '\r' ? first - 2 : first - 1)
  return { start: breakStart, end: behind, insert: '' }
}
