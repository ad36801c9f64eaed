/** JSONPath (RFC 9535) selectors, compiled once. */
import type * as JsonPathParser from 'jsonpath-rfc9535/parser'
import { lazyPackage } from '../lib/lazy-package.ts'
import { evaluate } from './json-path.ts'

const jsonPathParser = lazyPackage<typeof JsonPathParser>('jsonpath-rfc9535/parser')

export interface Selector {
  /** As the user wrote it. */
  readonly text: string
  /** The last member name in the text, used for columns without a name: `score` for `$.score`. */
  readonly lastName: string | undefined
  /** The selected nodes in document order; empty when nothing matches. */
  readonly select: (document: unknown) => readonly unknown[]
}

/** @throws Error with the position at which the text is not valid JSONPath. */
export function compileSelector(text: string): Selector {
  const query = jsonPathParser().default(text)
  const { segments } = query
  const steps = segments.map(plainStep)
  const lastName = steps.findLast((step) => typeof step === 'string')
  const select = steps.every((step) => step !== undefined)
    ? (document: unknown) => walk(document, steps)
    : (document: unknown) => evaluate(query, document)
  return { text, lastName: lastName?.toString(), select }
}

type Segment = ReturnType<typeof JsonPathParser.default>['segments'][number]

/** The member name or the index of a segment that selects at most one node; otherwise `undefined`. */
function plainStep({ type, node }: Segment): string | number | undefined {
  if (type !== 'ChildSegment') return undefined
  if (node.type === 'MemberNameShorthand') return node.value
  if (node.type !== 'BracketedSelection') return undefined
  const [only, ...others] = node.selectors
  if (only === undefined || others.length > 0) return undefined
  return only.type === 'NameSelector' || only.type === 'IndexSelector' ? only.value : undefined
}

function walk(document: unknown, steps: readonly (string | number)[]): readonly unknown[] {
  let node = document
  for (const step of steps) {
    if (typeof node !== 'object' || node === null) return []
    if (typeof step === 'string') {
      if (Array.isArray(node) || !Object.hasOwn(node, step)) return []
      node = (node as Record<string, unknown>)[step]
    } else {
      if (!Array.isArray(node)) return []
      node = node.at(step) as unknown
      if (node === undefined) return []
    }
  }
  return [node]
}
