/**
 * The multi-window burn-rate rules (Google, The Site Reliability Workbook, chapter 5, "Alerting on SLOs", table 5-8).
 * The burn rate must be high over a long window, so that it matters, and over a short window, a twelfth of the long
 * one, so that it is still going on.
 */
import { MODEL_LABELS } from './columns.ts'
import { ofModel, WITH_OWNER } from './settings.ts'

interface BurnAlert {
  readonly severity: 'critical' | 'warning'
  readonly long: string
  readonly short: string
  /** Burn rate, relative to the rate that uses up the budget in exactly 30 days. */
  readonly factor: number
  readonly budget: string
  readonly for: string
}

const BURN_ALERTS: readonly BurnAlert[] = [
  { severity: 'critical', long: '1h', short: '5m', factor: 14.4, budget: '2 %', for: '2m' },
  { severity: 'critical', long: '6h', short: '30m', factor: 6, budget: '5 %', for: '15m' },
  { severity: 'warning', long: '1d', short: '2h', factor: 3, budget: '10 %', for: '1h' },
  { severity: 'warning', long: '3d', short: '6h', factor: 1, budget: '10 %', for: '3h' },
]

const WINDOWS = [...new Set(BURN_ALERTS.flatMap(({ long, short }) => [short, long]))]

interface Objective {
  readonly alert: string
  /** The middle part of the recorded names. */
  readonly bad: string
  readonly objective: string
  readonly summary: string
  /** Phrase for the bad requests in the description; a template. */
  readonly badRequests: string
  /** The expression of bad requests per second over a window. */
  readonly badRate: (window: string) => string
  /** The recorded requests per second, without the window: the same population as `badRate`. */
  readonly all: string
}

const INFERENCE = 'operation!~"health|metadata"'
/** Excludes chat: users wait for the first token, which has its own alert (llm.yaml). */
const TIMED = 'operation!~"health|metadata|chat"'

const OBJECTIVES: readonly Objective[] = [
  {
    alert: 'ModelErrorBudgetBurn',
    bad: 'modeltap_request_errors',
    objective: 'availability:objective',
    summary: 'A model fails requests faster than its error budget allows',
    badRequests: 'failed',
    badRate: (window) =>
      // A model without failures may have no such series; the count is then zero.
      `sum by (${MODEL_LABELS}) (rate(modeltap_requests_total{${INFERENCE}, outcome=~"server_error|upstream_closed|upstream_unreachable"}[${window}]))
          or 0 * model:modeltap_requests:rate${window}`,
    all: 'model:modeltap_requests:rate',
  },
  {
    alert: 'ModelLatencyBudgetBurn',
    bad: 'modeltap_slow_requests',
    objective: 'latency:objective',
    summary: 'A model answers too slowly for its latency objective',
    badRequests:
      'took longer than {{ with printf "model:modeltap_latency_bound:info{cluster=%q, namespace=%q, model=%q}" $labels.cluster $labels.namespace $labels.model | query }}{{ . | first | label "le" }}{{ end }} s',
    badRate: (window) =>
      `model:modeltap_timed_requests:rate${window}
          - sum by (${MODEL_LABELS}) (
              rate(modeltap_request_duration_seconds_bucket{${TIMED}}[${window}])
              and on (cluster, namespace, model, le) model:modeltap_latency_bound:info
            )`,
    all: 'model:modeltap_timed_requests:rate',
  },
]

const SECONDS: Readonly<Record<string, number>> = {
  '5m': 300,
  '30m': 1800,
  '1h': 3600,
  '2h': 7200,
  '6h': 21_600,
  '1d': 86_400,
  '3d': 259_200,
}

function requestRates(): string {
  return WINDOWS.map(
    (window) => `
      - record: model:modeltap_requests:rate${window}
        expr: sum by (${MODEL_LABELS}) (rate(modeltap_requests_total{${INFERENCE}}[${window}]))
      - record: model:modeltap_timed_requests:rate${window}
        expr: sum by (${MODEL_LABELS}) (rate(modeltap_request_duration_seconds_count{${TIMED}}[${window}]))`,
  ).join('')
}

function ratios({ bad, badRate, all }: Objective): string {
  return WINDOWS.map(
    (window) => `
      - record: model:${bad}:rate${window}
        expr: |
          ${badRate(window)}
      - record: model:${bad}:ratio_rate${window}
        expr: model:${bad}:rate${window} / (${all}${window} > 0)`,
  ).join('')
}

function alert(objective: Objective, burn: BurnAlert): string {
  const ratio = (window: string): string => `model:${objective.bad}:ratio_rate${window}`
  const limit = ofModel(objective.objective, (setting) => `(${burn.factor} * (1 - ${setting}))`)
  const link = (label: string): string =>
    `{{ with query "modeltap:links:info" }}{{ . | first | label "${label}" }}{{ end }}`
  return `
      - alert: ${objective.alert}
        # ${burn.factor} times the allowed rate over ${burn.long} is ${burn.budget} of the 30 days' budget; ${burn.short} shows that it still goes on;
        # fewer bad requests than the minimum stay silent. \`for\` skips the edge where both windows fill.
        expr: |
          (
            ${ratio(burn.long)} > ${limit}
            and ${ratio(burn.short)} > ${limit}
            and model:${objective.bad}:rate${burn.long} * ${SECONDS[burn.long]} >= ${ofModel('slo_bad_requests:min')}
          )
          ${WITH_OWNER}
        for: ${burn.for}
        keep_firing_for: 5m
        labels:
          severity: ${burn.severity}
          team: platform
          product: modeltap
          long_window: ${burn.long}
          short_window: ${burn.short}
        annotations:
          summary: ${objective.summary}
          description: >-
            Model {{ $labels.model }}{{ with $labels.version }} version {{ . }}{{ end }}: {{ $value | humanizePercentage }} of its requests
            ${objective.badRequests} over the last ${burn.long}, allowed
            {{ with printf "${burn.factor} * (1 - model:modeltap_${objective.objective}{cluster=%q, namespace=%q, model=%q})" $labels.cluster $labels.namespace $labels.model | query }}{{ . | first | value | humanizePercentage }}{{ end }}
            (${burn.factor} times the budget), {{ with printf "${objective.all}${burn.long}{cluster=%q, namespace=%q, model=%q, version=%q, job=%q} * ${SECONDS[burn.long]}" $labels.cluster $labels.namespace $labels.model $labels.version $labels.job | query }}{{ . | first | value | printf "%.0f" }}{{ end }} requests.
          runbook_url: '${link('runbooks')}/${objective.alert}.md'
          dashboard_url: '${link('grafana')}/d/modeltap-model?var-model={{ $labels.model | urlquery }}&var-version={{ $labels.version | urlquery }}{{ with $labels.cluster }}&var-cluster={{ . | urlquery }}{{ end }}{{ with $labels.namespace }}&var-namespace={{ . | urlquery }}{{ end }}'
`
}

/**
 * The text of `alerts/rules/slo.yaml`. All rules are in one group, so they are evaluated at one instant and a ratio
 * never divides counts of different moments.
 */
export function sloRules(): string {
  return `# Generated by scripts/gen-rules.ts from alerts/generate/slo.ts; objectives and floors are in settings.yaml.
groups:
  - name: modeltap-slo
    rules:${requestRates()}
${OBJECTIVES.map(
  (objective) => `${ratios(objective)}
${BURN_ALERTS.map((burn) => alert(objective, burn)).join('')}`,
).join('')}`
}
