/**
 * Learns the meaning of the bodies of one route from samples: which lists are rows, which members are features and
 * predictions, what is left out and why. docs/protocols.md describes the rules.
 */
import { type Axis, findAxis, NO_AXIS } from './axis.ts'
import { describe } from './describe.ts'
import { findJsonTexts, readJsonTexts, type Steps } from './json-texts.ts'
import { leaveOutOfRequest, leaveOutOfResponse } from './leave-out.ts'
import { listOf } from './lists.ts'
import { modelPartOf } from './model-members.ts'
import { isAnswerName } from './names.ts'
import { childrenOf, isKept, leavesOf, type Node } from './node.ts'
import type { Describing, Place } from './place.ts'

export interface Sample {
  readonly request: unknown
  readonly response: unknown
  /** Monotonic milliseconds. */
  readonly timeMs?: number | undefined
  /** Segments of the path that the request was sent to. */
  readonly path?: readonly string[] | undefined
}

export interface LearnOptions {
  readonly nowEpochMs: number
  /** Maximum columns of one side. */
  readonly maxColumns: number
  /** For columns with only a position. */
  readonly columnNames?: ColumnNames | undefined
  /** JSONPath of the request's list of rows, if the server's description names it. */
  readonly rowsPath?: string | undefined
  /**
   * The path suggests that the call records something, so the answer must contain a fraction or a typical answer name.
   */
  readonly needsAnswer?: boolean
}

export interface ColumnNames {
  readonly features: readonly string[]
  readonly predictions: readonly string[]
}

export interface Structure {
  readonly request: Node
  readonly response: Node
  /** Places of JSON strings in the bodies. */
  readonly jsonTexts: { readonly request: readonly Steps[]; readonly response: readonly Steps[] }
  readonly model: LabelSource | undefined
  readonly version: LabelSource | undefined
  /** Whether the server's description names the rows, and the samples have a list there. */
  readonly isDescribed: boolean
  /** Whether the request has content and the response has a candidate for a prediction. */
  readonly isPrediction: boolean
}

/** Place of a label's text. */
export interface LabelSource {
  readonly side: 'request' | 'response'
  readonly path: string
  readonly steps: readonly string[]
}

/** Maximum number of leaves of one side with recorded values. */
const MAX_LEAVES = 2_000

export function learn(samples: readonly Sample[], options: LearnOptions): Structure {
  const jsonTexts = {
    request: findJsonTexts(samples.map(({ request }) => request)),
    response: findJsonTexts(samples.map(({ response }) => response)),
  }
  const requests = samples.map(({ request }) => readJsonTexts(request, jsonTexts.request))
  const responses = samples.map(({ response }) => readJsonTexts(response, jsonTexts.response))
  const bodies = { samples, requests, responses, jsonTexts }
  const axis = findAxis(requests, responses, options.rowsPath)
  const structure = learnAlong(axis, bodies, options)
  if (structure.isPrediction || options.rowsPath !== undefined || !hasAnswerOfCall(structure.response))
    return structure
  // Lists that are equally long by chance hide an answer for the call: a score beside its reasons.
  const asOneRow = learnAlong(NO_AXIS, bodies, options)
  return asOneRow.isPrediction ? asOneRow : structure
}

/** Beside the rows, and left out because of them. */
function hasAnswerOfCall(response: Node): boolean {
  return [...leavesOf(response)].some(({ leftOut }) => leftOut === 'beside-rows')
}

interface Bodies {
  readonly samples: readonly Sample[]
  readonly requests: readonly unknown[]
  readonly responses: readonly unknown[]
  readonly jsonTexts: Structure['jsonTexts']
}

function learnAlong(
  axis: Axis,
  { samples, requests, responses, jsonTexts }: Bodies,
  options: LearnOptions,
): Structure {
  const request = describe(requests, rootPlace, describing('feature', axis.request, options))
  const response = describe(responses, rootPlace, describing('prediction', axis.response, options))
  const sides = {
    request,
    response,
    rowCounts: rowCounts(requests, request),
    paths: samples.map(({ path }) => path ?? []),
    nowEpochMs: options.nowEpochMs,
  }
  leaveOutOfRequest(sides)
  leaveOutOfResponse(sides)
  return {
    request,
    response,
    jsonTexts,
    model: labelSource(sides, 'model') ?? labelSource(sides, 'model_id'),
    version: labelSource(sides, 'version'),
    isDescribed: options.rowsPath !== undefined && axis.request.has(options.rowsPath),
    isPrediction:
      isKept(request) && isKept(response) && (options.needsAnswer !== true || hasAnswer(response)),
  }
}

function hasAnswer(response: Node): boolean {
  return [...leavesOf(response)].some(
    ({ key, leftOut, values }) =>
      leftOut === undefined &&
      (isAnswerName(key) || values.some((value) => typeof value === 'number' && !Number.isInteger(value))),
  )
}

const rootPlace: Place = { path: '$', name: '', key: '', level: 'call', depth: 0, steps: [] }

function describing(
  role: Describing['role'],
  rows: ReadonlySet<string>,
  { maxColumns, columnNames }: LearnOptions,
): Describing {
  const names = (role === 'feature' ? columnNames?.features : columnNames?.predictions) ?? []
  return { role, rows, maxColumns, names, describe, budget: MAX_LEAVES }
}

/** Rows of each sample: the length of its first list of rows, or 1. */
function rowCounts(requests: readonly unknown[], request: Node): readonly number[] {
  const rows = findRows(request)
  if (rows === undefined) return requests.map(() => 1)
  return requests.map((body) => listOf(walk(body, rows.steps))?.length ?? 0)
}

export function findRows(node: Node): Extract<Node, { kind: 'rows' }> | undefined {
  if (node.kind === 'rows') return node
  for (const child of childrenOf(node)) {
    const found = findRows(child)
    if (found !== undefined) return found
  }
  return undefined
}

export function walk(body: unknown, steps: readonly string[]): unknown {
  let node = body
  for (const step of steps) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return undefined
    node = (node as Record<string, unknown>)[step]
  }
  return node
}

/** The member nearest to the root that names the model; the answer has priority over the request. */
function labelSource(
  { request, response }: { readonly request: Node; readonly response: Node },
  part: 'model' | 'model_id' | 'version',
): LabelSource | undefined {
  for (const [side, root] of [
    ['response', response],
    ['request', request],
  ] as const) {
    const [source] = [...leavesOf(root)]
      .filter(
        (leaf) =>
          leaf.level === 'call' &&
          (leaf.leftOut === 'model' || leaf.leftOut === 'version') &&
          modelPartOf(leaf) === part,
      )
      .sort((a, b) => a.path.length - b.path.length)
    if (source !== undefined) return { side, path: source.path, steps: source.steps }
  }
  return undefined
}
