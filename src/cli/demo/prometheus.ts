/** A real Prometheus for the demo with the shipped rules; only the intervals are shorter. */
import { accessSync, constants, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { stringify } from 'yaml'
import type { Alert } from '../live/render.ts'
import { writeQuickRules } from './quick-rules.ts'

/** Debian calls Alertmanager `prometheus-alertmanager`. */
export function findProgram(names: readonly string[], path: string): string | undefined {
  for (const directory of path.split(delimiter)) {
    for (const name of names) {
      const candidate = join(directory, name)
      if (isExecutable(candidate)) return candidate
    }
  }
  return undefined
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export interface PrometheusFiles {
  readonly directory: string
  /** Directory of the shipped rules. */
  readonly rules: string
  /** `host:port` of modeltap's admin port. */
  readonly target: string
  /** `host:port` of Alertmanager; absent without one. */
  readonly alertmanager: string | undefined
}

/** Writes the configuration and returns its file. */
export function writePrometheusConfig({ directory, rules, target, alertmanager }: PrometheusFiles): string {
  const file = join(directory, 'prometheus.yml')
  const alerting = { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] }
  const config = {
    global: { scrape_interval: '2s', evaluation_interval: '5s' },
    rule_files: [writeQuickRules(rules, directory)],
    scrape_configs: [
      { job_name: 'modeltap', static_configs: [{ targets: [target], labels: { namespace: 'demo' } }] },
    ],
    ...(alertmanager === undefined ? {} : { alerting }),
  }
  writeFileSync(file, stringify(config))
  return file
}

interface AlertsResponse {
  readonly data?: {
    readonly alerts?: readonly {
      readonly state: 'inactive' | 'pending' | 'firing'
      readonly labels: Readonly<Record<string, string>>
    }[]
  }
}

/** Alertmanager configuration that groups and shows alerts and notifies nobody. */
export function writeAlertmanagerConfig(directory: string): string {
  const file = join(directory, 'alertmanager.yml')
  const route = {
    receiver: 'nobody',
    group_by: ['alertname', 'model'],
    group_wait: '1s',
    group_interval: '5s',
  }
  writeFileSync(file, stringify({ route, receivers: [{ name: 'nobody' }] }))
  return file
}

/** One for each name and subject, firing before pending, then by name; inactive alerts are excluded. */
export function parseAlerts(response: unknown): Alert[] {
  const found = new Map<string, Alert>()
  for (const { state, labels } of (response as AlertsResponse).data?.alerts ?? []) {
    // Severity `none` is the heartbeat, which always fires.
    if (state === 'inactive' || labels['severity'] === 'none') continue
    const alert = {
      name: labels['alertname'] ?? '',
      state,
      subject: labels['feature'] ?? labels['output'] ?? '',
    }
    const key = `${alert.name} ${alert.subject}`
    // The same alert for another window counts once.
    if (found.get(key)?.state !== 'firing') found.set(key, alert)
  }
  const order = ({ state, name, subject }: Alert): string => `${state} ${name} ${subject}`
  return [...found.values()].sort((a, b) => order(a).localeCompare(order(b)))
}
