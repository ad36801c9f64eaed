/** The other ways for outcomes to come in: Seldon's feedback through the proxy, CloudEvents, files, the row itself. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../outcomes/redis-server.ts'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { startUpstream, summingModel, type TestUpstream } from '../support/upstream.ts'

let upstream: TestUpstream
let modeltap: RunningModeltap
let directory: string
let events: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'modeltap-ways-'))
  upstream = await startUpstream((request, body, response) => {
    if (request.url?.endsWith('/feedback') === true) response.writeHead(200).end('{}')
    else summingModel(request, body, response)
  })
  const port = await freePort()
  events = `http://127.0.0.1:${port}`
  const file = join(directory, 'modeltap.yaml')
  writeFileSync(
    file,
    JSON.stringify({
      upstream: upstream.address,
      evaluation: { interval: '100ms' },
      state: { directory: join(directory, 'state') },
      outcomes: {
        settle: '100ms',
        store: 'sqlite',
        id: '$.order',
        files: [join(directory, 'labels*.jsonl')],
        minSamples: 10,
      },
      kpis: { revenue: { unit: 'EUR' } },
      cost: { currency: 'EUR', perRequest: 0.5, perPrediction: 0.25 },
      costs: { late: { 'on time': 10 } },
      cloudevents: { listen: `127.0.0.1:${port}` },
      tail: { files: [join(directory, 'log.jsonl')], fields: { label: '$.truth' }, interval: '50ms' },
    }),
  )
  modeltap = await startModeltap(['--config', file])
})

afterAll(async () => {
  await modeltap.stop()
  await upstream.close()
  rmSync(directory, { recursive: true, force: true })
})

async function value(name: string, labels: Record<string, string>): Promise<number | undefined> {
  const text = await (await fetch(`${modeltap.adminUrl}/metrics`)).text()
  return samples(text, name).find((sample) =>
    Object.entries(labels).every(([key, wanted]) => sample.labels[key] === wanted),
  )?.value
}

const becomes = (name: string, labels: Record<string, string>, wanted: number): Promise<void> =>
  expect.poll(() => value(name, labels), { timeout: 10_000 }).toBe(wanted)

async function predict(order: number, row: readonly number[]): Promise<void> {
  const response = await fetch(`${modeltap.dataUrl}/v1/models/adder:predict`, {
    method: 'POST',
    body: JSON.stringify({ order, instances: [row] }),
  })
  expect(response.status).toBe(200)
  await response.text()
}

test('the id is a JSONPath of the request; labels and figures come from a file that is followed', async () => {
  for (let order = 0; order < 4; order += 1) await predict(order, [order, 0.5])
  writeFileSync(
    join(directory, 'labels-1.jsonl'),
    '{"id": 0, "label": 0.25}\n{"id": "1", "label": 1}\nno json\n',
  )
  await becomes('modeltap_outcome_observations_total', { model: 'adder' }, 2)
  appendFileSync(
    join(directory, 'labels-1.jsonl'),
    '{"id": 2, "kpi": "revenue", "value": 12.5}\n{"id": 3, "kpi": "revenue", "value": -2.5}\n',
  )
  await becomes('modeltap_kpi_total', { kpi: 'revenue', unit: 'EUR', sign: 'gain' }, 12.5)
  await becomes('modeltap_kpi_total', { kpi: 'revenue', sign: 'loss' }, 2.5)
  await becomes('modeltap_kpi_window_mean', { kpi: 'revenue', window: '1h' }, 5)
  await becomes('modeltap_outcomes_total', { result: 'invalid' }, 1)
  await becomes('modeltap_outcome_pending_predictions', { store: 'sqlite' }, 2)
})

test('requests and predictions cost what the configuration says', async () => {
  await becomes('modeltap_cost_total', { model: 'adder', kind: 'request', currency: 'EUR' }, 2)
  await becomes('modeltap_cost_total', { model: 'adder', kind: 'prediction' }, 1)
  await becomes('modeltap_cost_per_thousand_predictions', { model: 'adder' }, 750)
})

test("Seldon's feedback passes through the proxy and counts", async () => {
  for (const [truth, answer] of [
    [1, [0.2, 0.8]],
    [0, [0.4, 0.6]],
  ] as const) {
    const response = await fetch(`${modeltap.dataUrl}/seldon/ns/iris/api/v1.0/feedback`, {
      method: 'POST',
      body: JSON.stringify({
        request: { data: { ndarray: [[1, 2]] } },
        response: { meta: {}, data: { ndarray: [answer] } },
        truth: { data: { ndarray: [truth] } },
        reward: truth,
      }),
    })
    expect(response.status).toBe(200)
    await response.text()
  }
  await becomes('modeltap_outcome_predictions_total', { model: 'iris', predicted: '1', actual: '0' }, 1)
  await becomes('modeltap_outcome_predictions_total', { model: 'iris', predicted: '1', actual: '1' }, 1)
})

test('CloudEvents bring feedback of Seldon, and outcomes in any form', async () => {
  const send = async (type: string, data: unknown): Promise<void> => {
    const response = await fetch(events, {
      method: 'POST',
      headers: {
        'ce-specversion': '1.0',
        'ce-type': type,
        'ce-id': '1',
        'ce-source': 'test',
        'ce-inferenceservicename': 'flights',
        'content-type': 'application/json',
      },
      body: JSON.stringify(data),
    })
    expect(response.status).toBe(200)
  }
  await send('io.modeltap.outcome', { prediction: 'late', label: 'on time' })
  await send('io.seldon.serving.feedback', {
    response: { data: { ndarray: [['late']] } },
    truth: { data: { ndarray: [['late']] } },
    request: {},
  })
  const cell = { model: 'flights', output: 'prediction', predicted: 'late' }
  await becomes('modeltap_outcome_predictions_total', { ...cell, actual: 'on time' }, 1)
  await becomes('modeltap_outcome_predictions_total', { ...cell, actual: 'late' }, 1)
  await becomes('modeltap_error_cost_total', { predicted: 'late', actual: 'on time', currency: 'EUR' }, 10)
})

test('a line of a log may hold what was true beside its prediction', async () => {
  const line = (prediction: number, truth: number) =>
    `${JSON.stringify({ model: 'logged', features: { x: 1 }, prediction, truth })}\n`
  writeFileSync(join(directory, 'log.jsonl'), line(1.5, 1) + line(2.5, 3.5))
  await becomes('modeltap_outcome_absolute_error_total', { model: 'logged' }, 1.5)
  await becomes('modeltap_outcome_observations_total', { model: 'logged' }, 2)
})
