/** The JSON documents below /api/v1: the state of the metrics, for scripts and the status page. */
import type { ColumnWindowSnapshot, Snapshot } from '../analysis/snapshot.ts'
import type { ColumnRole } from '../baseline/column-kind.ts'
import { DEVIATION } from '../calibration/verdict.ts'
import { version } from '../lib/version.ts'
import type { AdminDependencies, AdminDocument } from './dependencies.ts'
import { apiIndex, openApi } from './open-api.ts'

export interface DriftRow {
  readonly model: string
  readonly version: string
  readonly role: ColumnRole
  readonly column: string
  readonly window: string
  readonly statistic: string
  readonly value: number
  readonly threshold: number
  readonly pValue?: number
  readonly observations: number
  readonly drifted: boolean
  /** For `deviation`: the largest deviation from the expectation at this time of day. */
  readonly reason?: ColumnWindowSnapshot['reason']
}

/** All scores, sorted by distance above their threshold. */
export function driftRows({ models }: Snapshot): DriftRow[] {
  const rows = models.flatMap(({ model, version: modelVersion, columns }) =>
    columns.flatMap(({ role, name, windows }) =>
      windows.flatMap(({ window, observations, scores, reason }) =>
        scores.map(({ statistic, value, threshold, pValue }) => ({
          model,
          version: modelVersion,
          role,
          column: name,
          window,
          statistic,
          value,
          threshold,
          ...(pValue === undefined ? {} : { pValue }),
          observations,
          drifted: value > threshold,
          ...(statistic === DEVIATION && reason !== undefined ? { reason } : {}),
        })),
      ),
    ),
  )
  return rows.sort((a, b) => b.value / b.threshold - a.value / a.threshold)
}

/** `?model=credit-risk&window=5m` keeps the rows that match all parameters. */
function matching<Row extends object>(rows: readonly Row[], parameters: URLSearchParams): Row[] {
  const filters = [...parameters]
  return rows.filter((row) => filters.every(([name, value]) => String(Reflect.get(row, name)) === value))
}

export function apiDocuments({
  about,
  snapshot,
  resources,
  self,
  exposition,
  recentFailures,
  routes,
  clock,
}: AdminDependencies): AdminDocument[] {
  return [
    { path: '/api/v1', read: apiIndex },
    { path: '/api/v1/openapi.json', read: openApi },
    {
      path: '/api/v1/status',
      read: () => ({
        version,
        ...about,
        uptimeSeconds: (clock.monotonicMs() - about.startedMs) / 1000,
        snapshotEpochMs: snapshot().takenEpochMs,
        self: self(),
        exposition: exposition.stats(),
        resources: resources(),
        recentFailures: recentFailures(),
      }),
    },
    {
      path: '/api/v1/models',
      read: (parameters) => {
        const models = snapshot().models.map(({ columns: compared, uncompared = [], ...model }) => {
          const columns = [...compared, ...uncompared]
          return {
            ...model,
            features: columns
              .filter(({ role }) => role === 'feature')
              .map(({ name, kind }) => ({ name, kind })),
            predictions: columns
              .filter(({ role }) => role === 'prediction')
              .map(({ name, kind }) => ({ name, kind })),
          }
        })
        return { models: matching(models, parameters) }
      },
    },
    {
      path: '/api/v1/routes',
      read: (parameters) => ({ routes: matching(routes(), parameters) }),
    },
    {
      path: '/api/v1/drift',
      read: (parameters) => ({
        snapshotEpochMs: snapshot().takenEpochMs,
        scores: matching(driftRows(snapshot()), parameters),
      }),
    },
  ]
}
