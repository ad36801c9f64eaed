/** Removes the values of the samples from a structure, so that it may be written to disk, and restores it. */
import type { Structure } from './learn.ts'
import { FIRST_SEEN, type Node } from './node.ts'

/** @returns plain data: names, paths and rules */
export function withoutValues(structure: Structure): Structure {
  const clean = (node: Node): Node => {
    // The guarded value is data; that a guard exists is a rule.
    if (node.kind === 'leaf')
      return { ...node, values: [], guard: node.guard === undefined ? undefined : true }
    return node.kind === 'length' ? { ...node, lengths: [] } : withChildren(node, clean)
  }
  return { ...structure, request: clean(structure.request), response: clean(structure.response) }
}

/** Constant members that are left out are guarded by the first value that arrives. */
export function withGuards(structure: Structure): Structure {
  const guarded = (node: Node): Node =>
    node.kind === 'leaf'
      ? { ...node, guard: node.guard === undefined ? undefined : FIRST_SEEN }
      : withChildren(node, guarded)
  return { ...structure, request: guarded(structure.request), response: guarded(structure.response) }
}

function withChildren(node: Node, change: (child: Node) => Node): Node {
  switch (node.kind) {
    case 'record':
      return { ...node, members: new Map([...node.members].map(([key, member]) => [key, change(member)])) }
    case 'tuple':
      return { ...node, elements: node.elements.map(change) }
    case 'only':
    case 'rows':
      return { ...node, element: change(node.element) }
    default:
      return node
  }
}
