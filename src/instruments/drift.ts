/** Scores against the baseline, with their thresholds and sample sizes, and the data behind the thresholds. */
import { eachWindow, ROLES, type RoleWords } from './columns.ts'
import { observed } from './metric.ts'

const DAY_SECONDS = 86_400

function driftScore({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_drift_score`,
    type: 'gauge',
    unit: 'score',
    labels: ['model', 'version', label, 'statistic', 'window'],
    help: `Distance of the ${noun} in the window from its baseline, on the scale of the statistic; 0 is no difference.`,
    absence: 'Absent below the minimum sample and while the baseline is being learned.',
    collect: ({ snapshot }, emit) => {
      eachWindow(snapshot, role, ({ model, version }, { name }, { window, scores }) => {
        for (const { statistic, value } of scores) emit(value, model, version, name, statistic, window)
      })
    },
  })
}

function driftThreshold({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_drift_threshold`,
    type: 'gauge',
    unit: 'score',
    labels: ['model', 'version', label, 'statistic', 'window'],
    help: `Drift score of the ${noun} above which the difference is real and worth a look, at this sample size.`,
    absence: 'Absent exactly when the score is.',
    collect: ({ snapshot }, emit) => {
      eachWindow(snapshot, role, ({ model, version }, { name }, { window, scores }) => {
        for (const { statistic, threshold } of scores)
          emit(threshold, model, version, name, statistic, window)
      })
    },
  })
}

function driftExcess({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_drift_excess`,
    type: 'gauge',
    unit: 'score',
    labels: ['model', 'version', label, 'window'],
    help: `Variation of the ${noun} over such a window without drift that more rows do not reduce, because rows come in clusters or hours differ. In units of 1 / rows; part of the threshold.`,
    absence: 'Absent when there is none, and when the score is.',
    collect: ({ snapshot }, emit) => {
      eachWindow(snapshot, role, ({ model, version }, { name }, { window, excess }) =>
        emit(excess, model, version, name, window),
      )
    },
  })
}

function driftUndecided({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_drift_undecided`,
    type: 'gauge',
    unit: 'flag',
    labels: ['model', 'version', label, 'window'],
    help: `Is 1 when the window cannot detect a change in the distribution of the ${noun}, because it varies too much without drift or too few days are known. The window then detects only missing, unseen and far values.`,
    absence: 'Absent where the window can decide, and when the score is.',
    collect: ({ snapshot }, emit) => {
      eachWindow(snapshot, role, ({ model, version }, { name }, { window, isDecisive }) => {
        if (isDecisive === false) emit(1, model, version, name, window)
      })
    },
  })
}

function binExpected({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_bin_expected_ratio`,
    type: 'gauge',
    unit: 'ratio',
    labels: ['model', 'version', label, 'bin', 'window'],
    help: `Expected share of the ${noun}'s rows in the bin at the hours of the window, 0 to 1.`,
    absence:
      'Absent for all windows but the longest of up to an hour, and for bins that are too rare for a limit.',
    collect: ({ snapshot }, emit) => {
      eachWindow(snapshot, role, ({ model, version }, { name }, { window, binLimits = [] }) => {
        for (const { bin, expected } of binLimits) emit(expected, model, version, name, bin, window)
      })
    },
  })
}

function binLimit({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_bin_limit_ratio`,
    type: 'gauge',
    unit: 'ratio',
    labels: ['model', 'version', label, 'bin', 'window'],
    help: `Largest difference without drift between the share of the ${noun}'s bin and its expected share, at the rows of the window or at the minimum sample, 0 to 1.`,
    absence: 'Absent exactly when the expected share is.',
    collect: ({ snapshot }, emit) => {
      eachWindow(snapshot, role, ({ model, version }, { name }, { window, binLimits = [] }) => {
        for (const { bin, limit } of binLimits) emit(limit, model, version, name, bin, window)
      })
    },
  })
}

function driftPValue({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_drift_p_value`,
    type: 'gauge',
    unit: 'score',
    stability: 'experimental',
    labels: ['model', 'version', label, 'statistic', 'window'],
    help: `Probability of a score of the ${noun} at least this high without drift, for this test alone, 0 to 1; the threshold also corrects for the number of tests.`,
    absence: 'Absent for statistics without one, and when the score is.',
    collect: ({ snapshot }, emit) => {
      eachWindow(snapshot, role, ({ model, version }, { name }, { window, scores }) => {
        for (const { statistic, pValue } of scores) emit(pValue, model, version, name, statistic, window)
      })
    },
  })
}

function windowObservations({ role, label, noun }: RoleWords) {
  return observed({
    name: `modeltap_${role}_window_observations`,
    type: 'gauge',
    unit: 'rows',
    labels: ['model', 'version', label, 'window'],
    help: `Rows of the ${noun} in the window, missing values included; below the minimum sample there is no score.`,
    absence: 'Absent while the baseline is being learned.',
    collect: ({ snapshot }, emit) => {
      eachWindow(snapshot, role, ({ model, version }, { name }, { window, observations }) =>
        emit(observations, model, version, name, window),
      )
    },
  })
}

const [feature, prediction] = ROLES

const featureDriftScore = driftScore(feature)
const predictionDriftScore = driftScore(prediction)
const featureDriftThreshold = driftThreshold(feature)
const predictionDriftThreshold = driftThreshold(prediction)
const featureDriftExcess = driftExcess(feature)
const predictionDriftExcess = driftExcess(prediction)
const featureDriftUndecided = driftUndecided(feature)
const predictionDriftUndecided = driftUndecided(prediction)
const featureBinExpected = binExpected(feature)
const predictionBinExpected = binExpected(prediction)
const featureBinLimit = binLimit(feature)
const predictionBinLimit = binLimit(prediction)
const featureDriftPValue = driftPValue(feature)
const predictionDriftPValue = driftPValue(prediction)
const featureWindowObservations = windowObservations(feature)
const predictionWindowObservations = windowObservations(prediction)

const calibrationDays = observed({
  name: 'modeltap_calibration_seconds',
  type: 'gauge',
  unit: 'seconds',
  labels: ['model', 'version'],
  help: 'Complete days of traffic behind the limits, in seconds: those of the baseline file and live ones. Below two days only missing, unseen and far values count as drift; below seven the limits are wide.',
  absence: 'Absent while the baseline is being learned, and where `drift.waitForDays` is false.',
  collect: ({ snapshot }, emit) => {
    for (const { model, version, calibrationDays: days } of snapshot.models)
      emit(days === undefined ? undefined : days * DAY_SECONDS, model, version)
  },
})

const driftedFeatures = observed({
  name: 'modeltap_drifted_features_ratio',
  type: 'gauge',
  unit: 'ratio',
  labels: ['model', 'version', 'window'],
  help: 'Share of the features with a score that drift, 0 to 1: their score `deviation` is above 1.',
  absence: 'Absent while no feature has a score in the window.',
  collect: ({ snapshot }, emit) => {
    for (const { model, version, driftedFeaturesRatio } of snapshot.models) {
      for (const { window, ratio } of driftedFeaturesRatio) emit(ratio, model, version, window)
    }
  },
})

/** In the order of the exposition. */
export const driftMetrics = {
  featureDriftScore,
  predictionDriftScore,
  featureDriftThreshold,
  predictionDriftThreshold,
  featureDriftExcess,
  predictionDriftExcess,
  featureDriftUndecided,
  predictionDriftUndecided,
  featureBinExpected,
  predictionBinExpected,
  featureBinLimit,
  predictionBinLimit,
  featureDriftPValue,
  predictionDriftPValue,
  featureWindowObservations,
  predictionWindowObservations,
  calibrationDays,
  driftedFeatures,
} as const
