/** Reads PromQL: what a query asks for, so that it can be held against the metric catalogue. */
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

export interface Matcher {
  readonly label: string
  readonly operator: string
  readonly value: string
}

export interface Selector {
  /** Empty for `{…}` without a name. */
  readonly name: string
  readonly matchers: readonly Matcher[]
  /** The range of a matrix selector as written, for instance `5m`. */
  readonly range?: string
  /** The innermost function around the selector, for instance `rate`. */
  readonly calledBy?: string
}

export interface Query {
  /** Places that do not parse, as `<position>: <text around it>`; empty for valid PromQL. */
  readonly errors: readonly string[]
  readonly selectors: readonly Selector[]
  /** Labels named by `by`, `without`, `on`, `ignoring` and `group_left`. */
  readonly groupingLabels: readonly string[]
}

/** Grafana's own variables stand where PromQL wants a duration; the boards' variables stay as matchers' text. */
export function substituteVariables(expr: string): string {
  return expr
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '1h')
    .replaceAll('$__interval', '15s')
}

const unquote = (text: string): string => text.slice(1, -1).replace(/\\(.)/g, '$1')

function descendants(node: SyntaxNode, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = []
  node.cursor().iterate((visited) => {
    if (visited.name === name) found.push(visited.node)
  })
  return found
}

function selectorOf(node: SyntaxNode, expr: string): Selector {
  const text = (part: SyntaxNode | null): string => (part === null ? '' : expr.slice(part.from, part.to))
  const matchers = descendants(node, 'UnquotedLabelMatcher').map((matcher) => ({
    label: text(matcher.getChild('LabelName')),
    operator: text(matcher.getChild('MatchOp')),
    value: unquote(text(matcher.getChild('StringLiteral'))),
  }))
  const matrix = node.parent?.name === 'MatrixSelector' ? node.parent : null
  const range = matrix === null ? undefined : /\[([^\]:]+)\]$/.exec(text(matrix))?.[1]
  let ancestor = node.parent
  while (ancestor !== null && ancestor.name !== 'FunctionCall') ancestor = ancestor.parent
  const calledBy = ancestor === null ? undefined : text(ancestor.firstChild)
  return {
    name: text(node.getChild('Identifier')),
    matchers,
    ...(range === undefined ? {} : { range }),
    ...(calledBy === undefined ? {} : { calledBy }),
  }
}

/** Parses an expression; Grafana's interval variables must have been substituted. */
export function readQuery(expr: string): Query {
  const root = parser.parse(expr).topNode
  const errors = descendants(root, '⚠').map(
    ({ from }) => `${from}: ${expr.slice(Math.max(0, from - 20), from + 20)}`,
  )
  return {
    errors,
    selectors: descendants(root, 'VectorSelector').map((node) => selectorOf(node, expr)),
    groupingLabels: descendants(root, 'GroupingLabels').flatMap((node) =>
      descendants(node, 'LabelName').map(({ from, to }) => expr.slice(from, to)),
    ),
  }
}
