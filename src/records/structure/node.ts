/** The learned description of one place in a body: a tree from which a plan is compiled. */

/** Why a member is not a column; shown on the status page. */
export const LEFT_OUT = {
  empty: 'never has a value',
  echo: 'repeats the request',
  id: 'an identifier',
  moment: 'a moment in time',
  timing: 'how long the call took',
  status: 'a status word',
  constant: 'has always been the same text',
  envelope: 'around the answer, not part of it',
  'beside-rows': 'given once for all rows',
  count: 'counts the rows',
  index: 'numbers the rows',
  model: 'names the model: the label model',
  version: 'names the version: the label version',
  secret: 'named like a secret',
  header: 'names the columns',
  'lower-ranks': 'ranks after the first',
  aside: 'about the call or the model: debugging, usage, timing, how the model was made',
  mixed: 'values of several kinds',
  deep: 'nested deeper than is read',
  wide: 'more members than are read',
  name: 'a name that no column can have',
} as const
export type LeftOut = keyof typeof LEFT_OUT

/** How a cell is derived. */
export const TREATMENTS = [
  /** The value itself. */
  'cell',
  /** Length in characters and words. */
  'text',
  /** A number in a string. */
  'number',
  /** A number with its unit: `97.5%`, `$ 1,200`. */
  'quantity',
  /** A number that is an identifier, written as text. */
  'id',
  /** Number of bytes of a base64 text. */
  'base64',
  /** Number of bytes of a file. */
  'binary',
] as const
export type Treatment = (typeof TREATMENTS)[number]

/** A guard that takes the first value it sees, because the value before a restart is not stored. */
export const FIRST_SEEN = Symbol('first seen')

export type Level = 'call' | 'row'

export interface Leaf {
  readonly kind: 'leaf'
  /** JSONPath. */
  readonly path: string
  name: string
  /** The last member name on the path. */
  readonly key: string
  readonly level: Level
  /** Member names and list positions, from the body or from the row. */
  readonly steps: readonly string[]
  /** One for each sample, or for each row of each sample. */
  readonly values: readonly unknown[]
  treatment: Treatment
  leftOut: LeftOut | undefined
  /** The only value so far; another value means that the rule no longer applies. */
  guard: unknown
}

export interface RecordNode {
  readonly kind: 'record'
  readonly path: string
  readonly key: string
  readonly level: Level
  readonly members: ReadonlyMap<string, Node>
  /** For class probabilities by name: the name of the group. */
  readonly scores: string | undefined
}

export interface TupleNode {
  readonly kind: 'tuple'
  readonly path: string
  readonly key: string
  readonly level: Level
  readonly elements: readonly Node[]
  readonly scores: string | undefined
  readonly labels: readonly string[] | undefined
}

export interface OnlyNode {
  readonly kind: 'only'
  readonly path: string
  readonly key: string
  readonly element: Node
}

export interface RowsNode {
  readonly kind: 'rows'
  readonly path: string
  readonly key: string
  /** Member names and `0` for a list of one, from the body to the list. */
  readonly steps: readonly string[]
  readonly element: Node
}

/** A list or a map that is reduced to its number of entries. */
export interface LengthNode {
  readonly kind: 'length'
  readonly of: 'list' | 'map'
  readonly path: string
  readonly key: string
  readonly level: Level
  readonly name: string
  readonly lengths: readonly number[]
  leftOut: LeftOut | undefined
}

/** Arrays of more than one dimension, or with more numbers than columns: reduced to five statistics. */
export interface WideNode {
  readonly kind: 'wide'
  readonly path: string
  readonly key: string
  readonly name: string
}

export interface SkippedNode {
  readonly kind: 'skipped'
  readonly path: string
  readonly key: string
  readonly leftOut: LeftOut
}

export type Node = Leaf | RecordNode | TupleNode | OnlyNode | RowsNode | LengthNode | WideNode | SkippedNode

export function* childrenOf(node: Node): Generator<Node> {
  if (node.kind === 'record') yield* node.members.values()
  else if (node.kind === 'tuple') yield* node.elements
  else if (node.kind === 'only' || node.kind === 'rows') yield node.element
}

export function* leavesOf(node: Node): Generator<Leaf> {
  if (node.kind === 'leaf') yield node
  for (const child of childrenOf(node)) yield* leavesOf(child)
}

/** Whether anything of the node becomes a column. */
export function isKept(node: Node): boolean {
  if (node.kind === 'leaf' || node.kind === 'length') return node.leftOut === undefined
  if (node.kind === 'wide') return true
  for (const child of childrenOf(node)) if (isKept(child)) return true
  return false
}
