/** Distributions: quantiles of windows, class shares, and bins that add up over a fleet. */
import { eachColumn, eachWindow, ROLES, type RoleWords } from './columns.ts'
import { observed } from './metric.ts'

function value({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_value`,
    type: 'gauge',
    unit: 'payload',
    labels: ['model', 'version', label, 'q', 'window'],
    help: `Quantile q of the ${noun} over the window, in the unit of the values themselves.`,
    absence: 'Absent for categorical columns and for windows without a number.',
    collect: ({ snapshot }, emit) => {
      eachWindow(snapshot, role, ({ model, version }, { name }, { window, quantiles }) => {
        for (const { q, value: quantile } of quantiles)
          emit(quantile, model, version, name, String(q), window)
      })
    },
  })
}

function binObservations({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_bin_observations_total`,
    type: 'counter',
    unit: 'rows',
    labels: ['model', 'version', label, 'bin'],
    help: `Rows of the ${noun} by bin of the baseline; sum rates over pods before comparing with the baseline ratio.`,
    absence: 'Absent while the baseline is being learned and where bins are not exported for the column.',
    collect: ({ snapshot }, emit) => {
      eachColumn(snapshot, role, ({ model, version }, { name, bins }) => {
        for (const bin of bins) emit(bin.total, model, version, name, bin.label)
      })
    },
  })
}

function baselineBinRatio({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_baseline_${role}_bin_ratio`,
    type: 'gauge',
    unit: 'ratio',
    labels: ['model', 'version', label, 'bin', 'position'],
    help: `Share of the baseline's rows in this bin of the ${noun}, 0 to 1; bins of numbers have positions from 1.`,
    absence: 'Absent exactly when the bin counters are.',
    collect: ({ snapshot }, emit) => {
      eachColumn(snapshot, role, ({ model, version }, { name, bins }) => {
        for (const bin of bins)
          emit(bin.baselineRatio, model, version, name, bin.label, String(bin.position ?? ''))
      })
    },
  })
}

const [feature, prediction] = ROLES

const featureValue = value(feature)
const predictionValue = value(prediction)

const predictionClass = observed({
  name: 'modeltap_prediction_class_ratio',
  type: 'gauge',
  unit: 'ratio',
  labels: ['model', 'version', 'output', 'class', 'window'],
  help: 'Share of the predictions of the window that are of this class, 0 to 1; rare classes are in class other.',
  absence: 'Absent for numeric outputs and for empty windows.',
  collect: ({ snapshot }, emit) => {
    eachWindow(snapshot, 'prediction', ({ model, version }, { name }, { window, classes }) => {
      for (const { label, ratio } of classes) emit(ratio, model, version, name, label, window)
    })
  },
})

const featureBinObservations = binObservations(feature)
const predictionBinObservations = binObservations(prediction)
const baselineFeatureBin = baselineBinRatio(feature)
const baselinePredictionBin = baselineBinRatio(prediction)

/** In the order of the exposition. */
export const distributionMetrics = {
  featureValue,
  predictionValue,
  predictionClass,
  featureBinObservations,
  predictionBinObservations,
  baselineFeatureBin,
  baselinePredictionBin,
} as const
