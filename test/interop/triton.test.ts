/** Triton itself, asked by its own client: binary tensors over HTTP, raw contents over gRPC, and one raw tensor. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { samples } from '../support/modeltap.ts'
import { checkIris, startIrisTap, sumOf } from './iris.ts'
import { freePorts, type PythonServer, startPythonServer } from './python-environment.ts'

let folder: string
let server: PythonServer
let address: { readonly rest: string; readonly grpc: string }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modeltap-triton-'))
  const [rest = 0, grpc = 0, metrics = 0] = await freePorts(3)
  address = { rest: `127.0.0.1:${rest}`, grpc: `127.0.0.1:${grpc}` }
  server = await startPythonServer({
    environment: 'triton',
    program: 'triton_server.py',
    args: [folder, String(rest), String(grpc), String(metrics)],
    url: `http://${address.rest}/v2/models/iris/ready`,
    folder,
  })
})

afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

test.each([
  ['http', 'rest', 'oip-v2'],
  ['http-json', 'rest', 'oip-v2'],
  ['grpc', 'grpc', 'oip-v2-grpc'],
] as const)('by %s', async (kind, port, protocol) => {
  await checkIris({ environment: 'triton', kind, upstream: address[port], version: '1', protocol })
})

test('a body that is one raw tensor gets its names from the metadata of the model', async () => {
  // A capture reads these requests together, most of them before the server has answered what its tensors are.
  const modeltap = await startIrisTap(address.rest, { withRows: false })
  try {
    const ask = async (): Promise<number> => {
      const response = await fetch(`${modeltap.dataUrl}/v2/models/iris/infer`, {
        method: 'POST',
        headers: { 'inference-header-content-length': '0', 'content-type': 'application/octet-stream' },
        body: new Uint8Array(Float32Array.of(5.1, 3.5, 1.4, 0.2).buffer),
      })
      await response.arrayBuffer()
      return response.status
    }
    for (let request = 0; request < 200; request += 1) expect(await ask()).toBe(200)
    await eventually(modeltap, (exposition) => {
      // Until the server had answered, the requests were opaque; their predictions count all the same.
      expect(sumOf(exposition, 'modeltap_predictions_total', { model: 'iris', version: '1' })).toBe(200)
      const opaque = sumOf(exposition, 'modeltap_decode_failures_total', { reason: 'opaque' })
      expect(opaque).toBeGreaterThan(0)
      expect(opaque).toBeLessThan(100)
      const columns = samples(exposition, 'modeltap_feature_values_total', { model: 'iris', kind: 'valid' })
      expect(columns.map(({ labels }) => labels['feature']).sort()).toEqual(
        [0, 1, 2, 3].map((index) => `flowers_${index}`),
      )
    })
  } finally {
    expect(await modeltap.stop()).toBe(0)
  }
})
