/**
 * The one place where a board says which series it means. Every selector carries the target labels
 * (`cluster`, `namespace`, `job`, `instance`, `pod`); `cluster`, `namespace` and `pod` also match series without them,
 * so that the boards work on a laptop and on a fleet.
 */
import type { MetricDescriptor } from '../src/instruments/metric.ts'

const fleet = ['cluster=~"$cluster"', 'namespace=~"$namespace"', 'job=~"$job"']
const target = [...fleet, 'instance=~"$instance"', 'pod=~"$pod"']

/** How far a selector narrows: to the scraped process, the model, the model's version, one column of it. */
const NARROWER = {
  target: [],
  model: ['model=~"$model"'],
  version: ['model=~"$model"', 'version=~"$version"'],
  feature: ['model=~"$model"', 'version=~"$version"', 'feature=~"$feature"'],
  output: ['model=~"$model"', 'version=~"$version"', 'output=~"$output"'],
} as const
export type Scope = keyof typeof NARROWER

/** The matchers of a scope, for queries that are not about a series of modeltap. */
export const matchersOf = (scope: Scope): string[] => [...target, ...NARROWER[scope]]

/** Health and metadata calls are traffic, but never predictions; no rate of the boards mixes the two. */
export const INFERENCE = 'operation!~"health|metadata"'

/** What counts against the service: the client's own mistakes (4xx) and its going away do not. */
export const SERVICE_ERRORS = 'outcome=~"server_error|upstream_closed|upstream_unreachable"'

/** The statistic that alerts and head lines speak of: its threshold is 1, for every kind of column. */
export const HEADLINE = 'statistic="deviation"'

/**
 * A vector selector, for instance `series(metric.requests, 'version', INFERENCE)`.
 * @param matchers further label matchers, as PromQL writes them
 */
export function series({ name }: MetricDescriptor, scope: Scope, ...matchers: readonly string[]): string {
  return `${name}{${[...matchersOf(scope), ...matchers].join(', ')}}`
}

/** A series that the shipped rules record: of the fleet, so without `instance`. */
export function recorded(
  name: string,
  scope: Exclude<Scope, 'target'>,
  ...matchers: readonly string[]
): string {
  return `${name}{${[...fleet, ...NARROWER[scope], ...matchers].join(', ')}}`
}

/** The series of a histogram that end in `_bucket`, `_sum` or `_count`. */
const partOf =
  (part: 'bucket' | 'sum' | 'count') =>
  (histogram: MetricDescriptor, scope: Scope, ...matchers: readonly string[]): string =>
    series({ ...histogram, name: `${histogram.name}_${part}` }, scope, ...matchers)

export const buckets = partOf('bucket')
export const sums = partOf('sum')
export const counts = partOf('count')

/** Per-second rate over Grafana's interval, which is never shorter than four scrapes. */
export function rate(selector: string): string {
  return `rate(${selector}[$__rate_interval])`
}

/** Quantile `q` of the observations of a histogram's buckets; `by` are the labels to keep apart. */
export function quantile({ q, of, by = [] }: { q: number; of: string; by?: readonly string[] }): string {
  return `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (${rate(of)}))`
}

/** A ratio that is absent, rather than NaN, where there is nothing to divide by. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`
}

/** The same where no part yet may be no series yet: nothing of something is 0. */
export function ratioFromZero(part: string, whole: string): string {
  return ratio(`(${part} or 0 * ${whole})`, whole)
}

/** The value of a setting that holds for the board's models, or for its namespaces where no series names a model. */
export function setting(name: string, level: 'model' | 'namespace' = 'model'): string {
  const matchers = [
    'cluster=~"$cluster"',
    'namespace=~"$namespace"',
    ...(level === 'model' ? NARROWER.model : []),
  ]
  return `${level}:modeltap_${name}{${matchers.join(', ')}}`
}

/** A setting where there is something to compare with it: a threshold alone hides that there is no data. */
export function thresholdOf(name: string, data: string, level: 'model' | 'namespace' = 'model'): string {
  return `min(${setting(name, level)}) and on () ${data}`
}

/** A vector over what the objective of each of its models leaves. */
export function overBudget(vector: string, objective: string): string {
  return `${vector} / on (cluster, namespace, model) group_left () (1 - ${setting(objective)})`
}

/** Each part of a total that has no labels, absent where the total is nothing. */
export function shares(parts: string, total: string): string {
  return `${parts} / on () group_left () (${total} > 0)`
}
