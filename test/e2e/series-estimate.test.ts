/** What `check-config` says a pod can export, against what pods of several configurations do export. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import {
  categoricalColumn,
  discreteColumn,
  estimateSeries,
  numericColumn,
  seriesCost,
} from '../../src/cli/series-estimate.ts'
import { type Config, configSchema } from '../../src/config/schema.ts'
import { STATISTIC_NAMES } from '../../src/drift/index.ts'
import { startLanguageModel } from '../support/language-model.ts'
import { type RunningModeltap, startModeltap } from '../support/modeltap.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

const folder = mkdtempSync(join(tmpdir(), 'modeltap-series-'))
const PREDICT = '/v1/models/credit:predict'
const ROWS = 200

let model: TestUpstream
beforeAll(async () => {
  model = await startUpstream((incoming, body, response) => {
    const status = Number(incoming.headers['x-status'] ?? 200)
    if (status === 0) return void incoming.socket.destroy()
    const { instances = [] } = (body.length > 0 ? JSON.parse(body.toString()) : {}) as { instances?: Row[] }
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ predictions: instances.map(({ answer }) => answer ?? Math.random()) }))
  })
})
afterAll(async () => {
  await model.close()
  rmSync(folder, { recursive: true, force: true })
})

type Row = Readonly<Record<string, unknown>>

/** On fresh settings: learns at once, evaluates often. */
async function start(
  upstream: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<{ modeltap: RunningModeltap; config: Config }> {
  const file = join(folder, 'modeltap.yaml')
  const text = stringify({
    upstream,
    evaluation: { interval: '100ms' },
    ...settings,
    baseline: { learn: { rows: ROWS, minDuration: '1ms' } },
  })
  writeFileSync(file, text)
  return { modeltap: await startModeltap(['--config', file]), config: configSchema.parse(parse(text)) }
}

const post = (
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<string | undefined> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }).then(
    (response) => response.text(),
    () => undefined,
  )

/** Predictions that end in every way that a client can bring about, and calls that are none. */
async function everyKindOfCall({ dataUrl }: RunningModeltap, row: () => Row): Promise<void> {
  for (let batch = 0; batch < 30; batch += 1)
    await post(dataUrl + PREDICT, { instances: Array.from({ length: 20 }, row) })
  for (const status of ['400', '404', '422', '500', '503', '0'])
    await post(dataUrl + PREDICT, { instances: [row()] }, { 'x-status': status })
  for (const path of ['/', '/v1/models/credit', '/v1/models/nobody:predict', '/v2/health/ready', '/docs'])
    await fetch(dataUrl + path, { headers: { 'x-status': '404' } })
  for (const path of ['/v1/models/credit', '/v2/models/credit/ready', '/v2/health/live'])
    await fetch(dataUrl + path)
  await new Promise<void>((resolve) => {
    const hangsUp = request(dataUrl + PREDICT, { method: 'POST', headers: { 'content-length': '100' } })
    hangsUp.on('error', () => resolve())
    hangsUp.write('{"instances":[', () => hangsUp.destroy(new Error('gone')))
  })
}

const seriesOf = (exposition: string): number =>
  exposition.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length

/** The exposition once `awaited` is in it. */
async function scrape({ adminUrl }: RunningModeltap, awaited: RegExp): Promise<string> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const exposition = await (await fetch(`${adminUrl}/metrics`)).text()
    if (awaited.test(exposition)) return exposition
    if (performance.now() > deadline) throw new Error(`no ${awaited} in:\n${exposition}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** A bound that is far away would say nothing. */
function expectBetweenHalfAndAll(series: number, estimate: number): void {
  expect(series).toBeLessThanOrEqual(estimate)
  expect(series).toBeGreaterThan(estimate / 2)
}

test('one model of 20 numeric features with the defaults', async () => {
  const { modeltap, config } = await start(model.address, {})
  const row = (): Row => Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`f${n}`, Math.random()]))
  await everyKindOfCall(modeltap, row)
  const exposition = await scrape(modeltap, /_drift_score\{.*window="1d"/)
  expectBetweenHalfAndAll(seriesOf(exposition), estimateSeries(config).example)
  expect(await modeltap.stop()).toBe(0)
})

test('columns of every kind, every statistic, bounds, state and a neighbour', async () => {
  const neighbour = await startUpstream((_, __, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('# TYPE up_since gauge\nup_since 1\n')
  })
  const { modeltap, config } = await start(model.address, {
    windows: ['1m', '5m'],
    drift: { statistics: STATISTIC_NAMES },
    metrics: { latencyBounds: ['30ms', '300ms'] },
    bounds: { f0: [0, 0.9], nobody: [0, 1] },
    state: { directory: join(folder, 'state') },
    neighbour: { metrics: `http://${neighbour.address}/metrics` },
  })
  const pick = (count: number): number => Math.floor(Math.random() * count)
  const row = (): Row => ({
    ...Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`f${n}`, Math.random()])),
    ...{ floor: pick(7), rooms: pick(4), city: `city ${pick(9)}`, answer: pick(2) === 0 ? 'yes' : 'no' },
  })
  await everyKindOfCall(modeltap, row)
  const exposition = await scrape(modeltap, /_drift_score\{.*feature="city".*window="5m"/)
  const { process, model: perModel, column } = seriesCost(config)
  const columns = [
    ...Array.from({ length: 6 }, () => numericColumn('feature')),
    ...[discreteColumn('feature', 7), discreteColumn('feature', 4), categoricalColumn('feature', 9)],
    // The answer is among what was asked, too.
    ...[categoricalColumn('feature', 2), categoricalColumn('prediction', 2)],
  ]
  const estimate = columns.reduce((sum, one) => sum + column(one), process + perModel)
  expectBetweenHalfAndAll(seriesOf(exposition) - 1, estimate)
  expect(await modeltap.stop()).toBe(0)
  await neighbour.close()
})

test('a model that generates text', async () => {
  const upstream = await startLanguageModel({ promptMs: 5, tokenMs: 5 })
  const { modeltap, config } = await start(upstream.address, {})
  const chat = { model: 'llama', messages: [{ role: 'user', content: 'Where do rivers run?' }] }
  const url = `${modeltap.dataUrl}/v1/chat/completions`
  await post(url, chat)
  await post(url, { ...chat, stream: true })
  await fetch(url, { method: 'POST', body: JSON.stringify({ ...chat, stream: true }) }).then((response) =>
    response.body?.cancel(),
  )
  const exposition = await scrape(modeltap, /llm_streams_aborted_total\{.*reason="aborted"\} 1/)
  const { process, model: perModel, languageModel } = seriesCost(config)
  const estimate = process + perModel + languageModel
  expect(seriesOf(exposition)).toBeLessThanOrEqual(estimate)
  expect(await modeltap.stop()).toBe(0)
  await upstream.close()
})
