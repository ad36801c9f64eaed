/**
 * Every metric by its name in code, in the order of the exposition. The series limit drops from the end, so metrics of
 * modeltap and traffic come first, and bins last.
 */
import { baselineMetrics } from './baseline.ts'
import { captureMetrics } from './capture.ts'
import { distributionMetrics } from './distribution.ts'
import { driftMetrics } from './drift.ts'
import { gpuMetrics } from './gpu.ts'
import { llmMetrics } from './llm.ts'
import type { MetricDescriptor, ObservedMetric, RecordedMetric } from './metric.ts'
import { neighbourMetrics } from './neighbour.ts'
import { objectiveMetrics } from './objectives.ts'
import { outcomeMetrics } from './outcomes.ts'
import { businessMetrics } from './outcomes-business.ts'
import { conceptMetrics } from './outcomes-concept.ts'
import { outcomeCounters } from './outcomes-counters.ts'
import { performanceInstruments } from './outcomes-performance.ts'
import { processMetrics } from './process.ts'
import { qualityMetrics } from './quality.ts'
import { resourceMetrics } from './resources.ts'
import { rowMetrics } from './rows.ts'
import { selfMetrics } from './self.ts'
import { sourceMetrics } from './sources.ts'
import { stateMetrics } from './state.ts'
import { trafficMetrics } from './traffic.ts'

/** Metrics by subject, which is the file name. */
export const metricsBySubject = {
  self: selfMetrics,
  traffic: trafficMetrics,
  objectives: objectiveMetrics,
  llm: llmMetrics,
  resources: resourceMetrics,
  gpu: gpuMetrics,
  neighbour: neighbourMetrics,
  capture: captureMetrics,
  sources: sourceMetrics,
  state: stateMetrics,
  baseline: baselineMetrics,
  drift: driftMetrics,
  quality: qualityMetrics,
  rows: rowMetrics,
  outcomes: outcomeMetrics,
  'outcomes-performance': performanceInstruments,
  'outcomes-concept': conceptMetrics,
  'outcomes-business': businessMetrics,
  'outcomes-counters': outcomeCounters,
  distribution: distributionMetrics,
} as const satisfies Record<string, Readonly<Record<string, ObservedMetric | RecordedMetric>>>

/** What dashboards import: `metric.requestDuration.name`. */
export const metric = {
  ...selfMetrics,
  ...trafficMetrics,
  ...objectiveMetrics,
  ...llmMetrics,
  ...resourceMetrics,
  ...gpuMetrics,
  ...neighbourMetrics,
  ...captureMetrics,
  ...sourceMetrics,
  ...stateMetrics,
  ...baselineMetrics,
  ...driftMetrics,
  ...qualityMetrics,
  ...rowMetrics,
  ...outcomeMetrics,
  ...performanceInstruments,
  ...conceptMetrics,
  ...businessMetrics,
  ...outcomeCounters,
  ...distributionMetrics,
} as const

/** modeltap's own metrics. */
export const metricCatalogue: readonly (ObservedMetric | RecordedMetric)[] = Object.values(metric)

export const observedMetrics: readonly ObservedMetric[] = metricCatalogue.filter(
  (candidate): candidate is ObservedMetric => 'collect' in candidate,
)

/** All metrics of /metrics, including those of the Node.js process. */
export const exposedMetrics: readonly MetricDescriptor[] = [...metricCatalogue, ...processMetrics]
