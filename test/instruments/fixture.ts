/** One fixed state of everything the metrics read; label values hold each character that a format must escape. */
import type { ColumnSnapshot, ModelSnapshot, Snapshot } from '../../src/analysis/snapshot.ts'
import type { GenerationFacts } from '../../src/generation/generation.ts'
import {
  emptySelfSnapshot,
  type ExpositionStats,
  type SelfSnapshot,
} from '../../src/instruments/self-snapshot.ts'
import { zeros } from '../../src/lib/zeros.ts'
import type { Exchange, Message, Outcome } from '../../src/observe/exchange.ts'
import type { ResourceSnapshot } from '../../src/resources/snapshot.ts'
import { TAIL_FAILURES } from '../../src/sources/tail-stats.ts'

export const EPOCH_MS = 1_700_000_000_000

const age: ColumnSnapshot = {
  role: 'feature',
  name: 'age',
  kind: 'numeric',
  values: { valid: 940, missing: 40, wrong_type: 3, out_of_range: 17, unseen: 0 },
  bins: [
    { label: 'le_25', position: 1, baselineRatio: 0.3, total: 120 },
    { label: 'le_40', position: 2, baselineRatio: 0.5, total: 640 },
    { label: 'inf', position: 3, baselineRatio: 0.2, total: 200 },
    { label: 'missing', baselineRatio: 0, total: 40 },
  ],
  outliers: 5,
  windows: [
    {
      window: '5m',
      observations: 600,
      constant: false,
      excess: 0.02,
      scores: [
        { statistic: 'psi', value: 0.312, threshold: 0.1 },
        { statistic: 'ks', value: 0.08, threshold: 0.12, pValue: 0.00125 },
        { statistic: 'deviation', value: 2.5, threshold: 1 },
      ],
      isDecisive: false,
      binLimits: [{ bin: 'missing', expected: 0.01, limit: 0.05 }],
      quantiles: [
        { q: 0.5, value: 41.5 },
        { q: 0.99, value: 83 },
      ],
      classes: [],
    },
    { window: '1h', observations: 1000, scores: [], quantiles: [{ q: 0.5, value: 40 }], classes: [] },
  ],
}

const city: ColumnSnapshot = {
  role: 'feature',
  name: 'city "home"\\path\nline two',
  kind: 'categorical',
  values: { valid: 990, missing: 0, wrong_type: 0, out_of_range: 0, unseen: 10 },
  bins: [
    { label: 'Aix-en-Provence', baselineRatio: 0.6, total: 590 },
    { label: 'back\\slash', baselineRatio: 0.2, total: 200 },
    { label: 'say "hi"', baselineRatio: 0.1, total: 100 },
    { label: 'two\nlines', baselineRatio: 0.1, total: 100 },
    { label: 'unseen', baselineRatio: 0, total: 10 },
  ],
  windows: [{ window: '5m', observations: 600, scores: [], quantiles: [], classes: [] }],
}

const risk: ColumnSnapshot = {
  role: 'prediction',
  name: 'risk',
  kind: 'categorical',
  values: { valid: 1000, missing: 0, wrong_type: 0, out_of_range: 0, unseen: 0 },
  bins: [
    { label: 'high', baselineRatio: 0.25, total: 100 },
    { label: 'low', baselineRatio: 0.75, total: 900 },
  ],
  windows: [
    {
      window: '5m',
      observations: 600,
      scores: [{ statistic: 'psi', value: 0.02, threshold: 0.1, pValue: 0.4 }],
      quantiles: [],
      classes: [
        { label: 'high', ratio: 0.1 },
        { label: 'low', ratio: 0.9 },
      ],
    },
  ],
}

const score: ColumnSnapshot = {
  role: 'prediction',
  name: 'score',
  kind: 'numeric',
  values: { valid: 1000, missing: 0, wrong_type: 0, out_of_range: 0, unseen: 0 },
  bins: [
    { label: 'le_-0.5', position: 1, baselineRatio: 0.5, total: 480 },
    { label: 'inf', position: 2, baselineRatio: 0.5, total: 520 },
  ],
  outliers: 0,
  windows: [
    {
      window: '5m',
      observations: 600,
      constant: true,
      excess: 0.004,
      isDecisive: false,
      binLimits: [{ bin: 'missing', expected: 0.01, limit: 0.05 }],
      lowConfidenceRatio: 0.125,
      scores: [],
      quantiles: [
        { q: 0.01, value: -3.25e-7 },
        { q: 0.99, value: 12 },
      ],
      classes: [],
    },
  ],
}

export const model: ModelSnapshot = {
  model: 'credit-risk',
  version: '3',
  protocol: 'open-inference',
  predictionRows: 1000,
  baseline: { state: 'loaded', rows: 25_000, hash: 'b4a1c0de', createdEpochMs: 1_690_000_000_000 },
  columns: [age, city, risk, score],
  calibrationDays: 30,
  driftedFeaturesRatio: [{ window: '5m', ratio: 1 }],
  rowCounts: { missingColumns: 2, extraColumns: 1, reordered: 0, compared: 960, duplicates: 12 },
  rowOutliers: { counts: [990, 0, 6, 3, 1, 0, 0, 0], sum: 0.9 },
  boundsViolations: [
    { role: 'feature', name: 'age', count: 1 },
    { role: 'prediction', name: 'score', count: 4 },
  ],
}

export const learningModel: ModelSnapshot = {
  model: 'churn',
  version: '',
  protocol: 'kserve-v1',
  predictionRows: 50,
  baseline: { state: 'learning', rows: 50, targetRows: 200, ratio: 0.25 },
  columns: [],
  driftedFeaturesRatio: [],
}

export const snapshot: Snapshot = { takenEpochMs: EPOCH_MS, models: [model, learningModel] }

export const resources: ResourceSnapshot = {
  takenEpochMs: EPOCH_MS,
  model: {
    up: true,
    source: 'cgroup',
    cpuSecondsTotal: 12.5,
    memoryBytes: 734_003_200,
    processes: 3,
    threads: 24,
    openConnections: 5,
    restartsTotal: 1,
    startTimeSeconds: 1_699_999_000,
    gpuMemory: [{ gpu: '0', uuid: 'GPU-1', bytes: 2_147_483_648 }],
    cgroup: {
      memoryBytes: 800_000_000,
      memoryLimitBytes: 2_000_000_000,
      cpuLimitCores: 1.5,
      cpuThrottledSecondsTotal: 0.75,
      memoryPressureSomeSecondsTotal: 0.5,
      cpuPressureSomeSecondsTotal: 0.25,
      oomKillsTotal: 0,
    },
  },
  host: { cpuUtilizationRatio: 0.42, memoryUsedBytes: 6e9, memoryTotalBytes: 16e9 },
  gpus: [
    {
      gpu: '0',
      uuid: 'GPU-1',
      name: 'NVIDIA A10G',
      utilizationRatio: 0.37,
      memoryUtilizationRatio: 0.12,
      memoryUsedBytes: 3e9,
      memoryTotalBytes: 24e9,
      temperatureCelsius: 56,
      powerWatts: 121.5,
      powerLimitWatts: 300,
      smClockHertz: 1.71e9,
      eccUncorrectedErrorsTotal: 0,
    },
  ],
  gpuFailures: { timeout: 0, 'exit-status': 1, 'unreadable-output': 0 },
}

export const self: SelfSnapshot = {
  servedModel: 'credit-risk',
  objectives: { owner: 'team-credit', availability: 0.999, latency: { seconds: 0.25, bound: '0.25' } },
  upstreamReachable: true,
  tapBytes: 1_048_576,
  droppedBytes: { ring_full: 0, body_limit: 2048 },
  exchangesWithoutRows: { ...emptySelfSnapshot.exchangesWithoutRows, no_prediction: 3 },
  routeMisfits: { ...emptySelfSnapshot.routeMisfits, length: 1 },
  structureLimits: { ...emptySelfSnapshot.structureLimits, depth: 2 },
  unobservedExchanges: { ...emptySelfSnapshot.unobservedExchanges, hole: 2 },
  decodeFailures: [{ protocol: 'open-inference', reason: 'not-json', count: 4 }],
  ringUsedRatio: 0.03,
  analysisLagSeconds: 0.002,
  restarts: { crash: 1, stall: 0 },
  eventLoopStallSeconds: 0.0125,
  openConnections: 7,
  endedConnections: { limit: 2, idle_timeout: 1, tls_handshake: 0, upstream_unreachable: 4 },
  closedAdminConnections: { limit: 3, head_timeout: 2 },
  inFlight: [{ model: 'credit-risk', requests: 2 }],
  capture: {
    isUp: true,
    packets: 9_017,
    unreadPackets: 2,
    droppedPackets: { kernel: 5, interface: 0, recorder: 0 },
    lostBytes: 1_448,
    gaps: 1,
    joinedLate: 3,
    forgotten: { limit: 0, idle: 1, half_open: 0, share: 2 },
    share: 0.5,
    restarts: 1,
    lagSeconds: 0.35,
  },
  sources: {
    tail: {
      lines: 1200,
      bytes: 300_000,
      files: 2,
      unreadBytes: 512,
      failures: { ...zeros(TAIL_FAILURES), 'not-json': 3, 'too-long': 1 },
      rotations: { rename: 1, truncate: 0 },
      unfollowed: { file_limit: 0, unreadable: 1 },
      unjoined: { timeout: 2, full: 0, duplicate: 0, 'no-id': 0, stopped: 0 },
    },
    cloudevents: {
      events: { request: 40, response: 38, outcome: 5 },
      refused: { 'not-a-cloudevent': 1, 'type-unknown': 0, 'too-large': 0, busy: 0 },
      unjoined: { timeout: 2, full: 0, duplicate: 0, 'no-id': 0, stopped: 0 },
      waiting: 1,
    },
  },
  droppedSeries: { models: 0, model_names: 0, features: 3 },
  configReload: { successful: true, successEpochMs: 1_700_000_000_000 },
  checkpoints: {
    outcomes: { saved: 30, failed: 1, set_aside: 0 },
    savedEpochMs: 1_700_000_040_000,
    savedBytes: 65_536,
  },
  neighbour: {
    up: true,
    durationSeconds: 0.003,
    samples: 120,
    failures: { unreachable: 0, timeout: 2, status: 0, 'content-type': 0, 'too-large': 0 },
    droppedSamples: { malformed: 0, 'type-conflict': 1 },
  },
}

export const stats: ExpositionStats = {
  droppedSeries: { series_limit: 0, request_label_sets: 0, duplicate: 0 },
  lastSeries: 250,
  lastDurationSeconds: 0.004,
  otlpExports: { success: 9, partial: 0, failure: 1, skipped: 0 },
}

export interface ExchangeFacts {
  readonly status?: number
  readonly grpcStatus?: number
  readonly outcome?: Outcome
  readonly seconds?: number
  readonly firstByteSeconds?: number
  readonly traceparent?: string
}

/** An exchange that began at 0 ms; with `firstByteSeconds` NaN it got no answer. */
export function exchange({
  status = 200,
  grpcStatus,
  outcome = 'success',
  seconds = 0.03,
  firstByteSeconds = seconds / 2,
  traceparent,
}: ExchangeFacts = {}): Exchange {
  const message = (bodyBytes: number, firstByteMs: number, lastByteMs: number): Message => ({
    header: (name) => (name === 'traceparent' ? traceparent : undefined),
    body: new Uint8Array(),
    bodyBytes,
    truncated: false,
    firstByteMs,
    lastByteMs,
  })
  const answered = !Number.isNaN(firstByteSeconds)
  return {
    connection: 1,
    wireProtocol: 'http/1.1',
    method: 'POST',
    target: '/v2/models/credit-risk/infer',
    status,
    grpcStatus,
    outcome,
    request: message(600, 0, answered ? 1 : seconds * 1000),
    response: message(300, firstByteSeconds * 1000, answered ? seconds * 1000 : Number.NaN),
  }
}

/** A streamed answer as servers tell it; `changed` is what differs. */
export function answerFacts(changed: Partial<GenerationFacts> = {}): GenerationFacts {
  return {
    operation: 'chat',
    streamed: true,
    timeToFirstToken: 0.18,
    timePerOutputToken: 0.04,
    inputTokens: 20,
    outputTokens: 12,
    cachedTokens: 8,
    reasoningTokens: undefined,
    isEstimated: false,
    finishReason: 'stop',
    isComplete: true,
    brokeOff: false,
    ...changed,
  }
}
