/**
 * The way from a request to a person: clients, modeltap, a real Prometheus with the shipped rules and a real
 * Alertmanager with the shipped routes. Only intervals are shorter than in production.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { writeLocalAlertmanager } from '../../scripts/stack/alertmanager.ts'
import { answers, startAlertmanager, startPrometheus } from '../../scripts/stack/programs.ts'
import type { Sample } from '../../scripts/stack/prometheus.ts'
import { queryPrometheus, writePrometheus } from '../../scripts/stack/prometheus.ts'
import type { Receivers } from '../../scripts/stack/receivers.ts'
import { startReceivers } from '../../scripts/stack/receivers.ts'
import { createChildren } from '../../src/cli/demo/children.ts'
import { freePort } from '../../src/lib/free-port.ts'
import { runModeltap } from '../support/modeltap.ts'
import type { NumbersModel } from './numbers-model.ts'
import { startNumbersModel } from './numbers-model.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const HOST = '127.0.0.1'
const directory = mkdtempSync(join(tmpdir(), 'modeltap-monitoring-'))
const children = createChildren()
let receivers: Receivers
let model: NumbersModel
let prometheus: string
let data: string

const query = (expr: string): Promise<Sample[]> => queryPrometheus(prometheus, expr)
const valueOf = async (expr: string): Promise<number | undefined> => (await query(expr))[0]?.value

/** One request of ten rows; every tenth request is one that the model fails. */
const ROWS = 10
const FAIL_EVERY = 10
let sent = 0

const rowOf = (count: number, shift = 0): number[] => [shift + ((count * 37) % 97), (count * 55) % 89]

async function send(shift: number): Promise<void> {
  const fails = sent % FAIL_EVERY === FAIL_EVERY - 1
  sent += 1
  const response = await fetch(`http://${data}/v1/models/numbers:predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(fails ? { 'x-fail': '1' } : {}) },
    body: JSON.stringify({
      instances: Array.from({ length: ROWS }, (_, index) => rowOf(sent * ROWS + index, shift)),
    }),
  })
  expect(response.status).toBe(fails ? 500 : 200)
  await response.arrayBuffer()
}

beforeAll(async () => {
  receivers = await startReceivers()
  model = await startNumbersModel()
  data = `${HOST}:${await freePort(HOST)}`
  const admin = `${HOST}:${await freePort(HOST)}`
  const config = join(directory, 'modeltap.yaml')
  writeFileSync(
    config,
    stringify({
      baseline: { file: await buildBaseline() },
      windows: ['10s'],
      drift: { minSamples: 200 },
      log: { level: 'warn' },
    }),
  )
  const addresses = ['--upstream', model.address, '--listen', data, '--admin', admin]
  children.start({
    name: 'modeltap',
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', MAIN, 'run', ...addresses, '--config', config],
  })
  const file = writeLocalAlertmanager({ directory, addresses: receivers, grouping: '1s' })
  const alertmanager = await startAlertmanager({ children, directory }, file)
  await Promise.race([answers(`http://${admin}/healthz`), children.failure])
  const files = { directory, targets: [admin], alertmanager, scrapeInterval: '1s', evaluationInterval: '1s' }
  prometheus = await startPrometheus({ children, directory }, writePrometheus(files))
})

afterAll(async () => {
  await children.stop()
  await model.close()
  await receivers.close()
  rmSync(directory, { recursive: true, force: true })
})

/** Of fifteen days, a burst of rows each hour: only whoever knows how days differ is told of drift at once. */
async function buildBaseline(): Promise<string> {
  const [input, output, config] = ['train.csv', 'baseline.json', 'build.yaml'].map((name) =>
    join(directory, name),
  )
  const start = Date.UTC(2024, 0, 1)
  const lines = Array.from({ length: 15 * 24 * 100 }, (_, count) => {
    const [first = 0, second = 0] = rowOf(count)
    const time = new Date(start + Math.floor(count / 100) * 3_600_000 + (count % 100) * 95)
    return `${time.toISOString()},${first},${second},${first + second}\n`
  })
  writeFileSync(input as string, `timestamp,feature_0,feature_1,prediction\n${lines.join('')}`)
  writeFileSync(config as string, stringify({ windows: ['10s'], drift: { minSamples: 200 } }))
  const args = ['baseline', 'build', '--input', input, '--output', output, '--config', config]
  expect((await runModeltap(args as string[])).code).toBe(0)
  return output as string
}

/** Sends at a steady pace until `until` says so. */
async function sendUntil(shift: number, until: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(
    async () => {
      for (let index = 0; index < 5; index += 1) await send(shift)
      return until()
    },
    { timeout: 150_000, interval: 200 },
  )
}

describe('from a request to a person', () => {
  it('counts what was sent', { timeout: 60_000 }, async () => {
    await sendUntil(0, async () => (await query('modeltap_baseline_info')).length > 0)
    await sendUntil(0, async () => (await valueOf('max(modeltap_feature_drift_score)')) !== undefined)
    // The last of it is there once it is analysed and scraped.
    const counts = async () => ({
      requests: await valueOf('sum(modeltap_requests_total{operation="predict"})'),
      failed: await valueOf('sum(modeltap_requests_total{outcome="server_error"})'),
      rows: await valueOf('sum(modeltap_predictions_total)'),
    })
    const failed = Math.floor(sent / FAIL_EVERY)
    const rows = (sent - failed) * ROWS
    await expect.poll(counts, { timeout: 20_000, interval: 500 }).toEqual({ requests: sent, failed, rows })
    expect(await query('ALERTS{alertname=~".*Drift"}')).toEqual([])
  })

  it('tells rates and error ratio as they were sent', { timeout: 60_000 }, async () => {
    const [firstSent, firstMs] = [sent, performance.now()]
    // Prometheus extrapolates a rate to the edges of its window; over 15 s of a steady pace that is little.
    await sendUntil(0, () => Promise.resolve(performance.now() - firstMs > 20_000))
    const rate = await valueOf('sum(rate(modeltap_requests_total{operation="predict"}[15s]))')
    const expected = ((sent - firstSent) * 1000) / (performance.now() - firstMs)
    expect(rate).toBeGreaterThan(0.8 * expected)
    expect(rate).toBeLessThan(1.2 * expected)
    const ratio = await valueOf('model:modeltap_request_errors:ratio_rate5m{model="numbers"}')
    expect(ratio).toBeGreaterThan(0.09)
    expect(ratio).toBeLessThan(0.11)
  })

  it('delivers the drift alert with its numbers and its runbook', { timeout: 200_000 }, async () => {
    const messages = (): string[] =>
      receivers.notifications
        .filter(({ path }) => path === '/slack')
        .map(({ body }) => JSON.stringify(body))
        .filter((body) => body.includes('FeatureDrift'))
    await sendUntil(60, () => Promise.resolve(messages().length > 0))
    const [message = ''] = messages()
    const [, feature, times, rows] =
      /Feature (\w+) of model numbers no longer looks like its baseline: ([\d.]+) times as far .*?(\d+) observations/.exec(
        message,
      ) ?? []
    // The first column moved by 60 of 97; the second did not.
    expect(feature).toBe('feature_0')
    expect(Number(times)).toBeGreaterThan(1)
    expect(Number(rows)).toBeGreaterThanOrEqual(200)
    expect(message).toContain('/FeatureDrift.md|Runbook>')
    expect(message).toMatch(/\/d\/modeltap-feature\?var-model=numbers&(amp;|\\u0026)?var-version=&/)
  })

  it('computes the drift of the fleet from the bins as modeltap does', async () => {
    const fleet = await query('feature:modeltap_drift_score:psi{source="fleet", window="5m"}')
    const moved = fleet.find(({ labels }) => labels['feature'] === 'feature_0')?.value ?? 0
    const still = fleet.find(({ labels }) => labels['feature'] === 'feature_1')?.value ?? 1
    const own = await valueOf('modeltap_feature_drift_score{feature="feature_0", statistic="psi"}')
    expect(moved).toBeGreaterThan(0.1)
    expect(still).toBeLessThan(0.1)
    // The window of 10 s holds only what has moved, the 5 minutes also what was before.
    expect(own).toBeGreaterThan(moved)
  })
})
