/**
 * Finds the rows of a call: lists of the request and of the response that are equally long in every sample. Lengths
 * that change from call to call prove it. Where all samples are equally long, the lists have to look like rows.
 */
import { isPresent, isRecord, listOf, memberPath } from './lists.ts'

export interface Axis {
  /** JSONPaths of the lists whose elements are the rows. */
  readonly request: ReadonlySet<string>
  readonly response: ReadonlySet<string>
}

export const NO_AXIS: Axis = { request: new Set(), response: new Set() }

interface Candidate {
  readonly path: string
  readonly parent: string
  readonly depth: number
  readonly lengths: readonly number[]
  readonly elements: ElementKind
  /** The list is made of an object whose keys are numbers. */
  readonly isIndexed: boolean
}

type ElementKind = 'container' | 'text' | 'number' | 'other'

const MAX_DEPTH = 8
const MAX_CANDIDATES = 200
const MAX_MEMBERS = 500

/** @param rowsPath the list of rows that the server's own description names */
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
  if (named !== undefined) return { axis: axisFrom([named], likely(response)), score: 5 }
  const rows = request.filter(({ elements }) => elements === 'container' || elements === 'text')
  const answers = likely(response)
  if (length === 1) {
    // The innermost list: tables come in lists of one. It has to be all that the request is about.
    const [row] = rows.toSorted((a, b) => b.depth - a.depth)
    const answersAreRows =
      response.some(({ elements }) => elements === 'container') || row?.elements === 'container'
    if (row === undefined || !answersAreRows || !isWholePayload(row, requests)) return undefined
    const answer = response.toSorted((a, b) => b.depth - a.depth)[0]
    return { axis: axisFrom([row], answer === undefined ? [] : [answer]), score: 1 }
  }
  const containers = rows.filter(({ elements }) => elements === 'container')
  if (containers.length > 0) return { axis: axisFrom(containers, answers), score: 2 }
  if (isTableByColumns(request)) return { axis: axisFrom(request, answers), score: 2 }
  if (rows.length > 0 && answers.some(({ elements }) => elements === 'container'))
    return { axis: axisFrom(rows, answers), score: 1 }
  return undefined
}

function axisFrom(request: readonly Candidate[], response: readonly Candidate[]): Axis {
  return {
    request: new Set(request.map(({ path }) => path)),
    response: new Set(response.map(({ path }) => path)),
  }
}

/** A list within a list of rows is part of its row. */
function outermost(list: readonly Candidate[]): readonly Candidate[] {
  return list.filter(
    ({ path }) => !list.some((other) => other.path !== path && path.startsWith(`${other.path}[`)),
  )
}

/** Lists of objects or lists where there are such, or else all. */
function likely(list: readonly Candidate[]): readonly Candidate[] {
  const containers = list.filter(({ elements }) => elements === 'container')
  return outermost(containers.length > 0 ? containers : list)
}

/** `{"age": {"0": 41, "1": 30}, "job": {…}}`, the usual form of pandas. */
function isTableByColumns(request: readonly Candidate[]): boolean {
  return request.length > 0 && request.every(({ isIndexed }) => isIndexed)
}

/** Whether the list is all of the request but for scalars and lists of one around it. */
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
  const visit = (values: readonly unknown[], path: string, parent: string, depth: number): void => {
    if (found.length >= MAX_CANDIDATES || depth > MAX_DEPTH) return
    const lists = values.map(listOf)
    if (lists.every((list) => list !== undefined)) {
      const lengths = lists.map((list) => list.length)
      const elements = elementKind(lists)
      found.push({
        path,
        parent,
        depth,
        lengths,
        elements,
        isIndexed: !values.some((value) => Array.isArray(value)),
      })
      if (lengths.every((length) => length === 1))
        visit(
          lists.map((list) => list[0]),
          `${path}[0]`,
          path,
          depth + 1,
        )
      if (!values.some((value) => isRecord(value))) return
    }
    if (!values.every(isRecord)) return
    const keys = new Set(values.flatMap((value) => Object.keys(value).slice(0, MAX_MEMBERS)))
    for (const key of keys) {
      const members = values.map((value) => value[key])
      if (members.every(isPresent)) visit(members, memberPath(path, key), path, depth + 1)
    }
  }
  visit(samples, '$', '', 0)
  return found
}

function elementKind(lists: readonly (readonly unknown[])[]): ElementKind {
  for (const list of lists) {
    for (const element of list.slice(0, 8)) {
      if (typeof element === 'string') return 'text'
      if (typeof element === 'number') return 'number'
      if (typeof element === 'object' && element !== null) return 'container'
    }
  }
  return 'other'
}
