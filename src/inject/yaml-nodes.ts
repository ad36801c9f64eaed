/** Finds nodes of parsed YAML by path, and the end of their content in the text. */
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLSeq,
} from 'yaml'

/** A key of a map, the item of a sequence that has this `name`, or an index. */
export type Step = string | number | { readonly name: string }
export type Path = readonly Step[]

/** `spec.predictors[0].containers[modeltap]`, for display. */
export const formatPath = (path: Path): string =>
  path
    .map((step) => {
      if (typeof step === 'string') return `.${step}`
      return typeof step === 'number' ? `[${step}]` : `[${step.name}]`
    })
    .join('')
    .replace(/^\./, '')

export const keyOf = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key)

export function pairOf(map: unknown, key: string): Pair | undefined {
  return isMap(map) ? map.items.find((pair) => isPair(pair) && keyOf(pair) === key) : undefined
}

function itemOf(seq: YAMLSeq, step: number | { readonly name: string }): unknown {
  if (typeof step === 'number') return seq.items[step]
  return seq.items.find((item) => {
    const name = pairOf(item, 'name')?.value
    return isScalar(name) && String(name.value) === step.name
  })
}

/** The node one step below; undefined when missing. Aliases are not followed. */
export function childOf(node: unknown, step: Step): Node | undefined {
  const child =
    typeof step === 'string' ? pairOf(node, step)?.value : isSeq(node) ? itemOf(node, step) : undefined
  return (child ?? undefined) as Node | undefined
}

export const nodeAt = (node: unknown, path: Path): Node | undefined =>
  path.reduce<unknown>((parent, step) => childOf(parent, step), node) as Node | undefined

/** Such a node is an anchor or alias, so an edit of its text would change several values. */
export const isShared = (node: Node | undefined): boolean =>
  isAlias(node) || (node !== undefined && 'anchor' in node && node.anchor !== undefined)

const rangeOf = (node: Node): readonly [number, number, number] => {
  if (node.range) return node.range
  throw new TypeError('a node that was not parsed from text has no place in it')
}

export const startOf = (node: Node): number => rangeOf(node)[0]

/** Offset after the last character of the node's content, without following comments and blank lines. */
export function contentEnd(node: Node): number {
  if (!isCollection(node) || node.flow === true) return rangeOf(node)[1]
  const last = node.items.at(-1) as Node | Pair | undefined
  if (last === undefined) return rangeOf(node)[1]
  return isPair(last) ? pairEnd(last) : contentEnd(last)
}

/** Offset after the last character of a pair's content. */
export function pairEnd(pair: Pair): number {
  const value = pair.value as Node | null
  return isEmptyValue(value) ? rangeOf(pair.key as Node)[1] : contentEnd(value)
}

/** `key:` without a value. */
export const isEmptyValue = (node: unknown): node is null =>
  node === null || (isScalar(node) && node.range?.[0] === node.range?.[1])
