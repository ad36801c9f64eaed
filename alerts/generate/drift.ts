/**
 * Drift of the whole fleet, from the counters in the baseline's bins. These counters add up over replicas; the scores
 * of single replicas do not. Definitions and constants are those of src/drift (see docs/decisions/fleet-drift.md).
 */
import { MOST_ORDERED_BINS } from '../../src/baseline/bins.ts'
import type { ColumnRules } from './columns.ts'
import { COLUMN_RULES, MODEL_LABELS } from './columns.ts'
import { ofModel, WITH_OWNER } from './settings.ts'

/** Windows over which bins are counted. Longer windows read more samples than Prometheus allows a query. */
const WINDOWS = ['5m', '1h'] as const

/** By default, only the bins of this window have limits (docs/decisions/fleet-drift.md). */
const LIMITED_WINDOW = '1h'
/** Of the groups for boards. Shorter than the five minutes for which Prometheus finds a sample. */
const BOARDS_INTERVAL = '2m'

/** The smallest share that enters a logarithm; the same as SHARE_FLOOR in src/drift. */
const FLOOR = '1e-4'

function observed({ label, family }: ColumnRules): string {
  const column = `${MODEL_LABELS}, ${label}`
  return `
      # The baseline is the same on every replica; \`max\` takes one of them.
      - record: ${label}:modeltap_baseline_bin_share:max
        expr: max by (${column}, bin) (modeltap_baseline_${family}_bin_ratio)
      # The sum of b * log2(b) over the baseline's shares, for the Jensen-Shannon divergence of every window.
      - record: ${label}:modeltap_baseline_share_logarithms:sum
        expr: sum by (${column}) (${label}:modeltap_baseline_bin_share:max * log2(clamp_min(${label}:modeltap_baseline_bin_share:max, 1e-12)))`
}

/** Number of baselines of all replicas. With more than one (each replica learned its own), bins do not add up. */
function baselines(window: string): string {
  return `
      - record: model:modeltap_baselines:count${window}
        expr: count by (${MODEL_LABELS}) (count by (${MODEL_LABELS}, hash) (count_over_time(modeltap_baseline_observations[${window}])))`
}

/**
 * The largest cumulative sum of a series over the bins in their order; PromQL has no sum along a label. All bins sum to
 * 0, so beyond the middle the bins above an edge give the same value with fewer terms.
 */
function largestSum(by: string, series: string): string {
  const positions = Array.from({ length: MOST_ORDERED_BINS }, (_, i) => i + 1)
  const oneSide = (edge: number): string => {
    const side = positions.filter((position) => position <= edge === edge <= MOST_ORDERED_BINS / 2)
    return side.length === 1 ? `position="${side.join('')}"` : `position=~"${side.join('|')}"`
  }
  return positions
    .slice(0, -1)
    .map(
      (edge) => `label_replace(abs(sum by (${by}) (${series}{${oneSide(edge)}})), "edge", "${edge}", "", "")`,
    )
    .join('\n            or ')
}

function jensenShannon(label: ColumnRules['label'], window: string): string {
  const column = `${MODEL_LABELS}, ${label}`
  const live = `${label}:modeltap_bin_share:ratio_increase${window}`
  const baseline = `${label}:modeltap_baseline_bin_share:max`
  // 0 * log2(0) is 0 in the definition but NaN in PromQL. The share itself stays 0.
  const positive = (expr: string): string => `clamp_min(${expr}, 1e-12)`
  return `      # The square root of the base-2 divergence, which caps the score below.
      # With p live and q baseline, 2 * divergence = sum(p log2 p) + sum(q log2 q) - sum((p + q) * (log2(p + q) - 1)).
      - record: ${label}:modeltap_drift_score:jensen_shannon
        labels: { window: ${window}, source: fleet }
        expr: |
          sqrt(
            clamp_min(
              0.5 * (
                sum by (${column}) (${live} * log2(${positive(live)}))
                + ${label}:modeltap_baseline_share_logarithms:sum
                - sum by (${column}) (
                  (${live} + ${baseline})
                    * (log2(${positive(`${live} + ${baseline}`)}) - 1)
                )
              ),
              0
            )
          )
`
}

function fleetWindow({ label, family }: ColumnRules, window: string): string {
  const capRunsHere = window === LIMITED_WINDOW
  const column = `${MODEL_LABELS}, ${label}`
  const live = `${label}:modeltap_bin_share:ratio_increase${window}`
  const baseline = `${label}:modeltap_baseline_bin_share:max`
  const rows = `${label}:modeltap_observations:increase${window}`
  const enough = `${label}:modeltap_enough_observations:increase${window}`
  const counted = `${label}:modeltap_bin_observations:increase${window}`
  const shortfall = `${label}:modeltap_unseen_shortfall:increase${window}`
  return `
      # Increase per replica first, then the sum, so that counter resets are handled.
      - record: ${counted}
        expr: sum by (${column}, bin) (increase(modeltap_${family}_bin_observations_total[${window}]))
      - record: ${rows}
        expr: sum by (${column}) (${counted})
      # Only columns with enough rows, and only where all replicas have the same baseline.
      - record: ${enough}
        expr: ${rows} >= ${ofModel('drift_samples:min')} and on (${MODEL_LABELS}) model:modeltap_baselines:count${window} == 1
      # Fewer unseen values than expected are not drift: rows of \`other\` fill the shortfall, as in fillUnseen in
      # src/baseline/bins.ts.
      - record: ${shortfall}
        expr: ${baseline}{bin="unseen"} * on (${column}) group_left () ${enough} - ${counted}{bin="unseen"} > 0
      # Share of each bin in those columns. The second half is the outer join: a bin of the baseline without a live
      # series has a share of 0. Without it, the largest possible drift would be invisible.
      - record: ${live}
        expr: |
          (
            ${counted}{bin="unseen"} + on (${column}, bin) ${shortfall}
            or
            clamp_min(${counted}{bin="other"} - on (${column}) group_left () ${shortfall}, 0)
            or
            ${counted}
          )
            / on (${column}) group_left ()
          (${enough} > 0)
          or
          0 * ${baseline}
            and on (${column})
          ${enough}
${capRunsHere ? jensenShannon(label, window) : ''}      - record: ${label}:modeltap_drift_observations:count
        labels: { window: ${window}, source: fleet }
        expr: ${rows} and on (${column}) ${live}
      # How far the bins of all replicas together lie from what is expected at this time of day, in multiples of their
      # limits, capped at ten times the Jensen-Shannon distance. More rows have lower limits, so the lowest limit of any
      # replica holds for the fleet. With a single replica, its own score is exact and is used as it is.
      - record: ${label}:modeltap_bin_deviation:max${window}
        expr: |
          max by (${column}) (
            abs(${live} - on (${column}, bin) avg by (${column}, bin) (modeltap_${family}_bin_expected_ratio{window="${window}"}))
              / on (${column}, bin)
            min by (${column}, bin) (modeltap_${family}_bin_limit_ratio{window="${window}"})
          )
      - record: ${label}:modeltap_drift_score:deviation
        labels: { window: ${window}, source: fleet }
        expr: |
          max by (${column}) (modeltap_${family}_drift_score{statistic="deviation", window="${window}"})
            and on (${column})
          (count by (${column}) (modeltap_${family}_window_observations{window="${window}"}) == 1)
            and on (${column})
          ${enough}
          or
          (
            ${label}:modeltap_bin_deviation:max${window}
              < on (${column})
            10 * max by (${column}) (${label}:modeltap_drift_score:jensen_shannon{window="${window}"})
          )
          or
          10 * max by (${column}) (${label}:modeltap_drift_score:jensen_shannon{window="${window}"})
            and on (${column})
          ${label}:modeltap_bin_deviation:max${window}`
}

/**
 * For boards, in a group of its own that runs less often: these are most of the work, and no alert reads them. PSI with
 * its limit, half the sum of the absolute differences of shares, and the largest difference of the cumulative shares over
 * the ordered bins.
 */
function statistics({ label, family }: ColumnRules, window: string): string {
  const column = `${MODEL_LABELS}, ${label}`
  const live = `${label}:modeltap_bin_share:ratio_increase${window}`
  const baseline = `${label}:modeltap_baseline_bin_share:max`
  const rows = `${label}:modeltap_observations:increase${window}`
  // Numeric columns have only the ordered bins besides these three; categorical columns have no ordered share to join
  // with.
  const liveNumbers = `${live}{bin!~"missing|other|unseen"}`
  const gap = `${label}:modeltap_ordered_bin_share:gap${window}`
  const floored = (name: string): string => `clamp_min(${name}, ${FLOOR})`
  return `
${window === LIMITED_WINDOW ? '' : jensenShannon(label, window)}      - record: ${label}:modeltap_drift_score:psi
        labels: { window: ${window}, source: fleet }
        expr: |
          sum by (${column}) (
            (${floored(live)} - ${floored(baseline)})
              * ln(${floored(live)} / ${floored(baseline)})
          )
      - record: ${label}:modeltap_drift_score:total_variation
        labels: { window: ${window}, source: fleet }
        expr: 0.5 * sum by (${column}) (abs(${live} - ${baseline}))
      - record: ${gap}
        expr: |
          -1 * ${label}:modeltap_baseline_ordered_bin_share:ratio
            + on (${column}, bin) group_left ()
          (${liveNumbers} / on (${column}) group_left () (sum by (${column}) (${liveNumbers}) > 0))
      - record: ${label}:modeltap_drift_score:ks
        labels: { window: ${window}, source: fleet }
        expr: |
          max by (${column}) (
            ${largestSum(column, gap)}
          )
      # The value of PSI at the limit, as replicas report it.
      - record: ${label}:modeltap_drift_threshold:psi
        labels: { window: ${window}, source: fleet }
        expr: |
          min by (${column}) (modeltap_${family}_drift_threshold{statistic="psi", window="${window}"})
            and on (${column})
          ${rows}`
}

/** Shares among the ordered (numeric) bins, with their position. */
function orderedShares({ label, family }: ColumnRules): string {
  const column = `${MODEL_LABELS}, ${label}`
  return `
      # Shares among the ordered (numeric) bins, with their position.
      - record: ${label}:modeltap_baseline_ordered_bin_share:ratio
        expr: |
          max by (${column}, bin, position) (modeltap_baseline_${family}_bin_ratio{position!=""})
            / on (${column}) group_left ()
          (sum by (${column}) (max by (${column}, bin, position) (modeltap_baseline_${family}_bin_ratio{position!=""})) > 0)`
}

/** Compares a replica with all others together, over an hour: the fleet's own score dilutes one wrong replica. */
function siblings({ label, family, noun }: ColumnRules): string {
  const column = `${MODEL_LABELS}, ${label}`
  const own = `${label}:modeltap_replica_bin_observations:increase1h`
  const rows = `${label}:modeltap_replica_observations:increase1h`
  const all = `${label}:modeltap_bin_observations:increase1h`
  const allRows = `${label}:modeltap_observations:increase1h`
  const enough = `>= ${ofModel('drift_samples:min')}`
  const limit = `sum by (${column}, instance, bin) (modeltap_${family}_bin_limit_ratio{window="1h"})`
  const least = ofModel('replica_difference:min')
  return `
      - record: ${own}
        expr: sum by (${column}, instance, bin) (increase(modeltap_${family}_bin_observations_total[1h]))
      - record: ${rows}
        expr: sum by (${column}, instance) (${own})
      # The largest difference of a bin, as a multiple of what such a window may differ by without drift.
      - record: ${label}:modeltap_replica_deviation:max1h
        expr: |
          max by (${column}, instance) (
            abs(
              ${own} / on (${column}, instance) group_left () (${rows} ${enough})
                - on (${column}, instance, bin)
              (${all} - on (${column}, bin) group_right () ${own})
                / on (${column}, instance) group_left ()
              ((${allRows} - on (${column}) group_right () ${rows}) ${enough})
            )
              / on (${column}, instance, bin)
            (${limit} > ${least} or 0 * ${limit} + ${least})
          )
            and on (${MODEL_LABELS})
          model:modeltap_baselines:count1h == 1
      - alert: ${noun}ReplicaDiffers
        # Replicas share hours, seasons and clients. One that differs has another version of a library, a stale cache or
        # a client of its own.
        expr: |
          (${label}:modeltap_replica_deviation:max1h > 1)
          ${WITH_OWNER}
        for: 15m
        keep_firing_for: 10m
        labels:
          severity: warning
          team: ml
          product: modeltap
          alert_kind: drift
        annotations:
          summary: One replica of a model differs from the others
          description: >-
            ${noun} {{ $labels.${label} }} of model {{ $labels.model }}{{ with $labels.version }} version {{ . }}{{ end }} on {{ $labels.instance }}
            differs from the other replicas over the last hour: a share is {{ $value | printf "%.1f" }} times as far from
            theirs as it may be.
          runbook_url: '${link('runbooks')}/${noun}ReplicaDiffers.md'
          dashboard_url: '${link('grafana')}/d/modeltap-drift?var-model={{ $labels.model | urlquery }}&var-version={{ $labels.version | urlquery }}{{ with $labels.cluster }}&var-cluster={{ . | urlquery }}{{ end }}{{ with $labels.namespace }}&var-namespace={{ . | urlquery }}{{ end }}'`
}

/** Before two days of traffic, drift and the time of day look the same, so this alert only informs. */
function unconfirmed({ label, family, noun }: ColumnRules): string {
  const column = `${MODEL_LABELS}, ${label}`
  return `
      - alert: ${noun}DriftUnconfirmed
        # When the baseline covers no full days, a score above its threshold may be an effect of the time of day.
        expr: |
          (
            (
              max by (${column}, window) (
                modeltap_${family}_drift_score{statistic!="deviation"} / modeltap_${family}_drift_threshold
              ) > 1
            )
              and on (${MODEL_LABELS})
            max by (${MODEL_LABELS}) (modeltap_calibration_seconds) < 2 * 86400
          )
          ${WITH_OWNER}
        for: 5m
        keep_firing_for: 10m
        labels:
          severity: info
          team: ml
          product: modeltap
          alert_kind: drift
        annotations:
          summary: ${noun} drift that two days of traffic have not confirmed yet
          description: >-
            ${noun} {{ $labels.${label} }} of model {{ $labels.model }}{{ with $labels.version }} version {{ . }}{{ end }} differs from its baseline
            over the last {{ $labels.window }}: {{ $value | printf "%.1f" }} times a threshold. Fewer than two days of traffic are known, so this may be the hour of the day.
          runbook_url: '${link('runbooks')}/${noun}DriftUnconfirmed.md'
          dashboard_url: '${link('grafana')}/d/modeltap-${label === 'feature' ? 'feature' : 'drift'}?var-model={{ $labels.model | urlquery }}&var-version={{ $labels.version | urlquery }}&var-${label}={{ $labels.${label} | urlquery }}{{ with $labels.cluster }}&var-cluster={{ . | urlquery }}{{ end }}{{ with $labels.namespace }}&var-namespace={{ . | urlquery }}{{ end }}'`
}

/**
 * Where no bins are exported, scores of single replicas stand in, so that every column can alert.
 *
 * @param records of the recorded names, the metric that a replica has in its place
 */
function replicas({ label }: ColumnRules, records: Readonly<Record<string, string>>): string {
  const rules = Object.entries(records).map(
    ([record, expr]) => `
      - record: ${label}:${record}
        labels: { source: replica }
        expr: ${expr} unless on (${MODEL_LABELS}, ${label}, window) ${label}:${record}{source="fleet"}`,
  )
  return `
      # Scores of single replicas, for windows that are too long to add up, where no bins are exported, or where
      # replicas have different baselines.${rules.join('')}`
}

const judgedReplicas = (column: ColumnRules): string =>
  replicas(column, {
    'modeltap_drift_score:deviation': `max without (statistic) (modeltap_${column.family}_drift_score{statistic="deviation"})`,
    'modeltap_drift_observations:count': `modeltap_${column.family}_window_observations`,
  })

const shownReplicas = (column: ColumnRules): string =>
  replicas(column, {
    'modeltap_drift_score:psi': `max without (statistic) (modeltap_${column.family}_drift_score{statistic="psi"})`,
    'modeltap_drift_threshold:psi': `max without (statistic) (modeltap_${column.family}_drift_threshold{statistic="psi"})`,
  })

function alert({ label, alert: name, noun }: ColumnRules): string {
  const same = `cluster=%q, namespace=%q, model=%q, version=%q, job=%q, ${label}=%q, window=%q, source=%q, instance=%q`
  const values = `$labels.cluster $labels.namespace $labels.model $labels.version $labels.job $labels.${label} $labels.window $labels.source $labels.instance`
  const other = (record: string, format: string): string =>
    `{{ with printf "${label}:${record}{${same}}" ${values} | query }}{{ . | first | value | printf "${format}" }}{{ end }}`
  return `
      - alert: ${name}
        # The same definition of drift everywhere: some direction lies further from what is expected at this time of day
        # than windows without drift do. The window smooths; \`for\` only bridges a restart, and keep_firing_for bridges a
        # gap in the traffic, during which the score disappears.
        expr: |
          (${label}:modeltap_drift_score:deviation > 1)
          ${WITH_OWNER}
        for: 1m
        keep_firing_for: 10m
        labels:
          severity: warning
          team: ml
          product: modeltap
          alert_kind: drift
        annotations:
          summary: ${noun} drift of a model
          description: >-
            ${noun} {{ $labels.${label} }} of model {{ $labels.model }}{{ with $labels.version }} version {{ . }}{{ end }} no longer looks like its
            baseline: {{ $value | printf "%.1f" }} times as far from what is expected at these hours as it may be, over the last
            {{ $labels.window }}, ${other('modeltap_drift_observations:count', '%.0f')} observations.
          runbook_url: '${link('runbooks')}/${name}.md'
          dashboard_url: '${link('grafana')}/d/modeltap-${label === 'feature' ? 'feature' : 'drift'}?var-model={{ $labels.model | urlquery }}&var-version={{ $labels.version | urlquery }}&var-${label}={{ $labels.${label} | urlquery }}{{ with $labels.cluster }}&var-cluster={{ . | urlquery }}{{ end }}{{ with $labels.namespace }}&var-namespace={{ . | urlquery }}{{ end }}'`
}

const link = (key: string): string =>
  `{{ with query "modeltap:links:info" }}{{ . | first | label "${key}" }}{{ end }}`

function manyFeatures(): string {
  const labels = `${MODEL_LABELS}, window`
  const features = (scores: string): string =>
    `count by (${labels}) (count by (${labels}, feature) (${scores}))`
  return `
      # Counts a feature once, even when several replicas report it.
      - record: model:modeltap_drifted_features:count
        expr: |
          ${features('feature:modeltap_drift_score:deviation > 1')}
          or 0 * ${features('feature:modeltap_drift_score:deviation')}
      - record: model:modeltap_drifted_features:ratio
        expr: model:modeltap_drifted_features:count / ${features('feature:modeltap_drift_score:deviation')}
      - alert: ManyFeaturesDrift
        # A third of the features at once has one cause (a new client, a new region, a broken join) and sends one message
        # that inhibits those of single features. At least three, because two features are not "many".
        expr: |
          (
            model:modeltap_drifted_features:ratio >= ${ofModel('drifted_features:max')}
            and model:modeltap_drifted_features:count >= 3
          )
          ${WITH_OWNER}
        for: 1m
        keep_firing_for: 10m
        labels:
          severity: warning
          team: ml
          product: modeltap
          alert_kind: drift
        annotations:
          summary: Many features of a model drift at once
          description: >-
            {{ $value | humanizePercentage }} of the features of model {{ $labels.model }}{{ with $labels.version }} version {{ . }}{{ end }}
            ({{ with printf "model:modeltap_drifted_features:count{cluster=%q, namespace=%q, model=%q, version=%q, job=%q, window=%q}" $labels.cluster $labels.namespace $labels.model $labels.version $labels.job $labels.window | query }}{{ . | first | value | printf "%.0f" }}{{ end }})
            drift over the last {{ $labels.window }}, alert from
            {{ with printf "model:modeltap_drifted_features:max{cluster=%q, namespace=%q, model=%q}" $labels.cluster $labels.namespace $labels.model | query }}{{ . | first | value | humanizePercentage }}{{ end }}. Furthest, in
            multiples of what is allowed:{{ range $i, $f := printf "topk(3, max by (feature) (feature:modeltap_drift_score:deviation{cluster=%q, namespace=%q, model=%q, version=%q, job=%q, window=%q}))" $labels.cluster $labels.namespace $labels.model $labels.version $labels.job $labels.window | query }}{{ if $i }},{{ end }} {{ $f | label "feature" }} {{ $f | value | printf "%.1f" }}{{ end }}.
          runbook_url: '${link('runbooks')}/ManyFeaturesDrift.md'
          dashboard_url: '${link('grafana')}/d/modeltap-drift?var-model={{ $labels.model | urlquery }}&var-version={{ $labels.version | urlquery }}{{ with $labels.cluster }}&var-cluster={{ . | urlquery }}{{ end }}{{ with $labels.namespace }}&var-namespace={{ . | urlquery }}{{ end }}'`
}

/** The text of \`alerts/rules/drift.yaml\`. */
export function driftRules(): string {
  const groups = COLUMN_RULES.map(
    (column) => `
  - name: modeltap-drift-${column.family}
    rules:${[observed(column), ...WINDOWS.map((window) => fleetWindow(column, window)), judgedReplicas(column), alert(column), siblings(column), unconfirmed(column), ...(column.label === 'feature' ? [manyFeatures()] : [])].join('')}

  - name: modeltap-drift-${column.family}-boards
    interval: ${BOARDS_INTERVAL}
    rules:${[orderedShares(column), ...WINDOWS.map((window) => statistics(column, window)), shownReplicas(column)].join('')}
`,
  )
  return `# Generated by scripts/gen-rules.ts from alerts/generate/drift.ts; the minimum sample is in settings.yaml.
#
# Groups are evaluated in parallel, so a rule may read what another group recorded one interval ago. That is harmless
# for the first group: a baseline's rows and the number of baselines change only when a replica changes its baseline. It
# is harmless for the groups of boards, which draw what they read.
groups:
  - name: modeltap-drift-baseline
    rules:
      - record: model:modeltap_baseline_observations:max
        expr: max by (${MODEL_LABELS}) (modeltap_baseline_observations)${WINDOWS.map(baselines).join('')}
${groups.join('')}`
}
