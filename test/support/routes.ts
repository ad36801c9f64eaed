/** Routes of a model server that were learned, for tests of what is kept of them. */
import { LEARNING_MS } from '../../src/calls/route-learner.ts'
import { RouteTable, type RouteTableOptions } from '../../src/calls/route-table.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'

export function newRoutes(options: Partial<RouteTableOptions> = {}): RouteTable {
  return new RouteTable({ rules: [], maxColumns: 20, nowEpochMs: () => Date.UTC(2026, 0, 1), ...options })
}

export interface AskedAndAnswered {
  readonly request: unknown
  readonly response: unknown
}

/** @returns names of the columns that the last exchange gave */
export function learnRoute(
  routes: RouteTable,
  path: string,
  exchanges: readonly AskedAndAnswered[],
): { readonly features: readonly string[]; readonly predictions: readonly string[]; readonly rows: number } {
  const batch = new RecordBatch(20)
  const learner = routes.route('POST', path)?.learner
  if (learner === undefined) return { features: [], predictions: [], rows: 0 }
  for (const { request, response } of exchanges) {
    learner.read({ request: { value: request }, response: { value: response }, bytes: 100, nowMs: 0 }, batch)
  }
  if (learner.isDue(LEARNING_MS)) {
    learner.decide()
    for (const _ of learner.replay(batch)) continue
  }
  const names = (columns: readonly { readonly name: string }[]): string[] => columns.map(({ name }) => name)
  return {
    features: names(batch.features.columns),
    predictions: names(batch.predictions.columns),
    rows: batch.rows,
  }
}
