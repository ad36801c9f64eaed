/** MLServer with a scikit-learn model, asked by NVIDIA's tritonclient: V2 as JSON and over gRPC. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { checkIris } from './iris.ts'
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
