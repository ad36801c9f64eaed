/** Data quality against the baseline: every value counts as exactly one kind. */
import { VALUE_KINDS } from '../analysis/snapshot.ts'
import { eachColumn, ROLES, type RoleWords } from './columns.ts'
import { observed } from './metric.ts'

function values({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_values_total`,
    type: 'counter',
    unit: 'values',
    labels: ['model', 'version', label, 'kind'],
    help: `Values of the ${noun} by kind: valid, missing, wrong_type, out_of_range or unseen (a category that the baseline lacks).`,
    absence: 'Absent while the baseline is being learned; every kind starts at 0.',
    collect: ({ snapshot }, emit) => {
      eachColumn(snapshot, role, ({ model, version }, { name, values: counts }) => {
        for (const kind of VALUE_KINDS) emit(counts[kind], model, version, name, kind)
      })
      for (const { model, version, uncompared = [] } of snapshot.models) {
        for (const column of uncompared) {
          // Nothing is counted for ignored columns.
          if (column.role !== role || column.kind === 'ignored') continue
          for (const kind of VALUE_KINDS) emit(column.values[kind], model, version, column.name, kind)
        }
      }
    },
  })
}

const [feature, prediction] = ROLES

const featureValues = values(feature)
const predictionValues = values(prediction)

/** In the order of the exposition. */
export const qualityMetrics = {
  featureValues,
  predictionValues,
} as const
