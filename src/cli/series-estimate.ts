/**
 * How many series one exposition has, counted on the instruments themselves: they collect from a snapshot that is as
 * full as the configuration allows, so that a new metric is in the estimate as soon as it exists.
 */
import { EXPORTED_QUANTILES } from '../analysis/column-monitor.ts'
import { VALUE_KINDS, type ColumnSnapshot, type Snapshot } from '../analysis/snapshot.ts'
import type { BaselineColumn } from '../baseline/baseline.ts'
import { NUMERIC_BINS } from '../baseline/baseline.ts'
import { binsOf } from '../baseline/bins.ts'
import type { ColumnRole } from '../baseline/column-kind.ts'
import type { Config } from '../config/schema.ts'
import { findStatistic, type StatisticName } from '../drift/index.ts'
import { observedMetrics } from '../instruments/catalogue.ts'
import { RequestRecorder } from '../instruments/request-recorder.ts'
import { emptySelfSnapshot } from '../instruments/self-snapshot.ts'
import type { Exchange, Message, Outcome } from '../observe/exchange.ts'
import { UNOBSERVED_REASONS } from '../observe/unobserved.ts'
import type { ResourceSnapshot } from '../resources/snapshot.ts'

export interface SeriesSettings {
  /** Number of sliding windows. */
  readonly windows: number
  readonly statistics: readonly StatisticName[]
  /** Bucket bounds beside the built-in ones, seconds. */
  readonly latencyBoundsSeconds: readonly number[]
}

/** Series of one exposition; a pod has `process + models × model + Σ column`. */
export interface SeriesCost {
  /** Whatever is watched. */
  readonly process: number
  /** Per model and version, with traffic that succeeds, is refused and fails. */
  readonly model: number
  /** Of one column, with every score that it can have. */
  readonly column: (column: BaselineColumn) => number
}

const QUIET_EXPOSITION = {
  droppedSeries: { series_limit: 0, request_label_sets: 0, duplicate: 0 },
  lastSeries: 0,
  lastDurationSeconds: 0,
}

/** What modeltap tells about itself, with every reason that it knows. */
const FULL_SELF = {
  ...emptySelfSnapshot,
  droppedBytes: { ring_full: 0, body_limit: 0 },
  unobservedExchanges: Object.fromEntries(
    [...UNOBSERVED_REASONS, 'unseen_connection', 'bug'].map((reason) => [reason, 0]),
  ),
  restarts: { crashed: 0, stuck: 0 },
  droppedSeries: { models: 0, features: 0 },
}

/** The model's processes and the host as a shared process namespace shows them; GPUs come on top, about ten each. */
const FULL_RESOURCES: ResourceSnapshot = {
  takenEpochMs: 0,
  model: {
    ...{ up: true, source: 'proc', cpuSecondsTotal: 0, memoryBytes: 0, processes: 1, threads: 1 },
    ...{ openConnections: 0, restartsTotal: 0, startTimeSeconds: 0, gpuMemory: [] },
  },
  host: { cpuUtilizationRatio: 0, memoryUsedBytes: 0, memoryTotalBytes: 0 },
  gpus: [],
}

/**
 * Series of the Node.js process, counted in an exposition of Node 26: 14 plain ones and the histogram of garbage
 * collections, three kinds with nine series each.
 */
const NODE_SERIES = 41

function countObserved(snapshot: Snapshot): number {
  const inFlight = snapshot.models.map(({ model }) => ({ model, requests: 0 }))
  const self = { ...FULL_SELF, inFlight }
  const sources = { snapshot, resources: FULL_RESOURCES, self, exposition: QUIET_EXPOSITION }
  let count = 0
  for (const { collect } of observedMetrics) {
    collect(sources, (value) => void (count += value === undefined ? 0 : 1))
  }
  return count
}

function fullColumn(column: BaselineColumn, { windows, statistics }: SeriesSettings): ColumnSnapshot {
  const { role, name, kind } = column
  const { labels } = binsOf(column)
  const scores = statistics
    .map(findStatistic)
    .filter(({ accepts }) => accepts.includes(kind))
    .map((statistic) => ({
      statistic: statistic.name,
      value: 0,
      threshold: 0,
      ...(statistic.pValue !== undefined && { pValue: 0 }),
    }))
  return {
    role,
    name,
    kind,
    values: Object.fromEntries(VALUE_KINDS.map((valueKind) => [valueKind, 0])) as ColumnSnapshot['values'],
    bins: labels.map((label) => ({ label, baselineRatio: 0, total: 0 })),
    windows: Array.from({ length: windows }, (_, index) => ({
      window: String(index),
      observations: 0,
      scores,
      quantiles: kind === 'categorical' ? [] : EXPORTED_QUANTILES.map((q) => ({ q, value: 0 })),
      classes: kind === 'numeric' ? [] : labels.map((label) => ({ label, ratio: 0 })),
    })),
  }
}

const NO_MODEL: Snapshot = { takenEpochMs: 0, models: [] }

function modelWith(columns: readonly ColumnSnapshot[], windows: number): Snapshot {
  return {
    takenEpochMs: 0,
    models: [
      {
        model: 'm',
        version: '1',
        protocol: 'p',
        predictionRows: 0,
        baseline: { state: 'learned', rows: 0, hash: '', createdEpochMs: 0 },
        columns,
        driftedFeaturesRatio: Array.from({ length: windows }, (_, index) => ({
          window: String(index),
          ratio: 0,
        })),
      },
    ],
  }
}

const message: Message = {
  header: () => undefined,
  body: new Uint8Array(),
  bodyBytes: 0,
  truncated: false,
  firstByteMs: 0,
  lastByteMs: 0,
}
const exchangeThat = (outcome: Outcome, status: number): Exchange => ({
  connection: 0,
  wireProtocol: 'http/1.1',
  method: 'POST',
  target: '/',
  status,
  grpcStatus: undefined,
  outcome,
  request: message,
  response: message,
})

/** Series of the recorded metrics of one model whose predictions succeed, are refused and fail. */
function countRecorded(latencyBoundsSeconds: readonly number[]): number {
  const recorder = new RequestRecorder({
    latencyBoundsSeconds,
    maxSeries: Number.MAX_SAFE_INTEGER,
    exemplars: false,
    epochMs: () => 0,
  })
  const call = { protocol: 'p', operation: 'predict', model: 'm', version: '1' } as const
  recorder.recordExchange({ ...call, exchange: exchangeThat('success', 200) })
  recorder.recordExchange({ ...call, exchange: exchangeThat('client_error', 422) })
  recorder.recordExchange({ ...call, exchange: exchangeThat('server_error', 500) })
  return recorder.series
}

export function seriesCost(settings: SeriesSettings): SeriesCost {
  const nothing = countObserved(NO_MODEL)
  const model = countObserved(modelWith([], settings.windows))
  return {
    process: nothing + NODE_SERIES,
    model: model - nothing + countRecorded(settings.latencyBoundsSeconds),
    column: (column) => countObserved(modelWith([fullColumn(column, settings)], settings.windows)) - model,
  }
}

const columnBase = { missing: 0, overdispersion: 1 }

/** A column as the baseline would have it: quantile bins. */
export const numericColumn = (role: ColumnRole): BaselineColumn => ({
  ...columnBase,
  ...{ kind: 'numeric', role, name: 'x', min: 0, max: 1, mean: 0, standardDeviation: 1, nonFinite: false },
  edges: Array.from({ length: NUMERIC_BINS - 1 }, (_, index) => index),
  shares: Array.from({ length: NUMERIC_BINS }, () => 1 / NUMERIC_BINS),
  digest: { clusters: 256, means: [], counts: [] },
})

export const categoricalColumn = (role: ColumnRole, categories: number): BaselineColumn => ({
  ...columnBase,
  ...{ kind: 'categorical', role, name: 'x', other: 0, rare: [], complete: true },
  categories: Array.from({ length: categories }, (_, index) => String(index)),
  shares: Array.from({ length: categories }, () => 1 / categories),
})

export const settingsOf = ({ windows, drift, metrics }: Config): SeriesSettings => ({
  windows: windows.length,
  statistics: drift.statistics,
  latencyBoundsSeconds: metrics.latencyBounds.map((milliseconds) => milliseconds / 1000),
})

export interface SeriesEstimate {
  /** One model with 20 numeric features and one numeric output. */
  readonly example: number
  /** Each further numeric feature. */
  readonly perNumericFeature: number
  /** Each further categorical feature with as many categories as `limits.categories` allows. */
  readonly perCategoricalFeature: number
  /** Every model and every column that `limits` allows, each as costly as it can be. */
  readonly atTheLimits: number
  /** `metrics.maxSeries`: what an exposition never exceeds. */
  readonly cap: number
}

/** What a configuration can produce, per pod. */
export function estimateSeries(config: Config): SeriesEstimate {
  const { process, model, column } = seriesCost(settingsOf(config))
  const { models, features, categories } = config.limits
  const worst = (role: ColumnRole): number =>
    Math.max(column(numericColumn(role)), column(categoricalColumn(role, categories)))
  const perNumericFeature = column(numericColumn('feature'))
  return {
    example: process + model + 20 * perNumericFeature + column(numericColumn('prediction')),
    perNumericFeature,
    perCategoricalFeature: column(categoricalColumn('feature', categories)),
    atTheLimits: process + models * (model + features * (worst('feature') + worst('prediction'))),
    cap: config.metrics.maxSeries,
  }
}

/** The estimate as `modeltap check-config` prints it. */
export function describeSeries(config: Config): string {
  const { example, perNumericFeature, perCategoricalFeature, atTheLimits, cap } = estimateSeries(config)
  const number = (value: number): string => value.toLocaleString('en-US')
  const rows = [
    ['one model, 20 numeric features, one output', number(example)],
    ['each further numeric feature', number(perNumericFeature)],
    [`each further feature of ${config.limits.categories} categories`, number(perCategoricalFeature)],
    ['every model and column that limits allows', number(atTheLimits)],
  ]
  const lines = rows.map(([what = '', count = '']) => `  ${what.padEnd(44)} ${count.padStart(12)}`)
  const cut =
    atTheLimits > cap
      ? `metrics.maxSeries lets ${number(cap)} through; what is beyond is left out, bins first, and counted.`
      : `All of them pass metrics.maxSeries (${number(cap)}).`
  return ['Series of one pod (docs/scaling.md):', ...lines, `  ${cut}`].join('\n')
}
