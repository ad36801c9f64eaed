/**
 * Resolves the setting of each model. A setting may be recorded several times: without labels, for a `cluster`, a
 * `namespace`, a `model`, or a combination of them; by two clusters before one ruler, or by two releases of the chart.
 * The most specific one for each model is recorded under its own name, and all rules and boards join with that name.
 * `scalar()` would return NaN as soon as two constants exist, and then no alert fires.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRules, type RecordingRule } from '../check.ts'

interface Setting {
  /** The part after `modeltap:` in settings.yaml, and in the names recorded here. */
  readonly name: string
  /** The series with which a model exports its own value. Only a setting with the label `model` overrides it. */
  readonly exported?: string
}

/** Settings that rules read for a model. */
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

/** Settings that rules read for series without a model: those of modeltap itself and of GPUs. */
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

/** The right side of a comparison in a rule, for instance `a > ${ofModel('odd_values:min')}`. */
export function ofModel(name: string, factor: (setting: string) => string = (setting) => setting): string {
  return `on (${MODEL}) group_left () ${factor(`model:modeltap_${name}`)}`
}

const MODEL = 'cluster, namespace, model'

/** Appended to the expression of every alert about a model: adds the label `owner` and keeps the value. */
export const WITH_OWNER = `* on (${MODEL}) group_left (owner) model:modeltap_owner:info`

/** From the most specific to the least: a model overrides a namespace, and a namespace overrides a cluster. */
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
/** Series that name a model, except those of single features, which are many. */
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

/** The values shipped in settings.yaml are the last resort, so no edit leaves a model without a threshold. */
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

/** Where two records with the same labels differ, the one that alerts sooner wins. */
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

/** When a series was last seen. It is kept for an hour, so that a missing series can still alert. */
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
# Resolves the most specific setting of each model: first with the labels cluster, namespace and model, then with fewer
# labels, then without labels, then the value shipped in settings.yaml. A value that the model exports itself ranks
# after settings that name the model.
groups:
  - name: modeltap-resolved-settings
    rules:${[
      known('model', MODEL, MODEL_SERIES),
      known('namespace', 'cluster, namespace', NAMESPACE_SERIES),
      ...MODEL_SETTINGS.map((setting) => resolved('model', setting)),
      resolved('model', LATENCY_BOUND),
      ...NAMESPACE_SETTINGS.map((setting) => resolved('namespace', setting)),
    ].join('')}
      # The owner label for a model's alerts; absent when the model has no owner.
      - record: model:modeltap_owner:info
        expr: |
          0 * model:modeltap_known:timestamp + on (${MODEL}) group_left (owner) topk by (${MODEL}) (1, group by (${MODEL}, owner) (${OWNER_METRIC}))
          or on (${MODEL})
          0 * model:modeltap_known:timestamp + 1
`
}
