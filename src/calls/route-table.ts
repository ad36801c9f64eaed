// HOT: per request
/**
 * The routes of the model server, bounded: a client that invents paths cannot create more than the limit. A path
 * becomes a route with its first successful call.
 */
import type { ColumnNames } from '../records/structure/learn.ts'
import { isRecordingPath } from './recording-path.ts'
import { Route, type RouteRule } from './route.ts'
import { type DescribedValues, type KeptLearning, RouteLearner, type SampleMemory } from './route-learner.ts'
import { compilePathPattern, foldPath } from './route-path.ts'

export const MAX_ROUTES = 100
/** Number of different segments at one place of a path above which they count as ids. */
const MAX_SIBLINGS = 16
/** Cache of recent paths; cleared when full. */
const MAX_REMEMBERED = 1_024

export interface Described {
  /** With `{name}` for parameters. */
  readonly path: string
  /** JSONPath of the list of rows in the request. */
  readonly rowsPath: string | undefined
  /** What is said of single values. */
  readonly values?: DescribedValues | undefined
}

/** State of a route to restore after a restart. */
export interface KeptRoute {
  readonly method: string
  readonly path: string
  /** The configuration used for learning; other settings require learning it again. */
  readonly settings: string
  readonly learned: KeptLearning
}

export interface RouteTableOptions {
  readonly rules: readonly RouteRule[]
  readonly maxColumns: number
  readonly nowEpochMs: () => number
  /** From the configuration, for routes without their own. */
  readonly columnNames?: ColumnNames | undefined
  /** The server's description of a path; it may arrive after the first calls. */
  readonly described?: ((method: string, path: string) => Described | undefined) | undefined
}

export class RouteTable {
  readonly #options: RouteTableOptions
  readonly #routes = new Map<string, Route>()
  /** Method and raw path → route, or `undefined` beyond the limit. */
  readonly #remembered = new Map<string, Map<string, Route>>()
  #rememberedPaths = 0
  readonly #sampleMemory: SampleMemory = { bytes: 0 }
  /** Exchanges on routes beyond the limit. */
  overLimit = 0
  #lastMethod = ''
  #lastPath = ''
  #last: Route | undefined

  constructor(options: RouteTableOptions) {
    this.#options = options
  }

  get routes(): readonly Route[] {
    return [...this.#routes.values()]
  }

  /** The route of a successful call; `undefined` beyond the limit. */
  route(method: string, path: string): Route | undefined {
    const known = this.find(method, path)
    if (known !== undefined) return known
    const route = this.#add(method, path)
    if (route === undefined) this.overLimit += 1
    else this.#remember(method, path, route)
    return route
  }

  /** The route, if known. */
  find(method: string, path: string): Route | undefined {
    // Most calls repeat the previous path, and comparing the same string object is cheap.
    if (path === this.#lastPath && method === this.#lastMethod) return this.#last
    const remembered = this.#remembered.get(method)?.get(path)
    const found = remembered ?? this.#routes.get(`${method} ${this.#fold(method, path)}`)
    if (found === undefined) return undefined
    if (remembered === undefined) this.#remember(method, path, found)
    this.#lastMethod = method
    this.#lastPath = path
    this.#last = found
    return found
  }

  #remember(method: string, path: string, route: Route): void {
    if (this.#rememberedPaths >= MAX_REMEMBERED) {
      this.#remembered.clear()
      this.#rememberedPaths = 0
    }
    const paths = this.#remembered.get(method) ?? new Map<string, Route>()
    paths.set(path, route)
    this.#remembered.set(method, paths)
    this.#rememberedPaths += 1
  }

  #rule(method: string, path: string): RouteRule | undefined {
    return this.#options.rules.find(
      (rule) => rule.matches(path) && (rule.method === undefined || rule.method === method),
    )
  }

  #fold(method: string, path: string): string {
    return this.#said(method, path) ?? foldPath(path)
  }

  /**
   * What the configuration or the server calls the route. A route that was made before the server's description came, or
   * before it comes again after a restart, stays the route of its paths.
   */
  #said(method: string, path: string): string | undefined {
    const rule = this.#rule(method, path)
    if (rule !== undefined) return rule.path
    const described = this.#options.described?.(method, path)?.path
    const folded = foldPath(path)
    if (described === path || folded === path) return described
    if (this.#routes.has(`${method} ${folded}`)) return folded
    return described ?? this.routes.find((route) => route.method === method && route.matches(path))?.path
  }

  #add(method: string, path: string): Route | undefined {
    const rule = this.#rule(method, path)
    const said = this.#said(method, path)
    const folded = said ?? this.#withoutSiblings(method, foldPath(path))
    const known = this.#routes.get(`${method} ${folded}`)
    if (known !== undefined) return known
    if (this.#routes.size >= MAX_ROUTES) return undefined
    const route = this.#newRoute({ method, path: folded }, rule, path)
    this.#routes.set(`${method} ${folded}`, route)
    return route
  }

  /** @param asked a path of the route as sent by clients */
  #newRoute(
    id: { readonly method: string; readonly path: string },
    rule: RouteRule | undefined,
    asked: string,
  ): Route {
    const { maxColumns, nowEpochMs, described } = this.#options
    const { method } = id
    const learner = new RouteLearner({
      learn: () => ({
        maxColumns,
        nowEpochMs: nowEpochMs(),
        columnNames: this.#columnNames(rule),
        rowsPath: described?.(method, asked)?.rowsPath,
        needsAnswer: isRecordingPath(asked),
      }),
      described: () => described?.(method, asked)?.values,
      needsVaryingRequest: method === 'GET',
      memory: this.#sampleMemory,
    })
    return new Route(id, rule, learner)
  }

  #columnNames(rule: RouteRule | undefined): ColumnNames | undefined {
    const own = rule?.settings
    return own === undefined
      ? this.#options.columnNames
      : { features: own.featureNames, predictions: own.predictionNames }
  }

  /** Settings of learning, as a comparable text. */
  #settings(rule: RouteRule | undefined): string {
    return JSON.stringify([this.#options.maxColumns, this.#columnNames(rule) ?? null])
  }

  *kept(): Generator<KeptRoute> {
    for (const { method, path, rule, learner } of this.#routes.values()) {
      const learned = learner.kept()
      if (learned !== undefined) yield { method, path, settings: this.#settings(rule), learned }
    }
  }

  restore(kept: readonly KeptRoute[]): void {
    for (const { method, path, settings, learned } of kept) {
      const key = `${method} ${path}`
      const rule = this.#rule(method, path)
      if (settings !== this.#settings(rule) || this.#routes.size >= MAX_ROUTES || this.#routes.has(key))
        continue
      const route = this.#newRoute({ method, path }, rule, path)
      route.learner.restore(learned)
      this.#routes.set(key, route)
    }
  }

  /** Removes all routes. */
  reset(): void {
    this.#routes.clear()
    this.#remembered.clear()
    this.#rememberedPaths = 0
    this.#sampleMemory.bytes = 0
    this.#last = undefined
    this.#lastPath = ''
  }

  /** Replaces the last segment by an id when too many otherwise equal routes differ in it. */
  #withoutSiblings(method: string, path: string): string {
    const segments = path.split('/')
    for (const [place, segment] of segments.entries()) {
      if (segment === '' || segment === '{id}') continue
      const folded = [...segments.slice(0, place), '{id}', ...segments.slice(place + 1)].join('/')
      if (this.#routes.has(`${method} ${folded}`)) return folded
      const isSister = compilePathPattern(folded)
      const sisters = this.routes.filter((route) => route.method === method && isSister(route.path))
      if (sisters.length < MAX_SIBLINGS) continue
      return folded
    }
    return path
  }
}
