/** Labels in, performance out, over a running modeltap: every form of an outcome, and what each is answered. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { startUpstream, summingModel, type TestUpstream } from '../support/upstream.ts'

const TOKEN = 'a-token-of-the-test'
let upstream: TestUpstream
let modeltap: RunningModeltap

beforeAll(async () => {
  upstream = await startUpstream((request, body, response) => {
    if (request.url !== '/orders') summingModel(request, body, response)
    else {
      const { amount } = JSON.parse(body.toString()) as { readonly amount: number }
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ days: amount + 0.25 }))
    }
  })
  modeltap = await startModeltap(['--upstream', upstream.address], {
    MODELTAP_EVALUATION_INTERVAL: '100ms',
    MODELTAP_OUTCOMES_SETTLE: '300ms',
    MODELTAP_OUTCOMES_WAIT: '2s',
    MODELTAP_OUTCOMES_MIN_SAMPLES: '20',
    MODELTAP_ADMIN_TOKEN: TOKEN,
  })
})

afterAll(async () => {
  await modeltap.stop()
  await upstream.close()
})

async function predict(row: readonly number[], headers: Record<string, string>): Promise<void> {
  const response = await fetch(`${modeltap.dataUrl}/v1/models/adder:predict`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ instances: [row] }),
  })
  expect(response.status).toBe(200)
  await response.text()
}

interface Answered {
  readonly status: number
  readonly taken: number
  readonly broken: number
  readonly results: Readonly<Record<string, number>>
  readonly errors: readonly { readonly line: number; readonly reason: string }[]
}

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const response = await fetch(`${modeltap.adminUrl}/api/v1/outcomes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    body,
  })
  return { status: response.status, ...((await response.json()) as Omit<Answered, 'status'>) }
}

async function value(name: string, labels: Record<string, string>): Promise<number | undefined> {
  const text = await (await fetch(`${modeltap.adminUrl}/metrics`)).text()
  return samples(text, name).find((sample) =>
    Object.entries(labels).every(([key, wanted]) => sample.labels[key] === wanted),
  )?.value
}

const becomes = (name: string, labels: Record<string, string>, wanted: number): Promise<void> =>
  expect.poll(() => value(name, labels), { timeout: 10_000 }).toBe(wanted)

test('labels of a regression are joined by x-request-id, and the errors are exact', async () => {
  for (let row = 0; row < 40; row += 1) await predict([row, 1], { 'x-request-id': `sum-${row}` })
  const lines = Array.from({ length: 40 }, (_, row) => JSON.stringify({ id: `sum-${row}`, label: row + 0.5 }))
  const answer = await post(lines.join('\n'))
  expect(answer).toMatchObject({ status: 202, taken: 40, broken: 0, errors: [] })
  await becomes('modeltap_outcome_observations_total', { model: 'adder' }, 40)
  await becomes('modeltap_outcomes_total', { result: 'joined' }, 40)
  await becomes('modeltap_outcome_absolute_error_total', { model: 'adder' }, 20)
  await becomes('modeltap_performance', { metric: 'mae', window: '1h' }, 0.5)
  await becomes('modeltap_performance', { metric: 'bias', window: '1h' }, 0.5)
  await becomes('modeltap_outcome_join_ratio', { model: 'adder' }, 1)
  await becomes('modeltap_outcome_delay_seconds_count', { model: 'adder' }, 40)
})

test('a broken line spoils no other and is answered by its number', async () => {
  const answer = await post(
    [
      '{"prediction": 1, "label": 1, "model": "lines"}',
      'no json',
      '{"id": "x"}',
      '{"prediction": 0, "label": 1, "model": "lines"}',
    ].join('\n'),
  )
  expect(answer).toMatchObject({ status: 202, taken: 2, broken: 2, results: { self_contained: 2 } })
  expect(answer.errors.map(({ line }) => line)).toEqual([2, 3])
  expect(answer.errors[1]?.reason).toContain('"label"')
  await becomes('modeltap_outcomes_total', { result: 'invalid' }, 2)
})

test('CSV, packed with gzip, is taken; so is a line of ground truth as SageMaker has it', async () => {
  await predict([3, 4], { 'x-amzn-sagemaker-inference-id': 'sm-1', 'x-request-id': 'not-this' })
  const line = {
    groundTruthData: { data: '7.25', encoding: 'CSV' },
    eventMetadata: { eventId: 'sm-1' },
    eventVersion: '0',
  }
  expect(await post(JSON.stringify(line))).toMatchObject({ status: 202, taken: 1, broken: 0 })
  const csv = 'prediction,label,model\nlate,late,flights\non time,late,flights\n'
  const packed = await post(new Uint8Array(gzipSync(csv)), {
    'content-encoding': 'gzip',
    'content-type': 'text/csv',
  })
  expect(packed).toMatchObject({ status: 202, taken: 2, results: { self_contained: 2 } })
  const cell = { model: 'flights', predicted: 'on time', actual: 'late', correct: 'false' }
  await becomes('modeltap_outcome_predictions_total', cell, 1)
  await becomes('modeltap_outcome_predictions_total', { ...cell, predicted: 'late', correct: 'true' }, 1)
  await becomes(
    'modeltap_outcome_predictions_total',
    { model: 'flights', predicted: 'on time', actual: 'on time' },
    0,
  )
})

test('of two labels for one id in a short time the last one counts; later ones are duplicates; unknown ids are counted', async () => {
  await predict([1, 1], { 'x-request-id': 'twice' })
  await post('{"id": "twice", "label": 100, "model": "adder"}')
  await post('{"id": "twice", "label": 2}')
  await becomes('modeltap_outcomes_total', { result: 'replaced' }, 1)
  await becomes('modeltap_outcome_observations_total', { model: 'adder' }, 42)
  expect(await post('{"id": "twice", "label": 3}')).toMatchObject({ results: { duplicate: 1 } })
  expect(await post('{"id": "never", "label": 3}')).toMatchObject({ results: { waiting: 1 } })
  await becomes('modeltap_outcomes_total', { result: 'unknown' }, 1)
  const old = { id: 'twice', label: 1, time: '2001-01-01T00:00:00Z' }
  expect(await post(JSON.stringify(old))).toMatchObject({ results: { too_old: 1 } })
  // 20 from the first test, 0.25 of the line of ground truth, and nothing of the label that was replaced.
  await becomes('modeltap_outcome_absolute_error_total', { model: 'adder' }, 20.25)
})

test('rows of a batch are named by their place', async () => {
  const response = await fetch(`${modeltap.dataUrl}/v1/models/batches:predict`, {
    method: 'POST',
    headers: { 'x-request-id': 'batch' },
    body: JSON.stringify({
      instances: [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    }),
  })
  await response.text()
  expect(await post('{"id": "batch", "labels": [2, 4, 7]}')).toMatchObject({ taken: 3 })
  await becomes('modeltap_outcome_observations_total', { model: 'batches' }, 3)
  await becomes('modeltap_outcome_absolute_error_total', { model: 'batches' }, 1)
})

test('a token is needed, and a body', async () => {
  const url = `${modeltap.adminUrl}/api/v1/outcomes`
  expect((await fetch(url, { method: 'POST', body: '{"prediction": 1, "label": 1}' })).status).toBe(401)
  const empty = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } })
  expect(empty.status).toBe(400)
  const read = (await (await fetch(url)).json()) as {
    readonly outputs: readonly { readonly output: string }[]
  }
  expect(read.outputs.length).toBeGreaterThan(0)
  const page = await (await fetch(modeltap.adminUrl)).text()
  expect(page).toContain('<h2>Outcomes</h2>')
  expect(page).toContain('mae')
})

test('labels of a route that is still learned are joined, also those of its first calls', async () => {
  for (let row = 0; row < 40; row += 1) {
    const response = await fetch(`${modeltap.dataUrl}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': `order-${row}` },
      body: JSON.stringify({ amount: row }),
    })
    await response.text()
  }
  const lines = Array.from({ length: 40 }, (_, row) =>
    JSON.stringify({ id: `order-${row}`, label: row + 0.5 }),
  )
  expect(await post(lines.join('\n'))).toMatchObject({ status: 202, taken: 40, broken: 0, errors: [] })
  await becomes('modeltap_outcome_observations_total', { model: '/orders' }, 40)
  await becomes('modeltap_outcome_join_ratio', { model: '/orders' }, 1)
})
