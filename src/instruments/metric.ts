/**
 * What a metric is: one descriptor, from which the exposition, docs/metrics.md, the dashboards' imports and the name
 * checks of rules derive. Two ways a series gets its value:
 *
 * - *recorded*: an event is measured when it happens (a request's duration), by an OpenTelemetry instrument;
 * - *observed*: a state that exists anyway (a window's score) is read when somebody collects. What is not emitted
 *   then is not exported, so a series that is no longer true disappears.
 *
 * Why observed metrics are fed by a MetricProducer: docs/decisions/observed-metrics.md.
 */
import type { Snapshot } from '../analysis/snapshot.ts'
import type { Unit } from '../lib/units.ts'
import type { CostsSnapshot, OutcomesSnapshot } from '../outcomes/snapshot.ts'
import type { ResourceSnapshot } from '../resources/snapshot.ts'
import type { ExpositionStats, SelfSnapshot } from './self-snapshot.ts'

export const STABILITIES = ['stable', 'experimental'] as const

export interface MetricDescriptor {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly unit: Unit
  /** What is measured, with its unit; one or two sentences. */
  readonly help: string
  /** What it means when the metric, or one of its label sets, is absent. */
  readonly absence: string
  readonly labels: readonly string[]
  /** `stable`: the name and the labels change only with a major version. */
  readonly stability: (typeof STABILITIES)[number]
}

/** Everything that observed metrics read. */
export interface Sources {
  readonly snapshot: Snapshot
  readonly resources: ResourceSnapshot
  readonly self: SelfSnapshot
  /** Absent where no label can come. */
  readonly outcomes?: OutcomesSnapshot | undefined
  /** Absent without a price. */
  readonly costs?: CostsSnapshot | undefined
  readonly exposition: ExpositionStats
}

type LabelValues<Labels extends readonly string[]> = { readonly [Index in keyof Labels]: string }

/** Takes the value and the label values in the order of `labels`; `undefined` and NaN export nothing. */
export type Emit<Labels extends readonly string[]> = (
  value: number | undefined,
  ...labels: LabelValues<Labels>
) => void

export interface ObservedMetric extends MetricDescriptor {
  readonly type: 'counter' | 'gauge'
  readonly collect: (sources: Sources, emit: Emit<readonly string[]>) => void
}

export interface RecordedMetric extends MetricDescriptor {
  readonly type: 'counter' | 'histogram'
}

type Observed<Labels extends readonly string[]> = Omit<ObservedMetric, 'labels' | 'collect' | 'stability'> & {
  readonly labels: Labels
  readonly stability?: MetricDescriptor['stability']
  readonly collect: (sources: Sources, emit: Emit<Labels>) => void
}

/** An observed metric; the compiler holds the number of label values against the number of labels. */
export function observed<const Labels extends readonly string[]>(metric: Observed<Labels>): ObservedMetric {
  // The one place where the tuple is forgotten: a caller of `collect` only passes the values on.
  return { stability: 'stable', ...metric, collect: metric.collect }
}

export function recorded(
  metric: Omit<RecordedMetric, 'stability'> & { readonly stability?: MetricDescriptor['stability'] },
): RecordedMetric {
  return { stability: 'stable', ...metric }
}

/** The text of the HELP line: what, unit, and what absence means. */
export function helpText({ help, absence }: MetricDescriptor): string {
  return `${help} ${absence}`
}
