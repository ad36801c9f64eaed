/** State of a route to restore after a restart, so that its columns still match those of the baseline. */
import type { KeptRoute } from '../calls/route-table.ts'
import { flag, list, mapOf, oneOf, optional, record, type Shape, text, whole } from '../checkpoints/shape.ts'
import type { LabelSource, Structure } from '../records/structure/learn.ts'
import { LEFT_OUT, type LeftOut, type Level, type Node, TREATMENTS } from '../records/structure/node.ts'

export interface RoutePart extends KeptRoute {
  readonly kind: 'route'
}

/** Bodies are described twelve levels deep, with lists of one element in between. */
const DEEPEST = 64
const MOST_STEPS = 256

const steps = list(text, MOST_STEPS)
const level: Shape<Level> = oneOf('call', 'row')
const leftOut: Shape<LeftOut | undefined> = oneOf(undefined, ...(Object.keys(LEFT_OUT) as LeftOut[]))
const place = { path: text, key: text }
const nothing: Shape<readonly never[]> = list(oneOf<never>(), 0)

const node = (depth: number): Shape<Node> => ({
  check: (value, path) => {
    if (depth > DEEPEST) return `${path} is too deep`
    const kind = (value as { readonly kind?: unknown } | null | undefined)?.kind
    const of =
      typeof kind === 'string' && Object.hasOwn(NODES, kind) ? NODES[kind as Node['kind']] : undefined
    return of === undefined ? `${path} is of no known kind` : of(depth).check(value, path)
  },
})

type NodeOf<Kind extends Node['kind']> = Extract<Node, { readonly kind: Kind }>

const NODES: { readonly [Kind in Node['kind']]: (depth: number) => Shape<NodeOf<Kind>> } = {
  leaf: () =>
    record<NodeOf<'leaf'>>({
      ...{ kind: oneOf('leaf'), ...place, name: text, level, steps },
      ...{
        values: nothing,
        treatment: oneOf(...TREATMENTS),
        leftOut,
        guard: oneOf(undefined, true as never),
      },
    }),
  record: (depth) =>
    record<NodeOf<'record'>>({
      ...{ kind: oneOf('record'), ...place, level, scores: optional(text) },
      members: mapOf(text, node(depth + 1)),
    }),
  tuple: (depth) =>
    record<NodeOf<'tuple'>>({
      ...{ kind: oneOf('tuple'), ...place, level, scores: optional(text), labels: optional(list(text)) },
      elements: list(node(depth + 1)),
    }),
  only: (depth) => record<NodeOf<'only'>>({ kind: oneOf('only'), ...place, element: node(depth + 1) }),
  rows: (depth) => record<NodeOf<'rows'>>({ kind: oneOf('rows'), ...place, steps, element: node(depth + 1) }),
  length: () =>
    record<NodeOf<'length'>>({
      kind: oneOf('length'),
      of: oneOf('list', 'map'),
      ...place,
      level,
      name: text,
      lengths: nothing,
      leftOut,
    }),
  wide: () => record<NodeOf<'wide'>>({ kind: oneOf('wide'), ...place, name: text }),
  skipped: () =>
    record<NodeOf<'skipped'>>({
      ...{ kind: oneOf('skipped'), ...place },
      leftOut: oneOf(...(Object.keys(LEFT_OUT) as LeftOut[])),
    }),
}

const labelSource = record<LabelSource>({ side: oneOf('request', 'response'), path: text, steps })

const structure = record<Structure>({
  ...{ request: node(0), response: node(0) },
  jsonTexts: record<Structure['jsonTexts']>({ request: list(steps, 100), response: list(steps, 100) }),
  ...{ model: optional(labelSource), version: optional(labelSource) },
  ...{ isDescribed: flag, isPrediction: flag },
})

export const routePartShape = record<RoutePart>({
  kind: oneOf('route'),
  ...{ method: text, path: text, settings: text },
  learned: record<KeptRoute['learned']>({
    ...{ state: oneOf('understood', 'not-understood'), looks: whole, isSampling: flag },
    structure,
  }),
})
