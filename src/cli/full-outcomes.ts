/** Outcome data as if every output had every metric; used to estimate the number of series. */
import type { ColumnSnapshot, ModelSnapshot } from '../analysis/snapshot.ts'
import type { Config } from '../config/schema.ts'
import { zeros } from '../lib/zeros.ts'
import { COST_KINDS, Costs } from '../outcomes/costs.ts'
import { LABEL_REMARKS, OUTCOME_RESULTS, UNJOINABLE_REASONS } from '../outcomes/outcome.ts'
import { findMetric, METRIC_NAMES, type Task } from '../outcomes/performance/index.ts'
import type { CostsSnapshot, OutcomesSnapshot, OutputSnapshot } from '../outcomes/snapshot.ts'
import { parseStoreAddress } from '../outcomes/store-address.ts'
import { isStoring } from '../outcomes/storing.ts'

export function fullOutcomes(config: Config, models: readonly ModelSnapshot[]): OutcomesSnapshot | undefined {
  if (!isStoring(config)) return undefined
  const windows = config.outcomes.windows.map((_, index) => String(index))
  return {
    results: zeros(OUTCOME_RESULTS),
    unjoinable: zeros(UNJOINABLE_REASONS),
    store: {
      ...{ up: true, pending: 0, spoolBytes: 0, waitingLabels: 0 },
      kind: parseStoreAddress(config.outcomes.store)?.kind ?? 'memory',
    },
    models: models.map(({ model, version }) => ({
      ...{ model, version, named: 1, joined: 0, results: {}, lastLabelEpochMs: 0 },
    })),
    outputs: models.flatMap((model) =>
      model.columns
        .filter(({ role }) => role === 'prediction')
        .flatMap((column) => fullOutput(config, model, column)),
    ),
    kpis: models.flatMap(({ model, version }) =>
      Object.keys(config.kpis).map((kpi) => ({
        ...{ model, version, kpi, unit: '', predicted: '', gains: 0, losses: 0, count: 0 },
        windows: windows.map((window) => ({ window, sum: 0, count: 1 })),
      })),
    ),
  }
}

/**
 * A numeric column may be a score or a value; the one with more series is assumed. A few numbers or texts are classes.
 */
function fullOutput(
  config: Config,
  { model, version }: ModelSnapshot,
  column: ColumnSnapshot,
): OutputSnapshot {
  const { outcomes: options } = config
  const classes =
    column.kind === 'numeric' ? 2 : Math.min(options.maxClasses, Math.max(2, column.bins.length))
  const names = Array.from({ length: classes }, (_, index) => String(index))
  return {
    ...{ model, version, output: column.name, observations: 0 },
    task: 'classification',
    remarks: zeros(LABEL_REMARKS),
    reference: { state: 'learned', rows: 0 },
    windows: options.windows.map((_, index) => ({
      ...{ window: String(index), observations: 0 },
      metrics: metricsOf('classification'),
      classes: names.map((name) => ({ name, precision: 0, recall: 0, f1: 0, support: 0 })),
    })),
    concept: options.detectors.map((detector) => ({
      ...{ detector, state: 'stable', lastDetectionEpochMs: 0 },
      detections: { up: 0, down: 0 },
    })),
    cells: names.flatMap((predicted) => names.map((actual) => ({ predicted, actual, count: 0 }))),
    scores: {
      ...{ positive: '1', logLoss: 0, squaredError: 0, observations: 0 },
      bins: Array.from({ length: classes === 2 ? options.scoreBins : 0 }, (_, index) => ({
        ...{
          bin: String(index),
          position: index + 1,
          positives: 0,
          negatives: 0,
          positivesBelow: 0,
          negativesBelow: 0,
          scores: 0,
        },
      })),
    },
  }
}

function metricsOf(task: Task) {
  return METRIC_NAMES.filter((name) => findMetric(name).task === task).map((metric) => ({
    ...{ metric, value: 0, lower: 0, upper: 0, threshold: 0, isWorse: false },
  }))
}

export function fullCosts(config: Config, models: readonly ModelSnapshot[]): CostsSnapshot | undefined {
  const { cost, costs } = config
  if (!new Costs(cost, costs).isPriced) return undefined
  return {
    currency: cost.currency,
    amounts: models.flatMap(({ model, version }) =>
      COST_KINDS.map((kind) => ({ model, version, kind, amount: 0 })),
    ),
    mistakes: models.flatMap(({ model, version }) =>
      Object.entries(costs).flatMap(([predicted, row]) =>
        Object.keys(row).map((actual) => ({ model, version, output: '', predicted, actual, amount: 0 })),
      ),
    ),
    perThousandPredictions: models.map(({ model, version }) => ({ model, version, amount: 0 })),
  }
}
