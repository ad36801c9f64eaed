/** Raw tensors are read once the model server has said what they are. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCall } from '../../src/calls/call.ts'
import { type FindMetadata } from '../../src/calls/tensor-metadata.ts'
import { boundedGet } from '../../src/model-server/bounded-get.ts'
import { createMetadataStore } from '../../src/model-server/metadata-store.ts'
import { readModelMetadata } from '../../src/model-server/model-metadata.ts'
import { oipV2 } from '../../src/protocols/oip-v2.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import { makeCall } from '../protocols/make-call.ts'
import { readColumns } from '../protocols/read-batch.ts'

const DOCUMENT = {
  name: 'm',
  platform: 'onnxruntime_onnx',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
}

let server: Server
let asked: string[]
let answer: (path: string) => { readonly status: number; readonly body: string } | undefined

beforeEach(() => {
  asked = []
  answer = () => ({ status: 200, body: JSON.stringify(DOCUMENT) })
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const given = answer(request.url ?? '')
    if (given !== undefined) response.writeHead(given.status).end(given.body)
  })
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

async function store(timeoutMs = 2000): Promise<FindMetadata> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return createMetadataStore({
    upstream: { kind: 'tcp', host: '127.0.0.1', port },
    timeoutMs,
    get: boundedGet,
  })
}

/** The features of a raw request of these numbers, or why there are none. */
function decodeRaw(findMetadata: FindMetadata | undefined, numbers: readonly number[]) {
  const body = new Uint8Array(Float32Array.from(numbers).buffer)
  const { exchange, settings } = makeCall({
    target: '/v2/models/m/infer',
    request: { headers: { 'inference-header-content-length': '0' }, body },
    response: { body: '{"model_name":"m","outputs":[]}' },
  })
  const batch = new RecordBatch(10)
  const result = oipV2.decode(createCall(exchange, { ...settings, findMetadata }), batch)
  return batch.features.columns.length > 0 ? readColumns(batch.features, batch.rows) : result
}

test('a raw tensor is opaque until the server has answered, and is asked about once', async () => {
  const find = await store()
  expect(decodeRaw(find, [1, 2, 3, 4])).toEqual({ failure: 'opaque' })
  await vi.waitFor(() => expect(decodeRaw(find, [1, 2, 3, 4])).toEqual({ x_0: [1, 3], x_1: [2, 4] }))
  expect(asked).toEqual(['/v2/models/m'])
  expect(decodeRaw(find, [1, 2, 3])).toEqual({ failure: 'shape-mismatch' })
})

test('a version is asked about by its own path, with what a name may hold', async () => {
  const find = await store()
  expect(find('a b/c', '3')).toBeUndefined()
  await vi.waitFor(() => expect(find('a b/c', '3')?.inputs[0]?.name).toBe('x'))
  expect(asked).toEqual(['/v2/models/a%20b%2Fc/versions/3'])
})

test.each([
  ['an error', { status: 404, body: '{"error":"no"}' }],
  ['no JSON', { status: 200, body: '<html>' }],
  ['another document', { status: 200, body: '{"name":"m"}' }],
  ['too long a document', { status: 200, body: ' '.repeat(2_000_000) }],
])('%s leaves it unknown, without a second question', async (_, given) => {
  answer = () => given
  const find = await store()
  find('m', '')
  await vi.waitFor(() => expect(asked).toHaveLength(1))
  for (let call = 0; call < 5; call += 1) expect(find('m', '')).toBeUndefined()
  expect(asked).toHaveLength(1)
})

test('a server that does not answer in time leaves it unknown', async () => {
  answer = () => undefined
  const find = await store(50)
  find('m', '')
  await vi.waitFor(() => expect(asked).toHaveLength(1))
  expect(find('m', '')).toBeUndefined()
})

test('more models than the limit are not asked about', async () => {
  const find = await store()
  for (let model = 0; model < 100; model += 1) find(`m${model}`, '')
  await vi.waitFor(() => expect(find('m63', '')).toBeDefined())
  expect(new Set(asked).size).toBe(64)
  expect(find('m99', '')).toBeUndefined()
})

test('a server behind a socket file is asked there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'modeltap-metadata-'))
  try {
    const path = join(folder, 'model.sock')
    server.listen(path)
    await once(server, 'listening')
    const find = createMetadataStore({ upstream: { kind: 'unix', path }, timeoutMs: 2000, get: boundedGet })
    find('m', '')
    await vi.waitFor(() => expect(find('m', '')).toBeDefined())
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('two inputs cannot be told from raw bytes', () => {
  const document = { ...DOCUMENT, inputs: [DOCUMENT.inputs[0], DOCUMENT.inputs[0]] }
  expect(decodeRaw(() => readModelMetadata(document), [1, 2])).toEqual({ failure: 'opaque' })
})

test('raw bytes of a model that takes bytes are one value, an image say', () => {
  const document = { ...DOCUMENT, inputs: [{ name: 'x', datatype: 'BYTES', shape: [1] }] }
  expect(decodeRaw(() => readModelMetadata(document), [1, -2])).toEqual({ x_bytes: [8] })
})

test('an open width cannot be told from raw bytes', () => {
  const document = { ...DOCUMENT, inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, -1] }] }
  expect(decodeRaw(() => readModelMetadata(document), [1, 2])).toEqual({ failure: 'shape-mismatch' })
})

test.each([null, 1, [], {}, { inputs: [], outputs: {} }, { inputs: [{ name: 1 }], outputs: [] }])(
  '%j is no metadata',
  (document) => {
    expect(readModelMetadata(document)).toBeUndefined()
  },
)
