/** Prometheus and Alertmanager for the demo: found, installed on request, or left out with the reason. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { environment } from '../../config/process-environment.ts'
import { ModeltapError } from '../../errors.ts'
import { formatAddress } from '../../lib/address.ts'
import { freePort } from '../../lib/free-port.ts'
import type { AlertsState } from '../live/render.ts'
import type { Children, ChildSpec } from './children.ts'
import type { DemoSettings } from './options.ts'
import { accepts, ensureTools, rulesDirectory } from './parts.ts'
import { findProgram, parseAlerts, writeAlertmanagerConfig, writePrometheusConfig } from './prometheus.ts'

export interface Monitoring {
  readonly addresses: readonly { readonly name: string; readonly url: string }[]
  readonly start: () => void
  readonly alerts: () => Promise<AlertsState>
}

interface MonitoringOptions {
  readonly settings: DemoSettings
  readonly children: Children
  /** For configuration and data. */
  readonly directory: string
}

const HOST = '127.0.0.1'
const PROMETHEUS_PORT = 9090
const ALERTMANAGER_PORT = 9093

export async function createMonitoring(options: MonitoringOptions): Promise<Monitoring> {
  const { settings, children } = options
  if (settings.prometheus === 'off') return without('off: --no-prometheus')
  if (settings.prometheus === 'install' && find(['prometheus']) === undefined) {
    await children.complete({
      name: 'installation of Prometheus',
      command: 'bash',
      args: [ensureTools, 'prometheus=prometheus', 'prometheus-alertmanager=prometheus-alertmanager'],
    })
  }
  const prometheus = find(['prometheus'])
  if (prometheus !== undefined) return withPrometheus(prometheus, options)
  if (settings.prometheus === 'where-installed') {
    return without('no Prometheus on the PATH; --with-prometheus installs it on Debian and Ubuntu')
  }
  throw new ModeltapError('DEMO_UNAVAILABLE', {
    message: 'Prometheus was installed, but no program "prometheus" is on the PATH',
    hint: 'Put it on the PATH, or run the demo without --with-prometheus.',
  })
}

const find = (names: readonly string[]): string | undefined => findProgram(names, environment['PATH'] ?? '')

function without(why: string): Monitoring {
  return { addresses: [], start: () => undefined, alerts: () => Promise.resolve({ kind: 'off', why }) }
}

async function withPrometheus(
  prometheus: string,
  { settings, children, directory }: MonitoringOptions,
): Promise<Monitoring> {
  const alertmanager = await prepareAlertmanager(directory)
  const address = `${HOST}:${await usualOrFreePort(PROMETHEUS_PORT)}`
  const data = join(directory, 'prometheus')
  mkdirSync(data)
  const config = writePrometheusConfig({
    directory,
    rules: rulesDirectory,
    target: formatAddress(settings.admin),
    alertmanager: alertmanager?.address,
  })
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=${address}`,
    '--log.level=warn',
  ]
  const addresses = [{ name: 'Prometheus', url: `http://${address}/alerts` }]
  if (alertmanager !== undefined)
    addresses.push({ name: 'Alertmanager', url: `http://${alertmanager.address}/` })
  return {
    addresses,
    start() {
      if (alertmanager !== undefined) children.start(alertmanager.child)
      children.start({ name: 'Prometheus', command: prometheus, args })
    },
    alerts: async () => ({ kind: 'on', alerts: await firing(`http://${address}`) }),
  }
}

/** `undefined` when it is not installed: Prometheus shows the alerts too. */
async function prepareAlertmanager(
  directory: string,
): Promise<{ readonly address: string; readonly child: ChildSpec } | undefined> {
  const command = find(['alertmanager', 'prometheus-alertmanager'])
  if (command === undefined) return undefined
  const address = `${HOST}:${await usualOrFreePort(ALERTMANAGER_PORT)}`
  const args = [
    `--config.file=${writeAlertmanagerConfig(directory)}`,
    `--storage.path=${join(directory, 'alertmanager')}`,
    `--web.listen-address=${address}`,
    // No cluster: it would open another port, on every interface.
    '--cluster.listen-address=',
    '--log.level=warn',
  ]
  return { address, child: { name: 'Alertmanager', command, args } }
}

/** The user may run one on the usual port already. */
async function usualOrFreePort(usual: number): Promise<number> {
  return (await accepts(HOST, usual)) ? freePort(HOST) : usual
}

async function firing(url: string): Promise<ReturnType<typeof parseAlerts>> {
  try {
    const response = await fetch(`${url}/api/v1/alerts`, { signal: AbortSignal.timeout(2000) })
    return parseAlerts(await response.json())
  } catch {
    // Not up yet.
    return []
  }
}
