import { expect, test } from 'vitest'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { NO_PROTOCOL, Pipeline, traceExchange } from '../../src/analysis/pipeline.ts'
import type { Exchange } from '../../src/observe/exchange.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import type { RecognisedExchange } from '../../src/sources/record-sink.ts'
import { decodingFor, makeCall } from '../protocols/make-call.ts'
import { batchOf } from '../support/rows.ts'

const V1 = { method: 'POST', target: '/v1/models/risk:predict' }
const REQUEST = '{"instances":[[1,2],[3,4]]}'
const RESPONSE = '{"predictions":[0.1,0.2]}'
const JSON_BODY = { 'content-type': 'application/json' }

const exchangeOf = (call: { method: string; target: string }, request: string, response: string): Exchange =>
  makeCall({
    ...call,
    request: { headers: JSON_BODY, body: request },
    response: { headers: JSON_BODY, body: response },
  }).exchange

function setUp(labels = new ModelLabels(4, { model: undefined, version: undefined })) {
  const recognised: RecognisedExchange[] = []
  const rows: string[] = []
  const failures: string[] = []
  const bugs: unknown[] = []
  let dropped = 0
  const pipeline = new Pipeline({
    decoding: decodingFor(),
    labels,
    maxColumns: 1,
    onRecognised: (call) => recognised.push(call),
    onRows: ({ model }, protocol, batch) => rows.push(`${protocol} ${model} ${batch.rows}`),
    onDecodeFailure: (protocol, failure) => failures.push(`${protocol} ${failure}`),
    onDroppedColumns: (count) => (dropped += count),
    onBug: (error) => bugs.push(error),
  })
  return { pipeline, recognised, rows, failures, bugs, dropped: () => dropped }
}

test('a call is recognised, counted and gives rows', () => {
  const { pipeline, recognised, rows, failures, dropped } = setUp()
  pipeline.accept(exchangeOf(V1, REQUEST, RESPONSE))
  expect(recognised).toMatchObject([{ protocol: 'kserve-v1', operation: 'predict', model: 'risk' }])
  expect(rows).toEqual(['kserve-v1 risk 2'])
  expect(failures).toEqual([])
  // One column a side is allowed; the rest is counted.
  expect(dropped()).toBeGreaterThan(0)
})

test('a call that failed gives no rows; its model has a label unless the server does not know it', () => {
  const { pipeline, recognised, rows } = setUp()
  const unknown: Exchange = { ...exchangeOf(V1, REQUEST, '{}'), status: 404, outcome: 'client_error' }
  pipeline.accept(unknown)
  const failed: Exchange = { ...exchangeOf(V1, REQUEST, '{}'), status: 500, outcome: 'server_error' }
  pipeline.accept(failed)
  expect(recognised).toMatchObject([
    { protocol: 'kserve-v1', model: 'other' },
    { protocol: 'kserve-v1', model: 'risk' },
  ])
  expect(rows).toEqual([])
})

test('what nobody knows is counted as traffic', () => {
  const { pipeline, recognised, rows } = setUp()
  pipeline.accept(exchangeOf({ method: 'GET', target: '/favicon.ico' }, '', 'x'))
  expect(recognised).toMatchObject([{ protocol: NO_PROTOCOL, operation: 'other' }])
  expect(rows).toEqual([])
})

test('a payload that cannot be read is a reason', () => {
  const { pipeline, rows, failures } = setUp()
  pipeline.accept(exchangeOf(V1, '{"instances":', RESPONSE))
  expect(failures).toEqual(['kserve-v1 not-json'])
  // The other side was read all the same.
  expect(rows).toEqual(['kserve-v1 risk 2'])
})

test('of half a call the missing half is no failure, and it is no traffic', () => {
  const { pipeline, recognised, rows, failures } = setUp()
  pipeline.accept(exchangeOf(V1, REQUEST, ''), 'request')
  expect(recognised).toEqual([])
  expect(failures).toEqual([])
  expect(rows).toEqual(['kserve-v1 risk 2'])
})

test('a source may name the model, and bring rows that it has decoded', () => {
  const { pipeline, recognised, rows } = setUp()
  const exchange = exchangeOf({ method: 'POST', target: '/' }, '', '')
  const call = { exchange, protocol: 'log', operation: 'predict', model: '', version: '' } as const
  pipeline.acceptDecoded({ ...call, batch: batchOf([{ a: 1 }]), failure: undefined })
  pipeline.acceptDecoded({ ...call, batch: new RecordBatch(1), failure: 'not-json' })
  expect(recognised.map(({ model }) => model)).toEqual(['default', 'default'])
  expect(rows).toEqual(['log default 1'])
})

test('a stage that throws is a bug and not an exception', () => {
  const labels = new ModelLabels(1, { model: undefined, version: undefined })
  labels.label = () => {
    throw new Error('broken')
  }
  const { pipeline, bugs } = setUp(labels)
  pipeline.accept(exchangeOf(V1, REQUEST, RESPONSE))
  expect(bugs).toHaveLength(1)
})

test('a trace has no value of the payload', () => {
  const { pipeline, recognised } = setUp()
  pipeline.accept(exchangeOf(V1, REQUEST, RESPONSE))
  const trace = traceExchange(recognised[0] as RecognisedExchange, 'not-json')
  expect(Object.keys(trace)).toEqual(['protocol', 'operation', 'method', 'status', 'seconds', 'failure'])
})
