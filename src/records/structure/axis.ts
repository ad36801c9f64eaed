/**
 * Finds the rows of a call: lists of the request and of the response with equal length in every sample. Lengths that
 * change between calls prove it. When all samples have the same length, the lists must look like rows.
 */
import { areEntries, haveOwnMembers, isSameInAll } from './entries.ts'
import { isPresent, isRecord, listOf, memberPath } from './lists.ts'
import { innermost, type ListCandidate, outermost, rowLists } from './row-lists.ts'

export interface Axis {
  /** JSONPaths of lists with one element for each row. */
  readonly request: ReadonlySet<string>
  readonly response: ReadonlySet<string>
}

export const NO_AXIS: Axis = { request: new Set(), response: new Set() }

interface Candidate extends ListCandidate {
  readonly depth: number
  readonly lengths: readonly number[]
  /** The list is an object with numeric keys. */
  readonly isIndexed: boolean
}

const ENOUGH_TO_BE_FIXED = 8
const MAX_DEPTH = 8
const MAX_CANDIDATES = 200
const MAX_MEMBERS = 500

/** @param rowsPath the list of rows in the server's OpenAPI description */
export function findAxis(
  requests: readonly unknown[],
  responses: readonly unknown[],
  rowsPath?: string,
): Axis {
  const ofRequest = candidates(requests)
  const ofResponse = candidates(responses)
  const byLengths = new Map<string, { request: Candidate[]; response: Candidate[] }>()
  for (const [side, list] of [
    ['request', ofRequest],
    ['response', ofResponse],
  ] as const) {
    for (const candidate of list) {
      const key = candidate.lengths.join()
      const known = byLengths.get(key) ?? { request: [], response: [] }
      known[side].push(candidate)
      byLengths.set(key, known)
    }
  }
  let best: { readonly axis: Axis; readonly score: number } | undefined
  for (const { request, response } of byLengths.values()) {
    const found =
      request.length > 0 && response.length > 0 ? axisOf(request, response, requests, rowsPath) : undefined
    if (found !== undefined && (best === undefined || found.score > best.score)) best = found
  }
  return best?.axis ?? NO_AXIS
}

function axisOf(
  request: readonly Candidate[],
  response: readonly Candidate[],
  requests: readonly unknown[],
  rowsPath: string | undefined,
): { readonly axis: Axis; readonly score: number } | undefined {
  const lengths = request[0]?.lengths ?? []
  const length = lengths[0] ?? 0
  const varies = lengths.some((other) => other !== length)
  const hasContainers = request.some(({ elements }) => elements === 'container')
  if (varies) return { axis: axisFrom(outermost(request), outermost(response)), score: hasContainers ? 4 : 3 }
  if (length === 0) return undefined
  const named = request.find(({ path }) => path === rowsPath)
  if (named !== undefined)
    return { axis: axisFrom(withNamed(named, request), rowLists('response', response)), score: 5 }
  const asked = mayBeRows(request, requests)
  if (asked.length === 0 || response.every(isPartOfRow)) return undefined
  const rows = asked.filter(({ elements }) => elements === 'container' || elements === 'text')
  const answers = rowLists('response', response)
  if (length === 1) {
    // It must be the whole content of the request.
    const [row] = innermost(rows)
    const answersAreRows =
      response.some(({ elements }) => elements === 'container') || row?.elements === 'container'
    if (row === undefined || !answersAreRows || !isWholePayload(row, requests)) return undefined
    return { axis: axisFrom([row], innermost(response)), score: 1 }
  }
  if (rows.some(({ elements }) => elements === 'container'))
    return { axis: axisFrom(rowLists('request', asked), answers), score: 2 }
  if (isTableByColumns(asked)) return { axis: axisFrom(asked, answers), score: 2 }
  if (rows.length > 0 && answers.some(({ elements }) => elements === 'container'))
    return { axis: axisFrom(rows, answers), score: 1 }
  return undefined
}

function isPartOfRow({ lists, elements }: Candidate): boolean {
  return elements === 'container' && (areEntries(lists) || haveOwnMembers(lists))
}

/** Lists that are the same in every sample are parameters, if other input varies. */
function mayBeRows(request: readonly Candidate[], requests: readonly unknown[]): readonly Candidate[] {
  const isProven = requests.length >= ENOUGH_TO_BE_FIXED && !isSameInAll(requests)
  const asked = request.filter(
    (list) => !isPartOfRow(list) && !(isProven && list.elements === 'container' && isSameInAll(list.lists)),
  )
  return isProven && asked.every(({ lists }) => isSameInAll(lists)) ? [] : asked
}

function axisFrom(request: readonly Candidate[], response: readonly Candidate[]): Axis {
  return {
    request: new Set(request.map(({ path }) => path)),
    response: new Set(response.map(({ path }) => path)),
  }
}

/** The list named by the description, with the scalar lists that belong to it. */
function withNamed(named: Candidate, request: readonly Candidate[]): readonly Candidate[] {
  return rowLists(
    'request',
    request.filter(({ path, elements }) => path === named.path || elements !== 'container'),
  )
}

/** `{"age": {"0": 41, "1": 30}, "job": {…}}`, the usual form of pandas. */
function isTableByColumns(request: readonly Candidate[]): boolean {
  return request.length > 0 && request.every(({ isIndexed }) => isIndexed)
}

/** Whether the list is the whole request except for scalars and lists of one around it. */
function isWholePayload({ path }: Candidate, requests: readonly unknown[]): boolean {
  let nodes: readonly unknown[] = requests
  let at = '$'
  while (at !== path) {
    const record = nodes.find(isRecord)
    if (record === undefined) {
      nodes = nodes.map((node) => listOf(node)?.[0])
      at = `${at}[0]`
      if (at.length > path.length) return false
      continue
    }
    const keys = Object.keys(record)
    const containers = keys.filter((key) => typeof record[key] === 'object' && record[key] !== null)
    const next = containers.find((key) => path.startsWith(memberPath(at, key)))
    if (next === undefined) return false
    const others = containers.filter((key) => key !== next && !isHeader(record[key]))
    if (others.length > 0) return false
    nodes = nodes.map((node) => (isRecord(node) ? node[next] : undefined))
    at = memberPath(at, next)
  }
  return true
}

function isHeader(value: unknown): boolean {
  return Array.isArray(value) && value.every((element) => typeof element === 'string' || isRecord(element))
}

function candidates(samples: readonly unknown[]): Candidate[] {
  const found: Candidate[] = []
  const visit = (
    values: readonly unknown[],
    at: { readonly path: string; readonly parent: string; readonly key: string; readonly depth: number },
  ): void => {
    const { path, parent, key, depth } = at
    if (found.length >= MAX_CANDIDATES || depth > MAX_DEPTH) return
    const lists = values.map(listOf)
    if (lists.every((list) => list !== undefined)) {
      const lengths = lists.map((list) => list.length)
      const elements = elementKind(lists)
      found.push({
        path,
        parent,
        key,
        depth,
        lengths,
        lists,
        elements,
        isIndexed: !values.some((value) => Array.isArray(value)),
      })
      if (lengths.every((length) => length === 1))
        visit(
          lists.map((list) => list[0]),
          { path: `${path}[0]`, parent: path, key, depth: depth + 1 },
        )
      if (!values.some((value) => isRecord(value))) return
    }
    if (!values.every(isRecord)) return
    const keys = new Set(values.flatMap((value) => Object.keys(value).slice(0, MAX_MEMBERS)))
    for (const member of keys) {
      const members = values.map((value) => value[member])
      if (members.every(isPresent))
        visit(members, { path: memberPath(path, member), parent: path, key: member, depth: depth + 1 })
    }
  }
  visit(samples, { path: '$', parent: '', key: '', depth: 0 })
  return found
}

function elementKind(lists: readonly (readonly unknown[])[]): ListCandidate['elements'] {
  for (const list of lists) {
    for (const element of list.slice(0, 8)) {
      if (typeof element === 'string') return 'text'
      if (typeof element === 'number') return 'number'
      if (typeof element === 'object' && element !== null) return 'container'
    }
  }
  return 'other'
}
