/** The baseline: its source, age and size; and the models compared with it. */
import type { BaselineState, ModelSnapshot, Snapshot } from '../analysis/snapshot.ts'
import { observed } from './metric.ts'

type FrozenBaseline = Exclude<BaselineState, { state: 'learning' }>

function eachBaseline(
  snapshot: Snapshot,
  visit: (model: ModelSnapshot, baseline: FrozenBaseline) => void,
): void {
  for (const model of snapshot.models) if (model.baseline.state !== 'learning') visit(model, model.baseline)
}

const labels = ['model', 'version', 'source', 'hash'] as const
const absence = 'Absent while the baseline is still being learned.'

const baselineInfo = observed({
  name: 'modeltap_baseline_info',
  type: 'gauge',
  unit: 'info',
  labels,
  help: 'The baseline in use, always 1; source is learned or loaded, hash names its content.',
  absence,
  collect: ({ snapshot }, emit) => {
    eachBaseline(snapshot, ({ model, version }, { state, hash }) => emit(1, model, version, state, hash))
  },
})

const baselineCreated = observed({
  name: 'modeltap_baseline_created_timestamp_seconds',
  type: 'gauge',
  unit: 'seconds',
  labels,
  help: 'When the baseline was made, seconds since the Unix epoch.',
  absence,
  collect: ({ snapshot }, emit) => {
    eachBaseline(snapshot, ({ model, version }, { state, hash, createdEpochMs }) =>
      emit(createdEpochMs / 1000, model, version, state, hash),
    )
  },
})

const baselineObservations = observed({
  name: 'modeltap_baseline_observations',
  type: 'gauge',
  unit: 'rows',
  labels,
  help: 'Rows that the baseline was made from.',
  absence,
  collect: ({ snapshot }, emit) => {
    eachBaseline(snapshot, ({ model, version }, { state, hash, rows }) =>
      emit(rows, model, version, state, hash),
    )
  },
})

const baselineLearning = observed({
  name: 'modeltap_baseline_learning_ratio',
  type: 'gauge',
  unit: 'ratio',
  labels: ['model', 'version'],
  help: 'How much of the baseline is learned: of its rows or of its time (baseline.learn), whichever is less, 0 to 1.',
  absence: 'Absent once the baseline is frozen or when it was loaded from a file.',
  collect: ({ snapshot }, emit) => {
    for (const { model, version, baseline } of snapshot.models) {
      if (baseline.state === 'learning') emit(baseline.ratio, model, version)
    }
  },
})

const modelInfo = observed({
  name: 'modeltap_model_info',
  type: 'gauge',
  unit: 'info',
  labels: ['model', 'version', 'protocol'],
  help: 'A model that is being observed, always 1; protocol is the payload format that was recognised.',
  absence: 'Absent until the first prediction of the model was recognised.',
  collect: ({ snapshot }, emit) => {
    for (const { model, version, protocol } of snapshot.models) emit(1, model, version, protocol)
  },
})

/** In the order of the exposition. */
export const baselineMetrics = {
  baselineInfo,
  baselineCreated,
  baselineObservations,
  baselineLearning,
  modelInfo,
} as const
