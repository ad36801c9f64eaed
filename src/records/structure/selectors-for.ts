/** Selectors for the configuration that read the same as a learned structure, ready to paste and change. */
import type { Structure } from './learn.ts'
import { childrenOf, isKept, type Leaf, leavesOf, type Node } from './node.ts'

export interface SelectorText {
  readonly features?: string | Readonly<Record<string, string>>
  readonly predictions?: string | Readonly<Record<string, string>>
}

/** Maximum columns with their own selector. */
const MAX_COLUMNS = 24

export function selectorsFor({ request, response }: Structure): SelectorText {
  const features = selectorOf(request)
  const predictions = selectorOf(response)
  return {
    ...(features === undefined ? {} : { features }),
    ...(predictions === undefined ? {} : { predictions }),
  }
}

function selectorOf(root: Node): SelectorText['features'] {
  if (!isKept(root)) return undefined
  const rows = [...rowsIn(root)].filter(isKept)
  const [list, ...others] = rows
  if (list !== undefined)
    return others.length === 0
      ? `${list.path}[*]`
      : Object.fromEntries(rows.map(({ path, key }) => [isUnique(key, rows) ? key : path, `${path}[*]`]))
  const leaves = [...leavesOf(root)].filter(({ leftOut }) => leftOut === undefined)
  const [only] = leaves
  if (leaves.length === 0 || root.kind !== 'record') return '$'
  if (leaves.length === 1 && only !== undefined) return only.path
  const parent = commonParent(leaves)
  const isWhole = [...leavesOf(nodeAt(root, parent))].every(({ leftOut }) => leftOut === undefined)
  if (isWhole || leaves.length > MAX_COLUMNS) return parent
  return Object.fromEntries(leaves.map(({ name, path }) => [name, path]))
}

function isUnique(key: string, rows: readonly { readonly key: string }[]): boolean {
  return key !== '' && rows.filter((other) => other.key === key).length === 1
}

function* rowsIn(node: Node): Generator<Extract<Node, { kind: 'rows' }>> {
  if (node.kind === 'rows') yield node
  for (const child of childrenOf(node)) yield* rowsIn(child)
}

/** The longest common path prefix of all leaves, cut at a member. */
function commonParent(leaves: readonly Leaf[]): string {
  const [first = '$', ...others] = leaves.map(({ path }) => path)
  let parent = parentOf(first)
  while (
    parent !== '$' &&
    !others.every((path) => path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`))
  )
    parent = parentOf(parent)
  return parent
}

function parentOf(path: string): string {
  const cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['))
  return cut <= 0 ? '$' : path.slice(0, cut)
}

function nodeAt(root: Node, path: string): Node {
  if (root.path === path || root.kind !== 'record') return root
  for (const member of root.members.values())
    if (path === member.path || path.startsWith(`${member.path}.`) || path.startsWith(`${member.path}[`))
      return nodeAt(member, path)
  return root
}
