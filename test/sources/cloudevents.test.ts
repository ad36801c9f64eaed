/** Events as KServe's and Seldon's loggers send them, over HTTP, through the protocols, to rows. */
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { decodingOf } from '../../src/protocols/decoding.ts'
import { protocolsOptions } from '../../src/protocols/options.ts'
import { cloudeventsOptions } from '../../src/sources/cloudevents-options.ts'
import { CloudeventsReceiver } from '../../src/sources/cloudevents-receiver.ts'
import { type CloudeventsStats, newCloudeventsStats } from '../../src/sources/cloudevents-stats.ts'
import { type CellValue, readColumns } from '../protocols/read-batch.ts'

interface Rows {
  readonly model: string
  readonly version: string
  readonly protocol: string
  readonly features: Record<string, CellValue[]>
  readonly predictions: Record<string, CellValue[]>
}

const MAX_BODY_BYTES = 4_096
let clock: ManualClock
let sink: CloudeventsReceiver
let stats: CloudeventsStats
let url: string
let rows: Rows[]
let traffic: { model: string; operation: string; outcome: string; seconds: number }[]
let failures: string[]

beforeEach(() => open())
afterEach(() => sink.close())

async function open(options: Record<string, unknown> = {}): Promise<void> {
  clock = new ManualClock()
  rows = []
  traffic = []
  failures = []
  const pipeline = new Pipeline({
    decoding: decodingOf(protocolsOptions.parse({ selectors: { features: '$.customer' } }), {
      maxBodyBytes: MAX_BODY_BYTES,
    }),
    labels: new ModelLabels(16, { model: undefined, version: undefined }),
    maxColumns: 50,
    onRecognised: ({ model, operation, exchange }) =>
      traffic.push({ model, operation, outcome: exchange.outcome, seconds: exchange.endedMs ?? 0 }),
    onRows: ({ model, version }, protocol, batch) =>
      rows.push({
        model,
        version,
        protocol,
        features: readColumns(batch.features, batch.rows),
        predictions: readColumns(batch.predictions, batch.rows),
      }),
    onDecodeFailure: (protocol, failure) => failures.push(`${protocol} ${failure}`),
    onDroppedColumns: () => undefined,
    onBug: (error) => {
      throw error
    },
  })
  stats = newCloudeventsStats()
  sink = await CloudeventsReceiver.open({
    stats,
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    options: cloudeventsOptions.parse(options),
    maxBodyBytes: MAX_BODY_BYTES,
    clock,
    logger: silentLogger,
    sink: pipeline,
  })
  const { address } = sink
  url = `http://127.0.0.1:${address.kind === 'tcp' ? address.port : 0}/`
}

async function reopen(options: Record<string, unknown>): Promise<void> {
  await sink.close()
  await open(options)
}

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<number> {
  const response = await fetch(url, { method: 'POST', body, headers })
  await response.text()
  return response.status
}

/** As KServe's agent sends it. */
function kserve(side: 'request' | 'response', id: string, more: Record<string, string> = {}) {
  return {
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-type': `org.kubeflow.serving.inference.${side}`,
    'ce-source': 'http://localhost:9081/',
    'ce-time': '2025-03-01T10:00:00Z',
    'ce-inferenceservicename': 'credit',
    'ce-namespace': 'risk',
    'ce-component': 'predictor',
    'ce-endpoint': 'default',
    'ce-metadata': '{}',
    'content-type': 'application/json',
    ...more,
  }
}

const ASK = JSON.stringify({ instances: [{ age: 3 }, { age: 4 }] })
const ANSWER = JSON.stringify({ predictions: [0.5, 0.75] })
const BOTH = { features: { age: [3, 4] }, predictions: { prediction: [0.5, 0.75] } }

describe('the two events of a call', () => {
  test.each([
    ['in order', true],
    ['the answer first', false],
  ])('are one prediction, %s', async (_, inOrder) => {
    const halves = [() => post(ASK, kserve('request', 'a')), () => post(ANSWER, kserve('response', 'a'))]
    for (const send of inOrder ? halves : halves.reverse()) expect(await send()).toBe(200)
    expect(rows).toEqual([{ model: 'credit', version: '', protocol: 'kserve-v1', ...BOTH }])
    expect(traffic).toEqual([{ model: 'credit', operation: 'predict', outcome: 'success', seconds: NaN }])
    expect(failures).toEqual([])
    expect(stats).toMatchObject({ events: { request: 1, response: 1 }, waiting: 0 })
  })

  // KServe's logger gives the answer the content type of the request.
  test.each([
    [
      'events',
      'data: {"model":"llm","choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\ndata: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":8}}\n\ndata: [DONE]\n\n',
      'success',
    ],
    [
      'lines',
      '{"model":"llm","message":{"content":"Hi"},"done":false}\n{"done":true,"done_reason":"stop","eval_count":8}\n',
      'success',
    ],
    [
      'events that end in an error',
      'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\ndata: {"error":{"message":"x","code":500}}\n\n',
      'server_error',
    ],
  ])('of a streamed chat are read whatever they are labelled: %s', async (_, answer, outcome) => {
    const ask = JSON.stringify({ model: 'llm', stream: true, messages: [{ role: 'user', content: 'hi' }] })
    for (const packed of [false, true]) {
      await post(ask, kserve('request', `s-${packed}`))
      const body = packed ? gzipSync(answer) : answer
      await post(body, kserve('response', `s-${packed}`))
    }
    expect(traffic.map((call) => call.outcome)).toEqual([outcome, outcome])
    expect(rows.map(({ predictions }) => predictions['output_tokens'])).toEqual(
      outcome === 'success' ? [[8], [8]] : [],
    )
    expect(failures).toEqual([])
  })

  test('of Seldon are joined by the request id, node by node', async () => {
    const seldon = (side: string, node: string, id: string) => ({
      'ce-specversion': '0.3',
      'ce-id': id,
      'ce-requestid': 'r-1',
      'ce-type': `io.seldon.serving.inference.${side}`,
      'ce-modelid': node,
      'ce-inferenceservicename': 'income',
      'ce-endpoint': 'default',
      'content-type': 'application/json',
    })
    const ask = JSON.stringify({ data: { names: ['age', 'hours'], ndarray: [[30, 40]] } })
    const answer = JSON.stringify({ data: { names: ['score'], ndarray: [[0.25]] } })
    await post(ask, seldon('request', 'scaler', '1'))
    await post(ask, seldon('request', 'income', '2'))
    await post(answer, seldon('response', 'income', '3'))
    expect(rows).toMatchObject([
      { model: 'income', protocol: 'seldon-v1', features: { age: [30], hours: [40] } },
    ])
    expect(Object.values(rows[0]?.predictions ?? {})).toEqual([[0.25]])
    expect(stats.waiting).toBe(1)
  })

  test('structured and in batches', async () => {
    const structured = (side: string, data: Record<string, unknown>) => ({
      specversion: '1.0',
      id: 'b',
      source: 'x',
      type: `org.kubeflow.serving.inference.${side}`,
      inferenceservicename: 'iris',
      endpoint: 'canary',
      datacontenttype: 'application/json',
      ...data,
    })
    const tensor = (name: string, data: number[]) => [{ name, shape: [2, 1], datatype: 'FP64', data }]
    const batch = [
      structured('request', { data: { inputs: tensor('x', [1.5, 2]) } }),
      structured('response', {
        data_base64: Buffer.from(
          JSON.stringify({ model_name: 'iris', model_version: '7', outputs: tensor('y', [0, 1]) }),
        ).toString('base64'),
      }),
    ]
    expect(await post(JSON.stringify(batch), { 'content-type': 'application/cloudevents-batch+json' })).toBe(
      200,
    )
    expect(rows).toMatchObject([
      {
        model: 'iris',
        version: '7',
        protocol: 'oip-v2',
        features: { x: [1.5, 2] },
        predictions: { y: [0, 1] },
      },
    ])
  })

  test('an explainer, a canary, a transformer and free-form JSON keep apart', async () => {
    for (const more of [
      { 'ce-component': 'explainer' },
      { 'ce-endpoint': 'canary' },
      { 'ce-component': 'transformer' },
    ] as Record<string, string>[]) {
      await post(ASK, kserve('request', 'same', more))
      await post(ANSWER, kserve('response', 'same', more))
    }
    await post('{"customer":{"age":5}}', kserve('request', 'c'))
    await post('{"score":1}', kserve('response', 'c'))
    expect(traffic.map(({ operation }) => operation)).toEqual(['explain', 'predict', 'predict', 'predict'])
    expect(rows.map(({ model, version, protocol }) => `${model} ${version} ${protocol}`)).toEqual([
      'credit  kserve-v1',
      'credit canary kserve-v1',
      'credit/transformer  kserve-v1',
      'credit  freeform',
    ])
  })

  test('packed bodies are unpacked, with and without the header that says so', async () => {
    const packed = new Uint8Array(gzipSync(ASK))
    await post(packed, kserve('request', 'a'))
    await post(ANSWER, kserve('response', 'a'))
    await post(packed, kserve('request', 'b', { 'content-encoding': 'gzip' }))
    await post(ANSWER, kserve('response', 'b'))
    expect(rows).toMatchObject([BOTH, BOTH])
  })
})

describe('one event alone', () => {
  test('gives its rows after the wait, and is no traffic', async () => {
    await post(ASK, kserve('request', 'a'))
    clock.advance(29_999)
    sink.expire()
    expect(rows).toEqual([])
    clock.advance(1)
    sink.expire()
    await post(ANSWER, kserve('response', 'b'))
    clock.advance(30_000)
    sink.expire()
    expect(rows).toMatchObject([
      { features: BOTH.features, predictions: {} },
      { features: {}, predictions: BOTH.predictions },
    ])
    expect(traffic).toEqual([])
    expect(failures).toEqual([])
    expect(stats.unjoined).toMatchObject({ timeout: 2, full: 0 })
  })

  test('goes when there is no more room, the oldest first', async () => {
    await reopen({ maxWaiting: 2 })
    for (const id of ['a', 'b', 'c']) await post(ASK, kserve('request', id))
    expect(rows).toHaveLength(1)
    expect(stats).toMatchObject({ waiting: 2, unjoined: { full: 1 } })
    await reopen({ maxWaitingBytes: ASK.length + 10 })
    for (const id of ['a', 'b']) await post(ASK, kserve('request', id))
    expect(stats).toMatchObject({ waiting: 1, unjoined: { full: 1 } })
  })

  test('that comes twice counts once; without an id it goes at once', async () => {
    for (let time = 0; time < 2; time += 1) await post(ASK, kserve('request', 'a'))
    await post(ASK, { ...kserve('request', ''), 'ce-id': '' })
    expect(rows).toHaveLength(1)
    expect(stats.unjoined).toMatchObject({ duplicate: 1, 'no-id': 1 })
  })

  test('goes when modeltap stops', async () => {
    await post(ASK, kserve('request', 'a'))
    await sink.close()
    expect(rows).toHaveLength(1)
    expect(stats.unjoined.stopped).toBe(1)
    await open()
  })
})

describe('what is no use', () => {
  test.each([
    ['not-a-cloudevent', 400, ASK, { 'content-type': 'application/json' }],
    ['not-a-cloudevent', 400, 'nonsense', { 'content-type': 'application/cloudevents+json' }],
    ['type-unknown', 200, ASK, { ...kserve('request', 'a'), 'ce-type': 'io.seldon.serving.unknown' }],
    ['type-unknown', 200, ASK, { ...kserve('request', 'a'), 'ce-type': 'constructor' }],
    ['too-large', 413, 'x'.repeat(MAX_BODY_BYTES + 1), kserve('request', 'a')],
    ['too-large', 413, 'x'.repeat(100_000), kserve('request', 'a')],
  ] as const)('is refused as %s with %i', async (reason, status, body, headers) => {
    expect(await post(body, headers)).toBe(status)
    expect(stats.refused[reason]).toBe(1)
    expect(stats.waiting).toBe(0)
  })

  test('is counted by the protocols when its payload is broken', async () => {
    await post('{"instances": 7}', kserve('request', 'a'))
    await post(ANSWER, kserve('response', 'a'))
    expect(failures).toEqual(['kserve-v1 shape-unknown'])
  })

  test('a port that is taken is an error with the key to change', async () => {
    const { address } = sink
    const dependencies = {
      options: cloudeventsOptions.parse({}),
      maxBodyBytes: 1,
      clock,
      logger: silentLogger,
      stats,
    }
    const nobody = { accept: () => undefined, acceptDecoded: () => undefined }
    await expect(
      CloudeventsReceiver.open({ ...dependencies, listen: address, sink: nobody }),
    ).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      hint: expect.stringContaining('cloudevents.listen') as string,
    })
  })
})
