/**
 * A metric descriptor. The exposition, docs/metrics.md, the dashboards' imports and the name checks of rules derive
 * from it. A series gets its value in one of two ways:
 *
 * - *recorded*: an event (a request's duration) is measured when it happens, by an OpenTelemetry instrument;
 * - *observed*: existing state (a window's score) is read at each collection. What is not emitted then is not
 *   exported, so an outdated series disappears.
 *
 * Why observed metrics use a MetricProducer: docs/decisions/observed-metrics.md.
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
  /** What is measured, with its unit, in one or two sentences. */
  readonly help: string
  /** Why the metric, or one of its label sets, may be absent. */
  readonly absence: string
  readonly labels: readonly string[]
  /** `stable`: the name and the labels change only with a major version. */
  readonly stability: (typeof STABILITIES)[number]
}

/** Input of observed metrics. */
export interface Sources {
  readonly snapshot: Snapshot
  readonly resources: ResourceSnapshot
  readonly self: SelfSnapshot
  /** Absent when no label can arrive. */
  readonly outcomes?: OutcomesSnapshot | undefined
  /** Absent without prices. */
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

/** An observed metric; the compiler checks the number of label values against the number of labels. */
export function observed<const Labels extends readonly string[]>(metric: Observed<Labels>): ObservedMetric {
  // The tuple type is only dropped here: callers of `collect` pass the values through.
  return { stability: 'stable', ...metric, collect: metric.collect }
}

export function recorded(
  metric: Omit<RecordedMetric, 'stability'> & { readonly stability?: MetricDescriptor['stability'] },
): RecordedMetric {
  return { stability: 'stable', ...metric }
}

/** The text of the HELP line: description, unit, and the meaning of absence. */
export function helpText({ help, absence }: MetricDescriptor): string {
  return `${help} ${absence}`
}
