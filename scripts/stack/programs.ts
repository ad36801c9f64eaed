/** The real programs, started on free ports and waited for. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Children } from '../../src/cli/demo/children.ts'
import { findProgram } from '../../src/cli/demo/prometheus.ts'
import { freePort } from '../../src/lib/free-port.ts'

export interface Program {
  readonly children: Children
  readonly directory: string
  /** Port to listen on; a free one when absent or taken by 0. */
  readonly port?: number
}

const HOST = '127.0.0.1'

function programNamed(names: readonly string[]): string {
  const program = findProgram(names, process.env['PATH'] ?? '')
  if (program === undefined) {
    throw new Error(
      `none of ${names.join(', ')} is on the PATH; on Debian and Ubuntu: bash scripts/ensure-tools.sh`,
    )
  }
  return program
}

/** Resolves when the URL answers 200; rejects after `timeoutMs`. */
export async function answers(url: string, timeoutMs = 120_000): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs)
  while (!deadline.aborted) {
    const ok = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await sleep(100)
  }
  throw new Error(`${url} did not answer within ${timeoutMs} ms`)
}

const portOf = (port: number | undefined): Promise<number> | number =>
  port === undefined || port === 0 ? freePort(HOST) : port

/** Starts Prometheus and returns its URL, without a slash at the end, once it is ready. */
export async function startPrometheus(
  { children, port }: Program,
  configuration: readonly string[],
): Promise<string> {
  const address = `${HOST}:${await portOf(port)}`
  children.start({
    name: 'Prometheus',
    command: programNamed(['prometheus']),
    args: [...configuration, `--web.listen-address=${address}`],
  })
  await answers(`http://${address}/-/ready`)
  return `http://${address}`
}

/** Starts Alertmanager, alone, and returns its `host:port` once it is ready. */
export async function startAlertmanager(
  { children, directory, port }: Program,
  file: string,
): Promise<string> {
  const address = `${HOST}:${await portOf(port)}`
  const data = join(directory, 'alertmanager')
  mkdirSync(data)
  children.start({
    name: 'Alertmanager',
    command: programNamed(['alertmanager', 'prometheus-alertmanager']),
    args: [
      `--config.file=${file}`,
      `--storage.path=${data}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
  })
  await answers(`http://${address}/-/ready`)
  return address
}
