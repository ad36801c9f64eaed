/**
 * Which setting holds for which model. A setting may be recorded several times: without labels, for a `cluster`, for a
 * `namespace`, for a `model`, or for any of these together; by two clusters before one ruler, or by two releases of the
 * chart. For each model the most specific one is recorded under a name of its own, which all rules and boards join
 * with. A constant that is read by `scalar()` instead is NaN as soon as there are two, and then no alert fires.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRules, type RecordingRule } from '../check.ts'

interface Setting {
  /** Of `modeltap:<name>` in settings.yaml, and of what is recorded here. */
  readonly name: string
  /** The series in which a model brings its own value; it gives way only to a setting with the label `model`. */
  readonly exported?: string
}

/** What rules ask of a model. */
export const MODEL_SETTINGS: readonly Setting[] = [
  { name: 'availability:objective', exported: 'modeltap_availability_objective_ratio' },
  { name: 'latency:objective' },
  { name: 'slo_bad_requests:min' },
  { name: 'drift_samples:min' },
  { name: 'traffic_rate:min' },
  { name: 'traffic_zscore:max' },
  { name: 'cpu_utilization:max' },
  { name: 'memory_utilization:max' },
  { name: 'missing_values_excess:max' },
  { name: 'unseen_values:max' },
  { name: 'out_of_range_values:max' },
  { name: 'wrong_type_values:max' },
  { name: 'new_columns:max' },
  { name: 'odd_values:min' },
  { name: 'drifted_features:max' },
  { name: 'replica_difference:min' },
  { name: 'low_confidence:max' },
  { name: 'baseline_age_seconds:max' },
  { name: 'time_to_first_token_seconds:max' },
  { name: 'aborted_streams:max' },
  { name: 'concept_drift_detections:max' },
  { name: 'label_age_seconds:max' },
  { name: 'cost_growth:max' },
]

/** What rules ask of series that name no model: those of modeltap itself, and of a GPU. */
export const NAMESPACE_SETTINGS: readonly Setting[] = [
  { name: 'gpu_memory_utilization:max' },
  { name: 'unobserved_exchanges:max' },
  { name: 'unused_inputs:max' },
  { name: 'undecoded_payloads:max' },
  { name: 'exchanges_without_rows:max' },
  { name: 'scrape_duration_seconds:max' },
]

const LATENCY_BOUND: Setting = {
  name: 'latency_bound:info',
  exported: 'label_replace(modeltap_latency_objective_seconds, "le", "$1", "bound", "(.*)")',
}
const OWNER_METRIC = 'modeltap_model_owner_info'

/** What a rule writes behind its comparison, for instance `a > ${ofModel('odd_values:min')}`. */
export function ofModel(name: string, factor: (setting: string) => string = (setting) => setting): string {
  return `on (${MODEL}) group_left () ${factor(`model:modeltap_${name}`)}`
}

const MODEL = 'cluster, namespace, model'

/** Behind the expression of every alert about a model: gives it the label `owner`, and leaves its value. */
export const WITH_OWNER = `* on (${MODEL}) group_left (owner) model:modeltap_owner:info`

/** From the most specific to the least; a model says more than a namespace, a namespace more than a cluster. */
const LEVELS: readonly (readonly string[])[] = [
  ['cluster', 'namespace', 'model'],
  ['namespace', 'model'],
  ['cluster', 'model'],
  ['model'],
  ['cluster', 'namespace'],
  ['namespace'],
  ['cluster'],
  [],
]
/** Whatever names a model, but for series of single features, which are many. */
const MODEL_SERIES = [
  'modeltap_requests_total',
  'modeltap_model_info',
  'modeltap_predictions_total',
  'modeltap_baseline_observations',
  'modeltap_model_up',
  'modeltap_model_restarts_total',
  'modeltap_prediction_constant',
  'modeltap_model_cpu_seconds_total',
  'modeltap_model_memory_bytes',
  'modeltap_baseline_created_timestamp_seconds',
  'modeltap_prediction_window_observations',
  'modeltap_prediction_bounds_violations_total',
  'modeltap_llm_streams_total',
  'gen_ai_server_time_to_first_token_seconds_count',
  'modeltap_outcome_last_label_timestamp_seconds',
  'modeltap_concept_drift_detections_total',
  'model:modeltap_cost:rate1h',
  'model:modeltap_traffic:rate5m',
]
const NAMESPACE_SERIES = [
  'modeltap_build_info',
  'modeltap_requests_total',
  'modeltap_exchanges_unobserved_total',
  'modeltap_decode_failures_total',
  'modeltap_exchanges_without_rows_total',
  'modeltap_tail_lines_total',
  'modeltap_cloudevents_total',
  'modeltap_gpu_memory_used_bytes',
]

/** What settings.yaml ships with is the last resort, so that no edit of it leaves a model without a threshold. */
const SHIPPED = parseRules(readFileSync(join(import.meta.dirname, '../rules/settings.yaml'), 'utf8'))

function shippedRule(name: string): RecordingRule {
  const rule = SHIPPED.find((candidate) => 'record' in candidate && candidate.record === `modeltap:${name}`)
  if (rule === undefined || !('record' in rule)) throw new Error(`settings.yaml has no modeltap:${name}`)
  return rule
}

function shippedValue(name: string): string {
  const value = /^vector\((.+)\)$/.exec(shippedRule(name).expr)?.[1]
  if (value === undefined) throw new Error(`modeltap:${name} is no vector(…)`)
  return value
}

function shippedBound(): string {
  return shippedRule(LATENCY_BOUND.name).labels?.['le'] ?? ''
}

const indent = (text: string, spaces: number): string => text.replaceAll('\n', `\n${' '.repeat(spaces)}`)

/** One choice where two records of the same labels differ: the one that alerts sooner. */
function strictest(name: string): 'max' | 'min' {
  return name.endsWith(':objective') ? 'max' : 'min'
}

function matchers(labels: readonly string[], all: readonly string[]): string {
  return all.map((label) => (labels.includes(label) ? `${label}!=""` : `${label}=""`)).join(', ')
}

function resolved(level: 'model' | 'namespace', { name, exported }: Setting): string {
  const known = `0 * ${level}:modeltap_known:timestamp`
  const all = ['cluster', 'namespace', 'model']
  const levels = level === 'model' ? LEVELS : LEVELS.filter((labels) => !labels.includes('model'))
  const isBound = name === LATENCY_BOUND.name
  const one = (labels: string, series: string): string =>
    isBound
      ? `topk by (${labels}) (1, group by (${labels === '' ? 'le' : `${labels}, le`}) (${series}))`
      : `${strictest(name)} by (${labels}) (${series})`
  const join = (labels: readonly string[], series: string): string =>
    `${known} + on (${labels.join(', ')}) group_left (${isBound ? 'le' : ''}) ${one(labels.join(', '), series)}`
  const settings = levels.map((labels) => ({
    named: labels.includes('model'),
    text: join(labels, `modeltap:${name}{${matchers(labels, all)}}`),
  }))
  const own = exported === undefined ? [] : [{ named: true, text: join(all, exported) }]
  const shipped = isBound
    ? `label_replace(${known} + 1, "le", "${shippedBound()}", "", "")`
    : `${known} + ${shippedValue(name)}`
  const choices = [
    ...settings.filter(({ named }) => named),
    ...own,
    ...settings.filter(({ named }) => !named),
    { text: shipped },
  ].map(({ text }) => text)
  const labels = level === 'model' ? MODEL : 'cluster, namespace'
  return `
      - record: ${level}:modeltap_${name}
        expr: |
          ${indent(choices.join(`\nor on (${labels})\n`), 10)}`
}

/** When something was last seen; for an hour it is remembered, so that what has gone can still be missed. */
function known(level: string, labels: string, series: readonly string[]): string {
  return `
      - record: ${level}:modeltap_known:timestamp
        expr: |
          time() + 0 * (
            ${series.map((name) => `group by (${labels}) (${name})`).join('\n            or ')}
          )
          or on (${labels})
          last_over_time(${level}:modeltap_known:timestamp[10m]) > time() - 3600`
}

/** The text of `alerts/rules/resolved-settings.yaml`. */
export function settingRules(): string {
  return `# Generated by scripts/gen-rules.ts from alerts/generate/settings.ts. The settings are in settings.yaml.
#
# For each model the most specific setting: with the labels cluster, namespace and model, then with fewer of them, down
# to the one without any, then what settings.yaml was shipped with. What a model exports itself comes after the settings
# that name it.
groups:
  - name: modeltap-resolved-settings
    rules:${[
      known('model', MODEL, MODEL_SERIES),
      known('namespace', 'cluster, namespace', NAMESPACE_SERIES),
      ...MODEL_SETTINGS.map((setting) => resolved('model', setting)),
      resolved('model', LATENCY_BOUND),
      ...NAMESPACE_SETTINGS.map((setting) => resolved('namespace', setting)),
    ].join('')}
      # Who is told of a model's alerts; without an owner the label is absent.
      - record: model:modeltap_owner:info
        expr: |
          0 * model:modeltap_known:timestamp + on (${MODEL}) group_left (owner) topk by (${MODEL}) (1, group by (${MODEL}, owner) (${OWNER_METRIC}))
          or on (${MODEL})
          0 * model:modeltap_known:timestamp + 1
`
}
