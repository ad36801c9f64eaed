/** What a hostile client may make of the forms costs no more time and memory than its bytes. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { expect, test } from 'vitest'
import { recognise } from '../../src/protocols/index.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import { makeCall, type MessageSpec } from './make-call.ts'
import { readColumns } from './read-batch.ts'

const V1 = '/v1/models/m:predict'
const CSV = { 'content-type': 'text/csv' }
/** Each of these calls takes some tens of milliseconds; what it is bounded against took from two to a hundred seconds. */
const MOST_MS = 1_500

function decode(
  target: string,
  request: MessageSpec,
  response: MessageSpec = { body: '{"predictions":[1]}' },
) {
  const call = makeCall({ target, request, response })
  const batch = new RecordBatch(200)
  const started = performance.now()
  const failure = recognise(call)?.protocol?.decode(call, batch)?.failure
  expect(performance.now() - started).toBeLessThan(MOST_MS)
  return { failure, batch }
}

const members = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]))
const json = (value: unknown): MessageSpec => ({ body: JSON.stringify(value) })

test('a long name is not written once for each of its members', () => {
  const { batch } = decode(V1, json({ instances: [{ ['p'.repeat(500_000)]: members(20_000) }] }))
  expect(batch.features.columns).toEqual([])
  expect(batch.features.droppedColumns).toBe(1)
})

test('a long name is not written once for each row or element', () => {
  const name = 'n'.repeat(500_000)
  const texts = {
    name,
    shape: [5_000, 1],
    datatype: 'BYTES',
    data: Array(5_000).fill('one two three four five six'),
  }
  const wide = { name, shape: [1, 200], datatype: 'FP32', data: Array(200).fill(1) }
  for (const tensor of [texts, wide]) {
    const { batch } = decode('/v2/models/m/infer', json({ inputs: [tensor] }), json({ outputs: [] }))
    expect(batch.features.columns).toEqual([])
    expect(batch.features.droppedColumns).toBeGreaterThan(0)
  }
})

test.each([
  ['without a header', `${'1,'.repeat(200_000)}1\n${'1\n'.repeat(9_000)}`],
  [
    'with a header',
    `${Array.from({ length: 50_000 }, (_, index) => `c${index}`).join()}\n${'1\n'.repeat(9_000)}`,
  ],
])('lines of CSV %s that are far from equal are no table', (_, body) => {
  expect(decode('/invocations', { headers: CSV, body }).failure).toBe('rows-unequal')
})

test('a very wide line of CSV is measured as an array is', () => {
  const { batch } = decode('/invocations', { headers: CSV, body: `${'3,'.repeat(100_000)}3` })
  expect(readColumns(batch.features, 1)).toEqual({
    feature_size: [100_001],
    feature_mean: [3],
    feature_stddev: [0],
    feature_min: [3],
    feature_max: [3],
  })
})

test('a long context for many examples is too much', () => {
  const body = json({ context: members(30_000), examples: Array(9_000).fill({}) })
  expect(decode('/v1/models/m:classify', body).failure).toBe('too-many-rows')
})

test('tensors of some bytes that say to be of millions of elements get room once', () => {
  const tensor = (elements: number) =>
    new BinaryWriter()
      .tag(1, 0)
      .int32(1) // DT_FLOAT
      .tag(2, 2)
      .bytes(
        new BinaryWriter()
          .tag(2, 2)
          .bytes(new BinaryWriter().tag(1, 0).int64(1).finish())
          .tag(2, 2)
          .bytes(new BinaryWriter().tag(1, 0).int64(elements).finish())
          .finish(),
      )
      .tag(5, 5)
      .float(7)
      .finish()
  const request = new BinaryWriter()
  for (let index = 0; index < 500; index += 1)
    request
      .tag(2, 2)
      .bytes(new BinaryWriter().tag(1, 2).string(`t${index}`).tag(2, 2).bytes(tensor(3_000_000)).finish())
  const message = request.finish()
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  const headers = { 'content-type': 'application/grpc' }
  const body = Buffer.concat([head, message])
  const { batch, failure } = decode(
    '/tensorflow.serving.PredictionService/Predict',
    { headers, body },
    { headers },
  )
  expect(failure).toBe('shape-mismatch')
  expect(readColumns(batch.features, 1)).toMatchObject({ t0_size: [3_000_000], t0_mean: [7] })
  expect(batch.features.columns.map(({ name }) => name.split('_')[0])).not.toContain('t1')
})

test('a label longer than any category is no text', () => {
  const label = 'x'.repeat(100_000)
  const { batch } = decode(
    '/v1/models/m:classify',
    json({ examples: [{ a: 1 }] }),
    json({ result: [[[label, 0.5]]] }),
  )
  expect(readColumns(batch.predictions, 1)).toEqual({
    prediction_class: [{ other: true }],
    prediction_confidence: [0.5],
  })
})

test('a sparse vector of any length has a norm', () => {
  const vector = Array.from({ length: 40_000 }, (_, index) => ({ index, value: 0.5 }))
  // Arguments of a function are on the stack, which holds fewer than there are values in a vector.
  const { batch } = decode(
    '/embed_sparse',
    json({ inputs: 'a' }),
    json([[...vector, ...vector, ...vector, ...vector]]),
  )
  expect(readColumns(batch.predictions, 1)).toEqual({ embedding_norm: [200], embedding_entries: [160_000] })
})

test('names and values that never come again are not kept', () => {
  const batch = new RecordBatch(200)
  const call = (turn: number) => {
    const values = Array.from({ length: 8_000 }, (_, row) => `${turn} ${row}`.padEnd(64, 'x'))
    const request = json({ inputs: { [`column ${turn}`]: values } })
    const exchange = makeCall({ target: V1, request, response: { body: '{"outputs":[1]}' } })
    recognise(exchange)?.protocol?.decode(exchange, batch)
    batch.begin(0)
  }
  call(0)
  const before = heapBytes()
  for (let turn = 1; turn <= 200; turn += 1) call(turn)
  // 200 columns of half a megabyte of text each; one batch's arrays may stay.
  expect(heapBytes() - before).toBeLessThan(10e6)
})

/** After everything that can be collected was. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
