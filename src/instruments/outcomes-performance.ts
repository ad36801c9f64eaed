/** Performance of a model over its windows: value, interval, threshold and sample size. */
import type { MetricSnapshot, OutputSnapshot, PerformanceWindow } from '../outcomes/snapshot.ts'
import { observed, type Sources } from './metric.ts'

const LABELS = ['model', 'version', 'output', 'metric', 'window'] as const
const BELOW_MINIMUM = 'Absent below outcomes.minSamples labels in the window.'

function eachMetric(
  { outcomes }: Sources,
  visit: (output: OutputSnapshot, window: PerformanceWindow, metric: MetricSnapshot) => void,
): void {
  for (const output of outcomes?.outputs ?? [])
    for (const window of output.windows) for (const metric of window.metrics) visit(output, window, metric)
}

type Part = 'value' | 'threshold' | 'lower' | 'upper'

function performancePart(part: Part, ending: string, help: string, absence: string) {
  return observed({
    name: `modeltap_performance${ending}`,
    type: 'gauge',
    unit: 'score',
    labels: LABELS,
    help,
    absence,
    collect: (sources, emit) => {
      eachMetric(sources, ({ model, version, output }, { window }, { metric, [part]: value }) =>
        emit(value, model, version, output, metric, window),
      )
    },
  })
}

export const performanceInstruments = {
  performance: performancePart(
    'value',
    '',
    'Performance of the labelled predictions in the window, on the scale of the metric. The window selects by the time at which modeltap counted the label.',
    BELOW_MINIMUM,
  ),
  performanceThreshold: performancePart(
    'threshold',
    '_threshold',
    'Threshold beyond which the metric is worse than in the reference by more than chance, at this sample size; worse is below it for accuracy and similar metrics, above it for errors and losses.',
    'Absent without a reference, and for metrics without a worse side.',
  ),
  performanceLower: performancePart(
    'lower',
    '_lower',
    'Lower end of the 95 % confidence interval.',
    'Absent where the interval is not known.',
  ),
  performanceUpper: performancePart(
    'upper',
    '_upper',
    'Upper end of the 95 % confidence interval.',
    'Absent where the interval is not known.',
  ),
  performanceObservations: observed({
    name: 'modeltap_performance_observations',
    type: 'gauge',
    unit: 'rows',
    labels: ['model', 'version', 'output', 'window'],
    help: 'Predictions with a label in the window; below the minimum sample there is no performance.',
    absence: 'Absent before the first label.',
    collect: ({ outcomes }, emit) => {
      for (const { model, version, output, windows } of outcomes?.outputs ?? [])
        for (const { window, observations } of windows) emit(observations, model, version, output, window)
    },
  }),
  performanceClass: observed({
    name: 'modeltap_performance_class',
    type: 'gauge',
    unit: 'score',
    labels: ['model', 'version', 'output', 'class', 'metric', 'window'],
    help: 'Precision, recall and F1 of one class in the window, 0 to 1.',
    absence: BELOW_MINIMUM,
    collect: ({ outcomes }, emit) => {
      for (const { model, version, output, windows } of outcomes?.outputs ?? []) {
        for (const { window, classes } of windows) {
          for (const { name, precision, recall, f1 } of classes) {
            emit(precision, model, version, output, name, 'precision', window)
            emit(recall, model, version, output, name, 'recall', window)
            emit(f1, model, version, output, name, 'f1', window)
          }
        }
      }
    },
  }),
  performanceReference: observed({
    name: 'modeltap_performance_reference_observations',
    type: 'gauge',
    unit: 'rows',
    labels: ['model', 'version', 'output', 'state'],
    help: 'Labelled predictions in the reference behind the thresholds, and whether modeltap is still learning it.',
    absence: 'Absent before the first label.',
    collect: ({ outcomes }, emit) => {
      for (const { model, version, output, reference } of outcomes?.outputs ?? [])
        emit(reference.rows, model, version, output, reference.state)
    },
  }),
} as const
