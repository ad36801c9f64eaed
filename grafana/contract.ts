/** Holds a query against what modeltap exports: every metric, label and literal in it must exist. */
import { VALUE_KINDS } from '../src/analysis/snapshot.ts'
import { DEVIATION } from '../src/calibration/verdict.ts'
import { OPERATIONS } from '../src/calls/recognition.ts'
import { STATISTIC_NAMES } from '../src/drift/index.ts'
import { exposedMetrics, metric } from '../src/instruments/catalogue.ts'
import { OUTLIER_BINS, ROW_ISSUES } from '../src/instruments/rows.ts'
import { OTLP_OUTCOMES } from '../src/instruments/self-snapshot.ts'
import { OUTCOMES } from '../src/observe/exchange.ts'
import { readQuery, type Selector } from './promql.ts'

/** Labels that a scrape adds, not modeltap. */
const TARGET_LABELS = ['cluster', 'namespace', 'job', 'instance', 'pod', 'container', 'node']

/** Labels whose values are a closed list; by metric where the same label means several things. */
const LITERALS: Readonly<Record<string, readonly string[]>> = {
  outcome: OUTCOMES,
  operation: OPERATIONS,
  kind: VALUE_KINDS,
  statistic: [...STATISTIC_NAMES, DEVIATION],
  source: ['learned', 'loaded', 'fleet', 'replica', 'proc', 'cgroup', 'none'],
  [`${metric.rowIssues.name} kind`]: ROW_ISSUES,
  'model:modeltap_row_issues:ratio_increase30m kind': ROW_ISSUES,
  [`${metric.checkpoints.name} outcome`]: ['saved', 'failed', 'set_aside'],
  [`${metric.otlpExports.name} outcome`]: OTLP_OUTCOMES,
  [`${metric.rowOutliers.name} bin`]: OUTLIER_BINS,
}

/** Series that others export: the labels that queries may name. */
export type ForeignSeries = Readonly<Record<string, readonly string[]>>

/** What Prometheus itself has. */
export const PROMETHEUS_SERIES: ForeignSeries = {
  up: [],
  scrape_duration_seconds: [],
  ALERTS: ['alertname', 'alertstate', 'severity', 'product', 'team', 'model', 'version', 'feature', 'output'],
}

/** What cAdvisor and NVIDIA's dcgm-exporter have, of what the boards ask. */
export const OTHER_EXPORTERS: ForeignSeries = {
  container_cpu_usage_seconds_total: ['pod', 'container'],
  container_memory_working_set_bytes: ['pod', 'container'],
  DCGM_FI_DEV_GPU_UTIL: ['pod', 'gpu'],
}

const exported = new Map<string, readonly string[]>()
for (const { name, type, labels } of exposedMetrics) {
  if (type !== 'histogram') exported.set(name, labels)
  else {
    exported.set(`${name}_bucket`, [...labels, 'le'])
    exported.set(`${name}_count`, labels)
    exported.set(`${name}_sum`, labels)
  }
}

function literals(value: string, operator: string): string[] {
  if (value.includes('$')) return []
  return operator.includes('~') ? value.split('|').filter((part) => /^\w+$/.test(part)) : [value]
}

function selectorProblems(
  { name, matchers }: Selector,
  known: ReadonlyMap<string, readonly string[]>,
): string[] {
  const labels = known.get(name)
  if (labels === undefined) return [`${name === '' ? 'a selector without a name' : name}: no such series`]
  return matchers.flatMap(({ label, operator, value }) => {
    if (!labels.includes(label) && !TARGET_LABELS.includes(label)) return [`${name}: has no label ${label}`]
    const allowed = LITERALS[`${name} ${label}`] ?? LITERALS[label]
    return allowed === undefined
      ? []
      : literals(value, operator)
          .filter((literal) => !allowed.includes(literal))
          .map((literal) => `${name}: ${label}="${literal}" never exists`)
  })
}

/**
 * What is wrong with an expression; empty when it parses and everything in it exists.
 * @param others series that are not modeltap's: recorded ones, and those of other exporters
 */
export function contractProblems(expr: string, others: ForeignSeries = {}): string[] {
  const { errors, selectors, groupingLabels } = readQuery(expr)
  const known = new Map([...exported, ...Object.entries(PROMETHEUS_SERIES), ...Object.entries(others)])
  const labels = new Set([...TARGET_LABELS, ...[...known.values()].flat()])
  return [
    ...errors.map((error) => `does not parse at ${error}`),
    ...selectors.flatMap((selector) => selectorProblems(selector, known)),
    ...groupingLabels
      .filter((label) => !labels.has(label))
      .map((label) => `groups by ${label}, which nothing has`),
  ]
}
