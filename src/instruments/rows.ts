/** Problems of whole rows, and values outside plausible or allowed ranges. */
import { OUTLIER_RATIO_BOUNDS } from '../quality/row-outliers.ts'
import type { RowCounts } from '../quality/row-quality.ts'
import { eachColumn, eachWindow, ROLES, type RoleWords } from './columns.ts'
import { observed } from './metric.ts'

const WHILE_LEARNING = 'Absent while the baseline is being learned.'

/** Problems of a row: label value → its counter. */
const ISSUES = {
  missing_columns: 'missingColumns',
  extra_columns: 'extraColumns',
  reordered_columns: 'reordered',
  duplicate: 'duplicates',
} as const satisfies Record<string, keyof RowCounts>
export const ROW_ISSUES: readonly string[] = Object.keys(ISSUES)

const rowIssues = observed({
  name: 'modeltap_row_issues_total',
  type: 'counter',
  unit: 'rows',
  labels: ['model', 'version', 'kind'],
  help: 'Rows whose columns are not those of the baseline, by kind: missing_columns, extra_columns, reordered_columns; and duplicate, a row that is the same as a recent one.',
  absence: `${WHILE_LEARNING} Every kind starts at 0.`,
  collect: ({ snapshot }, emit) => {
    for (const { model, version, rowCounts } of snapshot.models) {
      for (const [kind, key] of Object.entries(ISSUES)) emit(rowCounts?.[key], model, version, kind)
    }
  },
})

const rowsCompared = observed({
  name: 'modeltap_rows_compared_total',
  type: 'counter',
  unit: 'rows',
  labels: ['model', 'version'],
  help: 'Rows that were compared with recent ones; the denominator of kind duplicate.',
  absence: WHILE_LEARNING,
  collect: ({ snapshot }, emit) => {
    for (const { model, version, rowCounts } of snapshot.models) emit(rowCounts?.compared, model, version)
  },
})

/** Labels as for column bins: by inclusive upper bound. */
export const OUTLIER_BINS: readonly string[] = [...OUTLIER_RATIO_BOUNDS.map((bound) => `le_${bound}`), 'inf']

const rowOutliers = observed({
  name: 'modeltap_row_outlier_bin_observations_total',
  type: 'counter',
  unit: 'rows',
  labels: ['model', 'version', 'bin'],
  help: 'Rows by the share of their numeric features that lie beyond the robust fences of the baseline; bin le_0.1 holds shares above the bound before it, up to 0.1.',
  absence: `${WHILE_LEARNING} Every bin starts at 0.`,
  collect: ({ snapshot }, emit) => {
    for (const { model, version, rowOutliers: histogram } of snapshot.models) {
      for (const [index, bin] of OUTLIER_BINS.entries()) emit(histogram?.counts[index], model, version, bin)
    }
  },
})

function outliers({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_outliers_total`,
    type: 'counter',
    unit: 'values',
    labels: ['model', 'version', label],
    help: `Values of the ${noun} beyond the robust fences of its baseline.`,
    absence: `${WHILE_LEARNING} Absent for columns without numbers.`,
    collect: ({ snapshot }, emit) => {
      eachColumn(snapshot, role, ({ model, version }, column) =>
        emit(column.outliers, model, version, column.name),
      )
    },
  })
}

function boundsViolations({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_bounds_violations_total`,
    type: 'counter',
    unit: 'values',
    labels: ['model', 'version', label],
    help: `Numbers of the ${noun} outside the bounds that the configuration or the OpenAPI description of the model server declares, NaN included.`,
    absence: 'Absent for columns without declared bounds, and before their first value.',
    collect: ({ snapshot }, emit) => {
      for (const { model, version, boundsViolations: violations } of snapshot.models) {
        for (const violation of violations ?? []) {
          if (violation.role === role) emit(violation.count, model, version, violation.name)
        }
      }
    },
  })
}

function constant({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_constant`,
    type: 'gauge',
    unit: 'flag',
    labels: ['model', 'version', label, 'window'],
    help: `Whether all values of the ${noun} in the window are the same although those of the baseline are not, 0 or 1.`,
    absence: 'Absent below the minimum sample and while the baseline is being learned.',
    collect: ({ snapshot }, emit) => {
      eachWindow(snapshot, role, ({ model, version }, { name }, { window, constant: isConstant }) => {
        emit(isConstant === undefined ? undefined : Number(isConstant), model, version, name, window)
      })
    },
  })
}

const lowConfidence = observed({
  name: 'modeltap_prediction_low_confidence_ratio',
  type: 'gauge',
  unit: 'ratio',
  labels: ['model', 'version', 'output', 'window'],
  help: 'Share of the predictions of the window whose confidence is at most quality.lowConfidence, 0 to 1.',
  absence: 'Absent for outputs that are not confidences, and below the minimum sample.',
  collect: ({ snapshot }, emit) => {
    eachWindow(snapshot, 'prediction', ({ model, version }, { name }, { window, lowConfidenceRatio }) => {
      emit(lowConfidenceRatio, model, version, name, window)
    })
  },
})

const [feature, prediction] = ROLES

/** In the order of the exposition. */
export const rowMetrics = {
  rowIssues,
  rowsCompared,
  rowOutliers,
  featureOutliers: outliers(feature),
  predictionOutliers: outliers(prediction),
  featureBoundsViolations: boundsViolations(feature),
  predictionBoundsViolations: boundsViolations(prediction),
  featureConstant: constant(feature),
  predictionConstant: constant(prediction),
  lowConfidence,
} as const
