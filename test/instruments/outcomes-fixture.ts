/** One fixed state of outcomes: a classification with scores, a regression, figures and costs. */
import { OUTCOME_RESULTS, UNJOINABLE_REASONS, zeroCounts } from '../../src/outcomes/outcome.ts'
import type {
  ClassificationSnapshot,
  CostsSnapshot,
  OutcomesSnapshot,
  RegressionSnapshot,
} from '../../src/outcomes/snapshot.ts'

const named = { model: 'credit-risk', version: '3' }

const classification: ClassificationSnapshot = {
  ...named,
  output: 'risk',
  task: 'classification',
  observations: 400,
  remarks: { unseen_class: 1, class_limit: 0 },
  reference: { state: 'learned', rows: 1000 },
  windows: [
    {
      window: '1h',
      observations: 400,
      metrics: [
        {
          metric: 'accuracy',
          value: 0.91,
          lower: 0.878,
          upper: 0.9344,
          threshold: 0.93,
          isWorse: true,
        },
        {
          metric: 'roc_auc',
          value: 0.84,
          lower: undefined,
          upper: undefined,
          threshold: undefined,
          isWorse: false,
        },
      ],
      classes: [{ name: 'high', precision: 0.5, recall: 0.25, f1: 1 / 3, support: 40 }],
    },
    { window: '1d', observations: 400, metrics: [], classes: [] },
  ],
  concept: [
    {
      detector: 'adwin',
      state: 'drift',
      detections: { up: 2, down: 0 },
      lastDetectionEpochMs: 1_700_000_000_000,
    },
    { detector: 'hddm_w', state: 'stable', detections: { up: 0, down: 0 }, lastDetectionEpochMs: undefined },
  ],
  cells: [
    { predicted: 'high', actual: 'high', count: 10 },
    { predicted: 'high', actual: 'low', count: 10 },
    { predicted: 'low', actual: 'high', count: 30 },
    { predicted: 'low', actual: 'low', count: 350 },
  ],
  scores: {
    positive: 'high',
    bins: [
      {
        bin: '0.5',
        position: 1,
        positives: 30,
        negatives: 350,
        positivesBelow: 15,
        negativesBelow: 175,
        scores: 40.5,
      },
      {
        bin: '1',
        position: 2,
        positives: 10,
        negatives: 10,
        positivesBelow: 35,
        negativesBelow: 355,
        scores: 16,
      },
    ],
    logLoss: 90.25,
    squaredError: 30.5,
    observations: 400,
  },
}

const regression: RegressionSnapshot = {
  ...named,
  output: 'amount',
  task: 'regression',
  observations: 50,
  remarks: { unseen_class: 0, class_limit: 0 },
  reference: { state: 'learning', rows: 50 },
  windows: [{ window: '1h', observations: 50, metrics: [], classes: [] }],
  concept: [],
  errors: {
    over: 12.5,
    under: 2,
    absolute: 14.5,
    squared: 30.25,
    relative: 3.5,
    relativeObservations: 49,
    center: 100,
    truthAbove: 250,
    truthBelow: 240,
    squaredTruth: 5000,
  },
}

export const outcomes: OutcomesSnapshot = {
  results: { ...zeroCounts(OUTCOME_RESULTS), joined: 450, unknown: 3, invalid: 1 },
  unjoinable: { ...zeroCounts(UNJOINABLE_REASONS), no_id: 7, expired: 20 },
  store: { kind: 'redis', up: true, pending: 1200, spoolBytes: 4096, waitingLabels: 2 },
  models: [
    {
      ...named,
      named: 1670,
      joined: 450,
      results: { joined: 450 },
      lastLabelEpochMs: 1_699_999_990_000,
    },
  ],
  outputs: [classification, regression],
  kpis: [
    {
      ...named,
      kpi: 'revenue',
      unit: 'EUR',
      predicted: 'low',
      gains: 900,
      losses: 100,
      count: 12,
      windows: [{ window: '1h', sum: 800, count: 12 }],
    },
  ],
}

export const costs: CostsSnapshot = {
  currency: 'EUR',
  amounts: [
    { ...named, kind: 'request', amount: 1.25 },
    { model: 'credit-risk', version: '', kind: 'cpu', amount: 0.5 },
  ],
  mistakes: [{ ...named, output: 'risk', predicted: 'low', actual: 'high', amount: 3000 }],
  perThousandPredictions: [{ ...named, amount: 1.75 }],
}
