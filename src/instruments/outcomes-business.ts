/** Business figures and cost of a model. */
import { observed } from './metric.ts'

const KPI = ['model', 'version', 'kpi', 'unit', 'predicted'] as const
const NO_FIGURE = 'Absent before the first figure of that name.'
const NO_PRICE = 'Absent without a price in `cost`.'

export const businessMetrics = {
  kpiSum: observed({
    name: 'modeltap_kpi_total',
    type: 'counter',
    unit: 'money',
    labels: [...KPI, 'sign'] as const,
    help: 'Sum of a business figure by predicted class and sign: gains, and losses as a positive number.',
    absence: NO_FIGURE,
    collect: ({ outcomes }, emit) => {
      for (const { model, version, kpi, unit, predicted, gains, losses } of outcomes?.kpis ?? []) {
        emit(gains, model, version, kpi, unit, predicted, 'gain')
        emit(losses, model, version, kpi, unit, predicted, 'loss')
      }
    },
  }),
  kpiObservations: observed({
    name: 'modeltap_kpi_observations_total',
    type: 'counter',
    unit: 'events',
    labels: KPI,
    help: 'Business figures that arrived, by name and predicted class.',
    absence: NO_FIGURE,
    collect: ({ outcomes }, emit) => {
      for (const { model, version, kpi, unit, predicted, count } of outcomes?.kpis ?? [])
        emit(count, model, version, kpi, unit, predicted)
    },
  }),
  kpiWindowAmount: observed({
    name: 'modeltap_kpi_window_amount',
    type: 'gauge',
    unit: 'money',
    labels: [...KPI, 'window'] as const,
    help: 'Sum of a business figure in the window, by predicted class.',
    absence: NO_FIGURE,
    collect: ({ outcomes }, emit) => {
      for (const { model, version, kpi, unit, predicted, windows } of outcomes?.kpis ?? [])
        for (const { window, sum } of windows) emit(sum, model, version, kpi, unit, predicted, window)
    },
  }),
  kpiWindowMean: observed({
    name: 'modeltap_kpi_window_mean',
    type: 'gauge',
    unit: 'money',
    labels: [...KPI, 'window'] as const,
    help: 'Mean of a business figure in the window, by predicted class.',
    absence: 'Absent for a window without a figure.',
    collect: ({ outcomes }, emit) => {
      for (const { model, version, kpi, unit, predicted, windows } of outcomes?.kpis ?? [])
        for (const { window, sum, count } of windows)
          if (count > 0) emit(sum / count, model, version, kpi, unit, predicted, window)
    },
  }),
  cost: observed({
    name: 'modeltap_cost_total',
    type: 'counter',
    unit: 'money',
    labels: ['model', 'version', 'kind', 'currency'],
    help: 'Cost of serving at the configured prices, by kind. CPU and GPUs belong to the process, so they have no version.',
    absence: NO_PRICE,
    collect: ({ costs }, emit) => {
      for (const { model, version, kind, amount } of costs?.amounts ?? [])
        emit(amount, model, version, kind, costs?.currency ?? '')
    },
  }),
  costPerThousand: observed({
    name: 'modeltap_cost_per_thousand_predictions',
    type: 'gauge',
    unit: 'money',
    labels: ['model', 'version', 'currency'],
    help: 'Cost of a thousand predictions, averaged since the start.',
    absence: 'Absent without a price, and before the first prediction.',
    collect: ({ costs }, emit) => {
      for (const { model, version, amount } of costs?.perThousandPredictions ?? [])
        emit(amount, model, version, costs?.currency ?? '')
    },
  }),
  mistakeCost: observed({
    name: 'modeltap_error_cost_total',
    type: 'counter',
    unit: 'money',
    labels: ['model', 'version', 'output', 'predicted', 'actual', 'currency'],
    help: 'Cost of mistakes by the matrix `costs`: labelled predictions times the price of their cell.',
    absence: 'Absent for cells without a price in `costs`.',
    collect: ({ costs }, emit) => {
      for (const { model, version, output, predicted, actual, amount } of costs?.mistakes ?? [])
        emit(amount, model, version, output, predicted, actual, costs?.currency ?? '')
    },
  }),
} as const
