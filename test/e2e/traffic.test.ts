/** What the sidecar says about traffic that a test sent, good and bad; and that bad payloads pass untouched. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

const CONFIG_ENVIRONMENT = {
  MODELTAP_BASELINE_LEARN_ROWS: '100',
  MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
  MODELTAP_EVALUATION_INTERVAL: '100ms',
}

let upstream: TestUpstream
let modeltap: RunningModeltap
/** What the model server got, byte for byte, by the request's number. */
const received: Buffer[] = []

beforeAll(async () => {
  upstream = await startUpstream((request, body, response) => {
    received.push(body)
    const wanted = request.headers['x-answer']
    const [status = '200', type = 'application/json'] = String(request.headers['x-status'] ?? '200').split(
      ' ',
    )
    response.writeHead(Number(status), { 'content-type': type })
    response.end(typeof wanted === 'string' ? wanted : JSON.stringify({ predictions: [0.5] }))
  })
  modeltap = await startModeltap(['--upstream', upstream.address], CONFIG_ENVIRONMENT)
})

afterAll(async () => {
  expect(await modeltap.stop()).toBe(0)
  await upstream.close()
})

const PREDICT = '/v1/models/credit:predict'

interface Sent {
  readonly path?: string
  readonly body: string | Buffer
  readonly headers?: Record<string, string>
}

async function send({ path = PREDICT, body, headers = {} }: Sent): Promise<Response> {
  return fetch(modeltap.dataUrl + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
}

const total = (exposition: string, name: string, labels: Record<string, string>): number =>
  samples(exposition, name, labels).reduce((sum, { value }) => sum + value, 0)

test('outcomes, codes and rows are counted; values are never', async () => {
  for (let row = 0; row < 120; row += 1) {
    const instance = { income: 1000 + row, job: row % 2 === 0 ? 'cook' : 'secret-occupation' }
    expect((await send({ body: JSON.stringify({ instances: [instance] }) })).status).toBe(200)
  }
  await send({ body: '{"instances":[1]}', headers: { 'x-status': '422' } })
  await send({ body: '{"instances":[1]}', headers: { 'x-status': '503' } })
  await eventually(modeltap, (exposition) => {
    const credit = { model: 'credit', operation: 'predict', protocol: 'kserve-v1' }
    expect(total(exposition, 'modeltap_requests_total', { ...credit, outcome: 'success' })).toBe(120)
    expect(total(exposition, 'modeltap_requests_total', { ...credit, code: '422' })).toBe(1)
    expect(total(exposition, 'modeltap_requests_total', { ...credit, outcome: 'server_error' })).toBe(1)
    expect(total(exposition, 'modeltap_predictions_total', { model: 'credit' })).toBe(120)
    expect(samples(exposition, 'modeltap_baseline_observations', { model: 'credit' })[0]?.value).toBe(100)
  })
})

const BROKEN: readonly (Sent & { readonly name: string; readonly reason: string })[] = [
  { name: 'broken JSON', body: '{"instances": [[1,', reason: 'not-json' },
  { name: 'an empty body', body: '', reason: 'empty' },
  { name: 'a wrong shape', body: '{"instances": 7}', reason: 'shape-unknown' },
  { name: 'rows of unequal length', body: '{"instances": [[1,2],[3]]}', reason: 'rows-unequal' },
  {
    name: 'a body over the limit',
    body: `{"instances":[[${'1,'.repeat(5_000_000)}1]]}`,
    reason: 'truncated',
  },
  {
    name: 'an unknown content encoding',
    body: 'xx',
    headers: { 'content-encoding': 'secret-codec' },
    reason: 'encoding-unknown',
  },
  {
    name: 'a broken gzip body',
    body: Buffer.concat([gzipSync('{"instances":[[1]]}').subarray(0, 20), Buffer.from('garbage in here')]),
    headers: { 'content-encoding': 'gzip' },
    reason: 'encoding-broken',
  },
]

for (const { name, reason, ...sent } of BROKEN) {
  test(`${name} passes untouched and is counted as ${reason}`, async () => {
    const before = await (await fetch(`${modeltap.adminUrl}/metrics`)).text()
    const count = (exposition: string): number =>
      total(exposition, 'modeltap_decode_failures_total', { protocol: 'kserve-v1', reason })
    const response = await send(sent)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('{"predictions":[0.5]}')
    expect(received.at(-1)?.equals(Buffer.from(sent.body))).toBe(true)
    await eventually(modeltap, (exposition) => expect(count(exposition)).toBe(count(before) + 1))
  })
}

test('no payload value and no category beyond the baseline is in the log', () => {
  expect(modeltap.log()).not.toContain('secret-')
})

test('probes answer for themselves, and for the model server where asked', async () => {
  expect((await fetch(`${modeltap.adminUrl}/healthz`)).status).toBe(200)
  expect((await fetch(`${modeltap.adminUrl}/readyz`)).status).toBe(200)
  const nobody = await startModeltap(['--upstream', '127.0.0.1:1'])
  try {
    expect((await fetch(`${nobody.adminUrl}/healthz`)).status).toBe(200)
    expect((await fetch(`${nobody.adminUrl}/readyz`)).status).toBe(503)
    const answer = await fetch(`${nobody.dataUrl}/v1/models/credit:predict`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ upstream: '127.0.0.1:1' })
  } finally {
    await nobody.stop()
  }
})
