/**
 * Estimates the maximum number of series of one exposition with the instruments themselves: they collect from a state
 * that is as full as the configuration allows, so the estimate includes every new metric. Real pods export fewer:
 * test/e2e/series-estimate.test.ts.
 */
import type { Snapshot } from '../analysis/snapshot.ts'
import type { BaselineColumn } from '../baseline/baseline.ts'
import { MAX_DISCRETE_VALUES, NUMERIC_BINS } from '../baseline/baseline.ts'
import type { ColumnRole } from '../baseline/column-kind.ts'
import type { Config } from '../config/schema.ts'
import { observedMetrics } from '../instruments/catalogue.ts'
import { count } from '../lib/number-format.ts'
import { fullColumn, fullModel, fullSources } from './full-sources.ts'
import { languageModelSeries, modelRequestSeries, strangeRequestSeries } from './recorded-series.ts'

/** Series of one exposition; a pod has `process + gpus × gpu + models × model + Σ column`. */
export interface SeriesCost {
  /** Independent of models. */
  readonly process: number
  /** For each model and version, with predictions of every outcome. */
  readonly model: number
  /** Additional series of a text-generating model. */
  readonly languageModel: number
  /** For one column, with all possible scores. */
  readonly column: (column: BaselineColumn) => number
  readonly gpu: number
}

/**
 * Series of the Node.js process, counted in an exposition of Node 26: 14 plain ones and the histogram of garbage
 * collections, four kinds with nine series each.
 */
const NODE_SERIES = 50

function countObserved(config: Config, models: Snapshot['models'], gpus = 0): number {
  const sources = fullSources(config, models, gpus)
  let count = 0
  for (const { collect } of observedMetrics) {
    collect(sources, (value) => void (count += value === undefined ? 0 : 1))
  }
  return count
}

export function seriesCost(config: Config): SeriesCost {
  const nothing = countObserved(config, [])
  const model = countObserved(config, [fullModel(config, [])])
  return {
    process: nothing + NODE_SERIES + strangeRequestSeries(config),
    model: model - nothing + modelRequestSeries(config),
    languageModel: languageModelSeries(config),
    column: (column) => countObserved(config, [fullModel(config, [fullColumn(column, config)])]) - model,
    gpu: countObserved(config, [], 1) - nothing,
  }
}

const columnBase = { missing: 0 }
const numbers = { min: 0, max: 1, mean: 0, standardDeviation: 1, nonFinite: false } as const
const digest = { clusters: 256, means: [], counts: [] }

/** A column with quantile bins, as in a baseline. */
export const numericColumn = (role: ColumnRole): BaselineColumn => ({
  ...columnBase,
  ...{ kind: 'numeric', role, name: 'x', ...numbers, digest },
  edges: Array.from({ length: NUMERIC_BINS - 1 }, (_, index) => index),
  shares: Array.from({ length: NUMERIC_BINS }, () => 1 / NUMERIC_BINS),
})

/** Numeric columns with few distinct values, each with its own bin. */
export const discreteColumn = (role: ColumnRole, values = MAX_DISCRETE_VALUES): BaselineColumn => ({
  ...columnBase,
  ...{ kind: 'discrete', role, name: 'x', ...numbers, digest },
  values: Array.from({ length: values }, (_, index) => index),
  shares: Array.from({ length: values }, () => 1 / values),
})

export const categoricalColumn = (role: ColumnRole, categories: number): BaselineColumn => ({
  ...columnBase,
  ...{ kind: 'categorical', role, name: 'x', other: 0, rare: [], complete: true },
  categories: Array.from({ length: categories }, (_, index) => String(index)),
  shares: Array.from({ length: categories }, () => 1 / categories),
})

export interface SeriesEstimate {
  /** One model with 20 numeric features and one numeric output. */
  readonly example: number
  /** Each further numeric feature. */
  readonly perNumericFeature: number
  /** Each further feature with the maximum number of discrete values. */
  readonly perDiscreteFeature: number
  /** Each further categorical feature with as many categories as `limits.categories` allows. */
  readonly perCategoricalFeature: number
  /** A model that generates text. */
  readonly perLanguageModel: number
  readonly perGpu: number
  /** Every model and column that `limits` allows, each with the maximum number of series. */
  readonly atTheLimits: number
  /** `metrics.maxSeries`: the hard limit of an exposition. */
  readonly cap: number
}

/** The maximum of a configuration, for each pod. */
export function estimateSeries(config: Config): SeriesEstimate {
  const { process, model, languageModel, column, gpu } = seriesCost(config)
  const { models, features, categories } = config.limits
  const worst = (role: ColumnRole): number =>
    Math.max(
      column(numericColumn(role)),
      column(discreteColumn(role)),
      column(categoricalColumn(role, categories)),
    )
  const perNumericFeature = column(numericColumn('feature'))
  const columns = features * (worst('feature') + worst('prediction'))
  return {
    example: process + model + 20 * perNumericFeature + column(numericColumn('prediction')),
    perNumericFeature,
    perDiscreteFeature: column(discreteColumn('feature')),
    perCategoricalFeature: column(categoricalColumn('feature', categories)),
    perLanguageModel: model + languageModel,
    perGpu: gpu,
    atTheLimits: process + models * (model + languageModel + columns),
    cap: config.metrics.maxSeries,
  }
}

/** The estimate as `modeltap check-config` prints it. */
export function describeSeries(config: Config): string {
  const estimate = estimateSeries(config)
  const { atTheLimits, cap } = estimate
  const rows: readonly (readonly [string, number])[] = [
    ['one model, 20 numeric features, one output', estimate.example],
    ['each further numeric feature', estimate.perNumericFeature],
    [`each further feature of ${MAX_DISCRETE_VALUES} different numbers`, estimate.perDiscreteFeature],
    [`each further feature of ${config.limits.categories} categories`, estimate.perCategoricalFeature],
    ['each model that generates text', estimate.perLanguageModel],
    ...(config.resources.gpu === 'off' ? [] : [['each GPU that nvidia-smi shows', estimate.perGpu] as const]),
    ['every model and column that limits allows', atTheLimits],
  ]
  const lines = rows.map(([what, series]) => `  ${what.padEnd(44)} ${count(series).padStart(12)}`)
  const cut =
    atTheLimits > cap
      ? `metrics.maxSeries lets ${count(cap)} through; what exceeds it is dropped, bins first, and counted.`
      : `All of them pass metrics.maxSeries (${count(cap)}).`
  const neighbour =
    config.neighbour.metrics === undefined
      ? []
      : ['  The metrics of the model server (neighbour.metrics) come on top.']
  return ['Series of one pod, at most (docs/scaling.md):', ...lines, `  ${cut}`, ...neighbour].join('\n')
}
