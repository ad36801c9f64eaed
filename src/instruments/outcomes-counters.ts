/** Labelled predictions as counters that add up over pods and windows; every cell starts at 0. */
import type { ClassificationSnapshot, ErrorTotals, OutputSnapshot, ScoreSums } from '../outcomes/snapshot.ts'
import { type Emit, observed, type Sources } from './metric.ts'

const OUTPUT = ['model', 'version', 'output'] as const
const NO_LABEL = 'Absent before the first label of the output.'
const NO_SCORE = 'Absent where predictions have no score of one of two classes.'
const NO_NUMBER = 'Absent for outputs that are classes.'

function outputsOf({ outcomes }: Sources): readonly OutputSnapshot[] {
  return outcomes?.outputs ?? []
}

function eachClassification(sources: Sources, visit: (output: ClassificationSnapshot) => void): void {
  for (const output of outputsOf(sources)) if (output.task === 'classification') visit(output)
}

function scoreCounter(name: string, help: string, read: (scores: ScoreSums) => number) {
  return observed({
    name,
    type: 'counter',
    unit: 'score',
    labels: OUTPUT,
    help,
    absence: NO_SCORE,
    collect: (sources, emit) => {
      eachClassification(sources, ({ model, version, output, scores }) => {
        if (scores !== undefined) emit(read(scores), model, version, output)
      })
    },
  })
}

function errorCounter(
  name: string,
  unit: 'payload' | 'score' | 'rows',
  help: string,
  read: (errors: ErrorTotals) => number,
) {
  return observed({
    name,
    type: 'counter',
    unit,
    labels: OUTPUT,
    help,
    absence: NO_NUMBER,
    collect: (sources, emit) => {
      eachRegression(sources, emit, (errors, tell) => tell(read(errors)))
    },
  })
}

function eachRegression(
  sources: Sources,
  emit: Emit<typeof OUTPUT>,
  visit: (errors: ErrorTotals, tell: (value: number) => void) => void,
): void {
  for (const output of outputsOf(sources)) {
    if (output.task !== 'regression') continue
    visit(output.errors, (value) => emit(value, output.model, output.version, output.output))
  }
}

function signedCounter(
  name: string,
  help: string,
  signs: readonly [string, string],
  read: (errors: ErrorTotals) => readonly [number, number],
) {
  return observed({
    name,
    type: 'counter',
    unit: 'payload',
    labels: [...OUTPUT, 'sign'] as const,
    help,
    absence: NO_NUMBER,
    collect: (sources, emit) => {
      for (const output of outputsOf(sources)) {
        if (output.task !== 'regression') continue
        const { model, version, output: name, errors } = output
        for (const [place, value] of read(errors).entries())
          emit(value, model, version, name, signs[place] as string)
      }
    },
  })
}

export const outcomeCounters = {
  labelledPredictions: observed({
    name: 'modeltap_outcome_observations_total',
    type: 'counter',
    unit: 'rows',
    labels: OUTPUT,
    help: 'Predictions of the output that modeltap compared with a label.',
    absence: NO_LABEL,
    collect: (sources, emit) => {
      for (const { model, version, output, observations } of outputsOf(sources))
        emit(observations, model, version, output)
    },
  }),
  labelRemarks: observed({
    name: 'modeltap_outcome_label_remarks_total',
    type: 'counter',
    unit: 'labels',
    labels: [...OUTPUT, 'remark'] as const,
    help: 'Counted labels that need attention: of a class never seen before, or of one over outcomes.maxClasses, which counts as `other`.',
    absence: NO_LABEL,
    collect: (sources, emit) => {
      for (const { model, version, output, remarks } of outputsOf(sources))
        for (const [remark, count] of Object.entries(remarks)) emit(count, model, version, output, remark)
    },
  }),
  confusion: observed({
    name: 'modeltap_outcome_predictions_total',
    type: 'counter',
    unit: 'rows',
    labels: [...OUTPUT, 'predicted', 'actual', 'correct'] as const,
    help: 'Labelled predictions by predicted and actual class: the cells of the confusion matrix. `correct` says whether they are the same.',
    absence: 'Absent for outputs that are numbers.',
    collect: (sources, emit) => {
      eachClassification(sources, ({ model, version, output, cells }) => {
        for (const { predicted, actual, count } of cells)
          emit(count, model, version, output, predicted, actual, String(predicted === actual))
      })
    },
  }),
  scoreBins: observed({
    name: 'modeltap_outcome_score_bins_total',
    type: 'counter',
    unit: 'rows',
    labels: [...OUTPUT, 'bin', 'actual'] as const,
    help: 'Labelled predictions by score bin (its upper edge) and actual class: positive or negative.',
    absence: NO_SCORE,
    collect: (sources, emit) => {
      eachClassification(sources, ({ model, version, output, scores }) => {
        for (const { bin, positives, negatives } of scores?.bins ?? []) {
          emit(positives, model, version, output, bin, 'positive')
          emit(negatives, model, version, output, bin, 'negative')
        }
      })
    },
  }),
  scorePositivesBelow: observed({
    name: 'modeltap_outcome_score_positives_below_total',
    type: 'counter',
    unit: 'rows',
    labels: [...OUTPUT, 'bin'] as const,
    help: 'Labelled positives with a score in a lower bin, plus half of those in this bin; the ROC curve is computed from it.',
    absence: NO_SCORE,
    collect: (sources, emit) => {
      eachClassification(sources, ({ model, version, output, scores }) => {
        for (const { bin, positivesBelow } of scores?.bins ?? [])
          emit(positivesBelow, model, version, output, bin)
      })
    },
  }),
  scoreNegativesBelow: observed({
    name: 'modeltap_outcome_score_negatives_below_total',
    type: 'counter',
    unit: 'rows',
    labels: [...OUTPUT, 'bin'] as const,
    help: 'Labelled negatives with a score in a lower bin, plus half of those in this bin; the ROC AUC is computed from it.',
    absence: NO_SCORE,
    collect: (sources, emit) => {
      eachClassification(sources, ({ model, version, output, scores }) => {
        for (const { bin, negativesBelow } of scores?.bins ?? [])
          emit(negativesBelow, model, version, output, bin)
      })
    },
  }),
  scoreSum: observed({
    name: 'modeltap_outcome_score_total',
    type: 'counter',
    unit: 'score',
    labels: [...OUTPUT, 'bin'] as const,
    help: 'Sum of the scores in a bin; compared with its positives it shows the calibration.',
    absence: NO_SCORE,
    collect: (sources, emit) => {
      eachClassification(sources, ({ model, version, output, scores }) => {
        for (const { bin, scores: sum } of scores?.bins ?? []) emit(sum, model, version, output, bin)
      })
    },
  }),
  scoredPredictions: scoreCounter(
    'modeltap_outcome_scored_predictions_total',
    'Labelled predictions that have a score.',
    ({ observations }) => observations,
  ),
  logLoss: scoreCounter(
    'modeltap_outcome_log_loss_total',
    'Sum of the log loss over labelled predictions, in nats.',
    ({ logLoss }) => logLoss,
  ),
  squaredScoreError: scoreCounter(
    'modeltap_outcome_squared_score_error_total',
    'Sum of the squared differences of score and truth; divided by the scored predictions it is the Brier score.',
    ({ squaredError }) => squaredError,
  ),
  outcomeError: signedCounter(
    'modeltap_outcome_error_total',
    'Sum of predicted minus actual by sign: over-predictions, and under-predictions as a positive number.',
    ['over', 'under'],
    ({ over, under }) => [over, under],
  ),
  outcomeAbsoluteError: errorCounter(
    'modeltap_outcome_absolute_error_total',
    'payload',
    'Sum of the absolute errors.',
    ({ absolute }) => absolute,
  ),
  outcomeSquaredError: errorCounter(
    'modeltap_outcome_squared_error_total',
    'score',
    'Sum of the squared errors.',
    ({ squared }) => squared,
  ),
  outcomeRelativeError: errorCounter(
    'modeltap_outcome_relative_error_total',
    'score',
    'Sum of the absolute errors as shares of the truth, where that is not 0.',
    ({ relative }) => relative,
  ),
  outcomeRelativeObservations: errorCounter(
    'modeltap_outcome_relative_observations_total',
    'rows',
    'Labelled predictions with a true value other than 0.',
    ({ relativeObservations }) => relativeObservations,
  ),
  outcomeTruth: signedCounter(
    'modeltap_outcome_truth_total',
    'Sum of the truth minus modeltap_outcome_truth_center by sign: above it, and below it as a positive number.',
    ['above', 'below'],
    ({ truthAbove, truthBelow }) => [truthAbove, truthBelow],
  ),
  outcomeSquaredTruth: errorCounter(
    'modeltap_outcome_squared_truth_total',
    'score',
    'Sum of the squares of the truth, measured from modeltap_outcome_truth_center.',
    ({ squaredTruth }) => squaredTruth,
  ),
  outcomeTruthCenter: observed({
    name: 'modeltap_outcome_truth_center',
    type: 'gauge',
    unit: 'payload',
    labels: OUTPUT,
    help: 'Offset of the truth sums: the mean in the baseline file, which is the same for every replica, or 0.',
    absence: NO_NUMBER,
    collect: (sources, emit) => {
      eachRegression(sources, emit, ({ center }, tell) => tell(center))
    },
  }),
} as const
