/**
 * Evaluates JSONPath (RFC 9535) within a budget. Users write the selectors, and documents are untrusted: `$..*..*` over
 * a deep document, or a backtracking regular expression, could keep the analysis thread busy for minutes. Each visited
 * node therefore costs one unit, regular expressions run in linear time (RE2; RFC 9485 allows that for I-Regexp), and a
 * text costs by its length. A selection beyond its budget selects nothing and is reported.
 */
import type * as JsonPathParser from 'jsonpath-rfc9535/parser'
import type * as Re2 from 're2js'
import type { RE2JS } from 're2js'
import { lazyPackage } from '../lib/lazy-package.ts'

const re2 = lazyPackage<typeof Re2>('re2js')

/** Maximum nodes of one selection, at most a tenth of a second. A body of 1 MiB has about 200,000 values. */
export const SELECTION_BUDGET = 500_000
/** Cost of a regular expression: characters of the text times those of the pattern, divided by this. */
const CHARACTERS_PER_UNIT = 50
const LONGEST_PATTERN = 1_000
/** Patterns may come from the document (`match(@.x, $.pattern)`), so their cache is limited. */
const MOST_PATTERNS = 64
const DEEPEST_COMPARISON = 500

type Query = ReturnType<typeof JsonPathParser.default>
type Segment = Query['segments'][number]
type BracketedSelection = Extract<Segment['node'], { type: 'BracketedSelection' }>
type Selector = BracketedSelection['selectors'][number]
type FilterExpression = Extract<Selector, { type: 'FilterSelector' }>['value']
type Comparison = Extract<FilterExpression, { type: 'ComparisonExpr' }>
type Test = Extract<FilterExpression, { type: 'TestExpr' }>
type FunctionExpression = Extract<Test['expression'], { type: 'FunctionExpr' }>
type FilterQuery = Extract<Test['expression'], { type: 'FilterQuery' }>
type Argument = FunctionExpression['arguments'][number]
/** Segments of a singular query in a comparison have a separate type; their nodes are the same. */
interface AnySegment {
  readonly type: string
  readonly node: Segment['node'] | Selector
}

class OutOfBudget extends Error {}
/** The result of a selection beyond its budget: no nodes, recognised by identity. */
export const OVER_BUDGET: readonly unknown[] = []
/** The result of a function or query that selects nothing; not a JSON value. */
const NOTHING = Symbol('nothing')
const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The selected values in the order of RFC 9535; `OVER_BUDGET` when the budget is exceeded. */
export function evaluate(query: Query, document: unknown, budget = SELECTION_BUDGET): readonly unknown[] {
  try {
    return new Evaluation(document, budget).select(document, query.segments)
  } catch (error) {
    if (error instanceof OutOfBudget) return OVER_BUDGET
    throw error
  }
}

class Evaluation {
  readonly #root: unknown
  #left: number

  constructor(root: unknown, budget: number) {
    this.#root = root
    this.#left = budget
  }

  select(from: unknown, segments: readonly AnySegment[]): unknown[] {
    const selected: unknown[] = []
    const nodes: { value: unknown; depth: number }[] = [{ value: from, depth: 0 }]
    for (let at = 0; at < nodes.length; at += 1) {
      this.#pay(1)
      const { value, depth } = nodes[at] as { value: unknown; depth: number }
      // Visited nodes are no longer needed.
      nodes[at] = DONE
      const segment = segments[depth]
      if (segment === undefined) {
        selected.push(value)
        continue
      }
      const take = (child: unknown): void => void nodes.push({ value: child, depth: depth + 1 })
      this.#step(value, segment.node, take)
      if (segment.type === 'DescendantSegment')
        for (const child of childrenOf(value)) nodes.push({ value: child, depth })
    }
    return selected
  }

  #step(value: unknown, node: AnySegment['node'], take: (child: unknown) => void): void {
    switch (node.type) {
      case 'BracketedSelection':
        for (const selector of node.selectors) this.#step(value, selector, take)
        break
      case 'WildcardSelector':
        for (const child of childrenOf(value)) take(child)
        break
      case 'MemberNameShorthand':
      case 'NameSelector':
        if (isGroup(value) && Object.hasOwn(value, node.value)) take(value[node.value])
        break
      case 'IndexSelector': {
        const index = Array.isArray(value) && node.value < 0 ? value.length + node.value : node.value
        if (Array.isArray(value) && index >= 0 && index < value.length) take(value[index])
        break
      }
      case 'SliceSelector':
        if (Array.isArray(value)) for (const index of sliceOf(node, value.length)) take(value[index])
        break
      case 'FilterSelector':
        for (const child of childrenOf(value)) {
          this.#pay(1)
          if (this.#holds(node.value, child)) take(child)
        }
    }
  }

  #holds(expression: FilterExpression, current: unknown): boolean {
    this.#pay(1)
    switch (expression.type) {
      case 'LogicalAndExpr':
        return this.#holds(expression.left, current) && this.#holds(expression.right, current)
      case 'LogicalOrExpr':
        return this.#holds(expression.left, current) || this.#holds(expression.right, current)
      case 'LogicalNotExpr':
        return !this.#holds(expression.expression, current)
      case 'TestExpr':
        return expression.expression.type === 'FilterQuery'
          ? this.#query(expression.expression, current).length > 0
          : this.#call(expression.expression, current) === true
      case 'ComparisonExpr':
        return this.#compare(expression, current)
    }
  }

  #query({ value }: FilterQuery, current: unknown): unknown[] {
    return this.select(value.type === 'RelQuery' ? current : this.#root, value.segments)
  }

  #compare({ left, right, op }: Comparison, current: unknown): boolean {
    const a = this.#comparable(left, current)
    const b = this.#comparable(right, current)
    switch (op) {
      case '==':
        return this.#areEqual(a, b, 0)
      case '!=':
        return !this.#areEqual(a, b, 0)
      case '<':
        return isLess(a, b)
      case '>':
        return isLess(b, a)
      case '<=':
        return isLess(a, b) || this.#areEqual(a, b, 0)
      case '>=':
        return isLess(b, a) || this.#areEqual(a, b, 0)
    }
  }

  #comparable(node: Comparison['left'], current: unknown): unknown {
    if (node.type === 'Literal') return node.value
    if (node.type === 'FunctionExpr') return this.#call(node, current)
    const from = node.type === 'RelSingularQuery' ? current : this.#root
    return only(this.select(from, node.segments))
  }

  #areEqual(a: unknown, b: unknown, depth: number): boolean {
    this.#pay(1)
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
    if (depth > DEEPEST_COMPARISON) throw new OutOfBudget()
    if (Array.isArray(a) !== Array.isArray(b)) return false
    const keys = Object.keys(a)
    return (
      keys.length === Object.keys(b).length &&
      keys.every(
        (key) => Object.hasOwn(b, key) && this.#areEqual(Reflect.get(a, key), Reflect.get(b, key), depth + 1),
      )
    )
  }

  #call({ name, arguments: given }: FunctionExpression, current: unknown): unknown {
    const [first, second] = given
    if (first === undefined) return NOTHING
    switch (name) {
      case 'length':
        return lengthOf(this.#value(first, current))
      case 'count':
        return first.type === 'FilterQuery' ? this.#query(first, current).length : 0
      case 'value':
        return first.type === 'FilterQuery' ? only(this.#query(first, current)) : NOTHING
      case 'match':
      case 'search':
        return (
          second !== undefined &&
          this.#matches(name, this.#value(first, current), this.#value(second, current))
        )
      default:
        return NOTHING
    }
  }

  #value(argument: Argument, current: unknown): unknown {
    if (argument.type === 'Literal') return argument.value
    if (argument.type === 'FilterQuery') return only(this.#query(argument, current))
    return argument.type === 'FunctionExpr' ? this.#call(argument, current) : this.#holds(argument, current)
  }

  #matches(how: 'match' | 'search', value: unknown, pattern: unknown): boolean {
    if (typeof value !== 'string' || typeof pattern !== 'string' || pattern.length > LONGEST_PATTERN)
      return false
    this.#pay(1 + Math.ceil((value.length * pattern.length) / CHARACTERS_PER_UNIT))
    const compiled = compile(how === 'match' ? `^(?:${dotsOf(pattern)})$` : dotsOf(pattern))
    return compiled !== undefined && compiled.matcher(value).find()
  }

  #pay(units: number): void {
    this.#left -= units
    if (this.#left < 0) throw new OutOfBudget()
  }
}

const DONE = { value: undefined, depth: 0 }

function childrenOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return isGroup(value) ? Object.values(value) : []
}

const only = (values: readonly unknown[]): unknown => (values.length === 1 ? values[0] : NOTHING)

function isLess(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b
  return typeof a === 'string' && typeof b === 'string' && a < b
}

/** Number of Unicode characters of a text, values of a list, or members of a group. */
function lengthOf(value: unknown): unknown {
  if (typeof value === 'string') {
    let length = 0
    for (const character of value) length += character.length > 0 ? 1 : 0
    return length
  }
  if (Array.isArray(value)) return value.length
  return isGroup(value) ? Object.keys(value).length : NOTHING
}

/** RFC 9535, section 2.3.4.2. */
function* sliceOf(
  { start, end, step }: Extract<Selector, { type: 'SliceSelector' }>,
  length: number,
): Generator<number> {
  const by = step ?? 1
  if (by === 0) return
  const from = (index: number): number => (index >= 0 ? index : length + index)
  if (by > 0) {
    const upper = Math.min(Math.max(from(end ?? length), 0), length)
    for (let i = Math.min(Math.max(from(start ?? 0), 0), length); i < upper; i += by) yield i
  } else {
    const lower = end === null ? -1 : Math.min(Math.max(from(end), -1), length - 1)
    for (let i = Math.min(Math.max(from(start ?? length - 1), -1), length - 1); i > lower; i += by) yield i
  }
}

/** A dot of an I-Regexp excludes line breaks; outside of character classes RE2 needs this explicitly. */
function dotsOf(pattern: string): string {
  let text = ''
  let inClass = false
  for (let i = 0; i < pattern.length; i += 1) {
    const character = pattern[i] as string
    if (character === '\\') {
      text += pattern.slice(i, i + 2)
      i += 1
    } else {
      if (character === '[') inClass = true
      else if (character === ']') inClass = false
      text += character === '.' && !inClass ? '[^\\n\\r]' : character
    }
  }
  return text
}

const compiledPatterns = new Map<string, RE2JS | undefined>()

/** `undefined` for an invalid regular expression. */
function compile(pattern: string): RE2JS | undefined {
  if (compiledPatterns.has(pattern)) return compiledPatterns.get(pattern)
  if (compiledPatterns.size >= MOST_PATTERNS) compiledPatterns.clear()
  let compiled: RE2JS | undefined
  try {
    compiled = re2().RE2JS.compile(pattern)
  } catch {
    // RFC 9535: an invalid I-Regexp matches nothing.
  }
  compiledPatterns.set(pattern, compiled)
  return compiled
}
