/** MLServer with a scikit-learn model, asked by NVIDIA's tritonclient: V2 as JSON and over gRPC. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { samples, startModeltap } from '../support/modeltap.ts'
import { checkIris, sumOf } from './iris.ts'
import { freePorts, type PythonServer, runPython, startPythonServer } from './python-environment.ts'

let folder: string
let server: PythonServer
let address: { readonly rest: string; readonly grpc: string }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modeltap-mlserver-'))
  const [rest = 0, grpc = 0, metrics = 0] = await freePorts(3)
  address = { rest: `127.0.0.1:${rest}`, grpc: `127.0.0.1:${grpc}` }
  await runPython('servers', 'mlserver_model.py', [folder, String(rest), String(grpc), String(metrics)])
  server = await startPythonServer({
    environment: 'servers',
    program: 'mlserver',
    args: ['start', folder],
    url: `http://${address.rest}/v2/models/iris/ready`,
    folder,
  })
})

afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

test.each([
  ['http-json', 'rest', 'oip-v2'],
  ['grpc', 'grpc', 'oip-v2-grpc'],
] as const)('by %s', async (kind, port, protocol) => {
  await checkIris({ environment: 'servers', kind, upstream: address[port], version: 'v1', protocol })
})

test('both ports behind one modeltap, asked at once: one model, counted together', async () => {
  const [listen = 0] = await freePorts(1)
  const modeltap = await startModeltap([
    ...['--upstream', address.rest, '--listener', `127.0.0.1:${listen}=${address.grpc}`],
  ])
  try {
    const rest = new URL(modeltap.dataUrl).host
    await Promise.all([
      runPython('servers', 'oip_client.py', ['http-json', rest, '20']),
      runPython('servers', 'oip_client.py', ['grpc', `127.0.0.1:${listen}`, '30']),
    ])
    await eventually(modeltap, (exposition) => {
      const requests = (protocol: string): number =>
        sumOf(exposition, 'modeltap_requests_total', { model: 'iris', operation: 'predict', protocol })
      expect([requests('oip-v2'), requests('oip-v2-grpc')]).toEqual([20, 30])
      // Ten rows a request, in one series of one model.
      expect(samples(exposition, 'modeltap_predictions_total').map(({ value }) => value)).toEqual([500])
    })
    const ready = (await (await fetch(`${modeltap.adminUrl}/readyz`)).json()) as {
      readonly checks: readonly { readonly detail: string }[]
    }
    expect(ready.checks.at(-1)?.detail).toBe(`${address.rest}, ${address.grpc} accept connections`)
  } finally {
    expect(await modeltap.stop()).toBe(0)
  }
})
