/** Structure left out because of a limit, counted at each decision on a route. */
import type { Structure } from './learn.ts'
import { childrenOf, type Node } from './node.ts'

/** A closed set, the value of the label `reason`. */
export const STRUCTURE_LIMITS = [
  'depth',
  'width',
  'changing_names',
  'name',
  'duplicate_name',
  'samples',
  'kept',
  'declared',
] as const
export type StructureLimit = (typeof STRUCTURE_LIMITS)[number]

export const STRUCTURE_LIMIT_MEANING: Readonly<Record<StructureLimit, string>> = {
  depth: 'values that are nested deeper than is read',
  width: 'members of an object, or values of a body, beyond as many as are looked at',
  changing_names: 'objects with other member names at every call; they give the number of their members',
  name: 'members with a name that a column cannot have, such as `__proto__` or a name of more than 256 characters',
  duplicate_name: 'members that occur twice in one object; the last one counts',
  samples:
    'decisions by fewer exchanges, because the kept ones of all routes had 4 MiB or those of the route 1 MiB',
  kept: 'routes that are learned again after a restart, because their names are too long for a checkpoint',
  declared: 'columns beyond 50 of a route for which the server declares an enum or bounds',
}

export function countLimits({ request, response }: Structure, into: Record<StructureLimit, number>): void {
  const visit = (node: Node): void => {
    if (node.kind === 'skipped') {
      if (node.leftOut === 'deep') into.depth += 1
      else if (node.leftOut === 'wide') into.width += 1
      else if (node.leftOut === 'name') into.name += 1
    } else if (node.kind === 'length' && node.of === 'map') into.changing_names += 1
    for (const child of childrenOf(node)) visit(child)
  }
  visit(request)
  visit(response)
}
