/** Selects the lists with the rows among several lists of equal length in one body. */
import { isAnswerName, isSizeName } from './names.ts'

export interface ListCandidate {
  /** JSONPath. */
  readonly path: string
  readonly parent: string
  /** The last member name on the path. */
  readonly key: string
  /** One for each sample. */
  readonly lists: readonly (readonly unknown[])[]
  readonly elements: 'container' | 'text' | 'number' | 'other'
}

/**
 * Lists of objects or lists, and the lists of scalars that go with them:
 *
 *     {"prediction": ["a", "b"], "probability": [[0.9, 0.1], [0.2, 0.8]]}
 *
 * Without lists of objects or lists, the lists of scalars.
 */
export function rowLists<Candidate extends ListCandidate>(
  side: 'request' | 'response',
  list: readonly Candidate[],
): readonly Candidate[] {
  const containers = list.filter(({ elements }) => elements === 'container')
  const scalars = list.filter(
    (candidate) => candidate.elements !== 'container' && goesWithRows(candidate, containers, side),
  )
  if (containers.length === 0) return outermost(scalars.length > 0 ? scalars : list)
  return outermost([...containers, ...scalars])
}

/** A list within a list of rows is part of its row. */
export function outermost<Candidate extends ListCandidate>(list: readonly Candidate[]): readonly Candidate[] {
  return list.filter(
    ({ path }) => !list.some((other) => other.path !== path && path.startsWith(`${other.path}[`)),
  )
}

/**
 * Tables may be wrapped in lists of one: `[[{…}]]` has its rows in the inner list. A list in a member of a row is not a
 * table.
 */
export function innermost<Candidate extends ListCandidate>(list: readonly Candidate[]): readonly Candidate[] {
  return outermost(list.filter(({ path }) => !list.some((other) => other.path === `${path}[0]`)))
}

/**
 * A request may have parameters beside the rows, so only neighbours of its rows count. A list that is the same in each
 * sample holds column names or dimensions, unless all its elements are equal.
 */
function goesWithRows(
  { key, parent, lists, elements }: ListCandidate,
  containers: readonly ListCandidate[],
  side: 'request' | 'response',
): boolean {
  if (isSizeName(key)) return false
  if (side === 'request' && containers.length > 0 && !containers.some((other) => other.parent === parent))
    return false
  const [first = []] = lists
  if (lists.length === 1)
    return elements !== 'text' || new Set(first).size < first.length || isAnswerName(key)
  // Row numbers; the rules for answers leave them out.
  if (first.every((element, place) => element === (first[0] === 1 ? 1 : 0) + place)) return true
  const isFixed = lists.every((list) => list.every((element, place) => element === first[place]))
  return !isFixed || new Set(first).size === 1
}
