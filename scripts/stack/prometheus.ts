/** A real Prometheus with the shipped rules; only the intervals are shorter. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { writeQuickRules } from '../../src/cli/demo/quick-rules.ts'

const RULES = join(import.meta.dirname, '../../alerts/rules')

export interface PrometheusFiles {
  /** For the configuration and the data; must exist. */
  readonly directory: string
  /** `host:port` of modeltap's admin ports. */
  readonly targets: readonly string[]
  /** `host:port` of Alertmanager. */
  readonly alertmanager?: string
  readonly scrapeInterval: string
  readonly evaluationInterval: string
}

/** Writes the configuration and returns the arguments, without the address to listen on. */
export function writePrometheus(files: PrometheusFiles): string[] {
  const { directory, targets, alertmanager, scrapeInterval, evaluationInterval } = files
  const data = join(directory, 'prometheus')
  mkdirSync(data)
  const config = {
    global: { scrape_interval: scrapeInterval, evaluation_interval: evaluationInterval },
    rule_files: [writeQuickRules(RULES, directory)],
    scrape_configs: [{ job_name: 'modeltap', static_configs: [{ targets, labels: { namespace: 'demo' } }] }],
    ...(alertmanager === undefined
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] } }),
  }
  const file = join(directory, 'prometheus.yaml')
  writeFileSync(file, stringify(config))
  return [`--config.file=${file}`, `--storage.tsdb.path=${data}`, '--log.level=warn']
}

/** One series of an instant query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

interface QueryResponse {
  readonly status: string
  readonly error?: string
  readonly data?: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[]
  }
}

/**
 * Asks Prometheus' HTTP API for an instant vector.
 * @param url without a slash at the end
 * @throws Error with what Prometheus says about a query that it refuses
 */
export async function queryPrometheus(url: string, query: string): Promise<Sample[]> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query }),
  })
  const { status, error, data } = (await response.json()) as QueryResponse
  if (status !== 'success') throw new Error(`${query}: ${error ?? response.statusText}`)
  return (data?.result ?? []).map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
}
