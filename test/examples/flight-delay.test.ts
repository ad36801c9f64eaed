/** The example model server answers as the two protocols say, and as the model was when it was trained. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FEATURES } from '../../examples/flight-delay/features.ts'
import { createRandom } from '../../examples/flight-delay/random.ts'
import {
  malformedRequest,
  type ModelRequest,
  v1Request,
  v2Request,
} from '../../examples/flight-delay/requests.ts'
import { readRows, type Row } from '../../examples/flight-delay/rows.ts'

const folder = resolve(import.meta.dirname, '../../examples/flight-delay')
const reference = readRows('reference')
/** Without the predictions, as clients send it. */
const featuresOf = (row: Row): Row => Object.fromEntries(FEATURES.map((name) => [name, row[name] ?? null]))

const servers: ChildProcess[] = []
async function startServer(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [resolve(folder, 'server.ts'), '--listen=127.0.0.1:0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  servers.push(child)
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return `http://${line.toString().replace('listening on ', '').trim()}`
}

let base: string
beforeAll(async () => {
  base = await startServer()
})
afterAll(() => {
  for (const server of servers) server.kill('SIGKILL')
})

async function ask(request: ModelRequest, at = base): Promise<{ status: number; body: unknown }> {
  const { method, path, body = null } = request
  const response = await fetch(at + path, { method, body })
  expect(response.headers.get('content-type')).toBe('application/json')
  return { status: response.status, body: await response.json() }
}
const get = (path: string) => ask({ method: 'GET', path })

test('V1: label and probability of each row are those of ONNX Runtime, in reference.csv', async () => {
  const rows = reference
  const { status, body } = await ask(v1Request(rows.map(featuresOf)))
  expect(status).toBe(200)
  const { predictions } = body as { predictions: { label: string; probability: number }[] }
  expect(predictions.map(({ label }) => label)).toEqual(rows.map((row) => row['label']))
  for (const [index, { probability }] of predictions.entries()) {
    expect(probability).toBeCloseTo(Number(rows[index]?.['probability']), 5)
  }
})

test('V2: the same rows give the same answers, as tensors', async () => {
  const rows = reference.slice(0, 5)
  const { status, body } = await ask(v2Request(rows.map(featuresOf)))
  expect(status).toBe(200)
  const answer = body as { outputs: { name: string; data: unknown[] }[] }
  expect(answer).toMatchObject({
    model_name: 'flight-delay',
    model_version: '1',
    outputs: [
      { name: 'label', datatype: 'BYTES', shape: [5, 1], data: rows.map((row) => row['label']) },
      { name: 'probability', datatype: 'FP32', shape: [5, 1] },
    ],
  })
  expect(answer.outputs[1]?.data[0]).toBeCloseTo(Number(rows[0]?.['probability']), 5)
})

test('V2: the id comes back, and only the outputs that were asked for', async () => {
  const { body, ...rest } = v2Request([featuresOf(reference[0] ?? {})])
  const asked = { ...(JSON.parse(body ?? '') as object), id: 'request-7', outputs: [{ name: 'probability' }] }
  const answer = await ask({ ...rest, body: JSON.stringify(asked) })
  expect(answer.body).toMatchObject({ id: 'request-7', outputs: [{ name: 'probability' }] })
  expect((answer.body as { outputs: unknown[] }).outputs).toHaveLength(1)
})

test('health and metadata of both protocols', async () => {
  expect(await get('/v2/health/live')).toEqual({ status: 200, body: { live: true } })
  expect(await get('/v2/health/ready')).toEqual({ status: 200, body: { ready: true } })
  expect(await get('/v2/models/flight-delay/ready')).toMatchObject({ status: 200 })
  expect(await get('/v1/models/flight-delay')).toEqual({
    status: 200,
    body: { name: 'flight-delay', ready: true },
  })
  expect(await get('/v1/models')).toEqual({ status: 200, body: { models: ['flight-delay'] } })
  expect((await get('/v2')).body).toMatchObject({ name: 'flight-delay-server' })
  const { body } = await get('/v2/models/flight-delay/versions/1')
  expect((body as { inputs: { name: string }[] }).inputs.map(({ name }) => name)).toEqual(FEATURES)
})

test.each([0, 1, 2, 3, 4])('malformed request %i is the client’s error, and says why', async (mistake) => {
  const { status, body } = await ask(malformedRequest(featuresOf(reference[0] ?? {}), () => mistake / 5))
  expect([400, 404]).toContain(status)
  expect(body).toEqual({ error: expect.stringMatching(/.{10}/) })
})

test.each([
  ['POST', '/v1/models/flight-delay:predict', '{}', 400],
  ['POST', '/v1/models/flight-delay:predict', '{"instances": []}', 400],
  ['POST', '/v1/models/flight-delay:predict', '{"instances": [1]}', 400],
  ['POST', '/v2/models/flight-delay/infer', '[]', 400],
  ['POST', '/v2/models/flight-delay/infer', '{"inputs": [{"name": "x"}]}', 400],
  ['GET', '/v1/models/flight-delay:predict', undefined, 405],
  ['GET', '/nowhere', undefined, 404],
] as const)('%s %s %s → %i', async (method, path, body, status) => {
  expect((await ask({ method, path, ...(body === undefined ? {} : { body }) })).status).toBe(status)
})

test('a body of 11 MiB is refused, and the server lives on', async () => {
  const large = JSON.stringify({ instances: ['x'.repeat(11 * 2 ** 20)] })
  const refused = ask({ method: 'POST', path: '/v1/models/flight-delay:predict', body: large }).then(
    ({ status }) => status,
    // The server closes before all of it was sent; some clients report that instead of the answer.
    () => 413,
  )
  expect(await refused).toBe(413)
  expect((await get('/v2/health/ready')).status).toBe(200)
})

test('the share of errors that is asked for', async () => {
  const failing = await startServer('--error-ratio=0.5', '--seed=3')
  const statuses = []
  for (let index = 0; index < 60; index += 1) {
    statuses.push((await ask(v1Request([featuresOf(reference[index] ?? {})]), failing)).status)
  }
  const failed = statuses.filter((status) => status === 500).length
  expect(failed).toBeGreaterThan(15)
  expect(failed).toBeLessThan(45)
  expect(new Set(statuses)).toEqual(new Set([200, 500]))
})

test('the populations: whole, with real missing values, and one of another season', () => {
  const ordinary = readRows('ordinary')
  const changed = readRows('changed')
  expect([reference.length, ordinary.length, changed.length]).toEqual([6000, 8000, 8000])
  const mean = (rows: readonly Row[], name: string): number =>
    rows.reduce((total, row) => total + Number(row[name] ?? 0), 0) / rows.length
  expect(mean(changed, 'temperature_f') - mean(ordinary, 'temperature_f')).toBeGreaterThan(25)
  expect(Math.abs(mean(reference, 'temperature_f') - mean(ordinary, 'temperature_f'))).toBeLessThan(0.5)
  for (const rows of [reference, ordinary, changed]) {
    const missing = rows.filter((row) => row['pressure_hpa'] === null).length / rows.length
    expect(missing).toBeGreaterThan(0.01)
    expect(missing).toBeLessThan(0.3)
  }
})

test('the same seed draws the same numbers, evenly', () => {
  const [a, b] = [createRandom(7), createRandom(7)]
  const drawn = Array.from({ length: 10_000 }, a)
  expect(drawn).toEqual(Array.from({ length: 10_000 }, b))
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...drawn)).toBeLessThan(1)
  expect(drawn.reduce((total, value) => total + value, 0) / drawn.length).toBeCloseTo(0.5, 1)
})
