/** A route: a method and a path, with the knowledge about its bodies. */
import type { RecordBatch } from '../records/record-batch.ts'
import type { RouteLearner } from './route-learner.ts'
import { compilePathPattern } from './route-path.ts'
import type { DecodeSettings } from './settings.ts'
import { noneWithoutRows, type WithoutRows } from './without-rows.ts'

/** Configuration of a route. */
export interface RouteRule {
  readonly method: string | undefined
  /** In its configured form. */
  readonly path: string
  readonly matches: (path: string) => boolean
  readonly model: string | undefined
  readonly version: string | undefined
  readonly ignore: boolean
  /** With the route's own selectors; `undefined` without any. */
  readonly settings: DecodeSettings | undefined
}

/** How a route's bodies are understood. */
export type Understanding = 'protocol' | 'learned' | 'openapi' | 'configured'

export class Route {
  readonly method: string
  /** With `{id}` in place of identifiers. */
  readonly path: string
  readonly rule: RouteRule | undefined
  readonly learner: RouteLearner
  exchanges = 0
  rows = 0
  /** Rows of the last exchange that had rows. */
  lastRows = 0
  readonly withoutRows = noneWithoutRows()
  lastWithoutRows: WithoutRows | undefined
  protocol = ''
  model = ''
  version = ''
  features: readonly string[] = []
  predictions: readonly string[] = []
  /** The log has reported that it yields no rows. */
  isTold = false
  /** The log has reported which protocol reads it. */
  isRecognised = false
  #countedColumns = -1
  #matches: ((path: string) => boolean) | undefined

  constructor(
    id: { readonly method: string; readonly path: string },
    rule: RouteRule | undefined,
    learner: RouteLearner,
  ) {
    this.method = id.method
    this.path = id.path
    this.rule = rule
    this.learner = learner
  }

  /** Whether the path is one of the route, where it is written with `{name}`. */
  matches(path: string): boolean {
    this.#matches ??= this.path.includes('{') ? compilePathPattern(this.path) : () => false
    return this.#matches(path)
  }

  /** The model name when nothing else names it. */
  get ownName(): string {
    return this.rule?.model ?? (this.path === '/' ? '' : this.path)
  }

  noteRows(
    { features, predictions, rows }: RecordBatch,
    protocol: string,
    { model, version }: { readonly model: string; readonly version: string },
  ): void {
    this.rows += rows
    this.lastRows = rows
    this.protocol = protocol
    this.model = model
    this.version = version
    const columns = features.columns.length * 65_536 + predictions.columns.length
    if (columns === this.#countedColumns) return
    this.#countedColumns = columns
    this.features = features.columns.map(({ name }) => name)
    this.predictions = predictions.columns.map(({ name }) => name)
  }

  noteWithoutRows(reason: WithoutRows): void {
    this.withoutRows[reason] += 1
    this.lastWithoutRows = reason
  }
}
