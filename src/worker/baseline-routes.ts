/** The baseline on the admin port: export it (learn in staging, use in production), or learn it again. */
import type { AdminAction, AdminDocument } from '../admin/dependencies.ts'
import type { ModelMonitor } from '../analysis/model-monitor.ts'
import type { ModelRegistry } from '../analysis/model-registry.ts'
import { type BaselineFile, joinColumns } from '../baseline/file-columns.ts'
import { withoutNames } from '../baseline/restrict-names.ts'

/** `?model=…&version=…` selects one of several models; with a single one it may be omitted. */
function choose(
  registry: ModelRegistry,
  parameters: URLSearchParams,
): ModelMonitor | { readonly detail: string } {
  const model = parameters.get('model')
  const version = parameters.get('version')
  const fitting = registry.monitors.filter(
    (monitor) =>
      (model === null || monitor.model === model) && (version === null || monitor.version === version),
  )
  const [only] = fitting
  if (only !== undefined && fitting.length === 1) return only
  const known = registry.monitors.map((monitor) => `model=${monitor.model}&version=${monitor.version}`)
  const detail =
    known.length === 0
      ? 'No model has answered a request yet.'
      : `${fitting.length === 0 ? 'No model is like that.' : 'Say which model.'} There are: ${known.join(', ')}`
  return { detail }
}

/**
 * `GET /api/v1/baseline`: the baseline in use, in the format of `baseline.file`; 404 while learning. Category names
 * require a token; `?names=none` omits them.
 */
export function baselineDocument(registry: ModelRegistry): AdminDocument {
  return {
    path: '/api/v1/baseline',
    read: (parameters) => {
      const monitor = choose(registry, parameters)
      if ('detail' in monitor || monitor.baseline === undefined) return undefined
      const withNames = parameters.get('names') !== 'none'
      return joinColumns(withNames ? monitor.baseline : withoutNames(monitor.baseline))
    },
    hasNames: (document) =>
      (document as BaselineFile).columns.some(
        (column) =>
          column.kind === 'categorical' &&
          column.categories.length + column.rare.length + (column.rareHashes?.length ?? 0) > 0,
      ),
  }
}

/** `POST /api/v1/baseline/learn`: discards the baseline and the windows of a model and learns from its next rows. */
export function learnAction(registry: ModelRegistry): AdminAction {
  return {
    path: '/api/v1/baseline/learn',
    name: 'baseline.learn',
    run: (parameters) => {
      const monitor = choose(registry, parameters)
      if ('detail' in monitor) return Promise.resolve({ status: 404, detail: monitor.detail })
      monitor.relearn()
      return Promise.resolve({
        result: { model: monitor.model, version: monitor.version, state: 'learning' },
      })
    },
  }
}
