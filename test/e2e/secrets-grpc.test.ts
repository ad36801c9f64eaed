/**
 * Marked secrets in gRPC calls, as values, names, models, metadata and errors: none of them comes out. `secrets.test.ts`
 * does the same for JSON, files and commands.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as grpc from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { protocols } from '../../src/protocols/index.ts'
import { type RunningModeltap, startModeltap } from '../support/modeltap.ts'
import {
  type GrpcBodies,
  openInference,
  seldon,
  tensorFlowClassify,
  tensorFlowPredict,
  type Texts,
} from './secret-grpc-bodies.ts'

const TOKEN = 'a-token-of-the-test'
const WORD = 'zqxsecret'
const DOMAIN = 'canary-mail.example'
const ROWS = 150
/** A method that no protocol knows, under a name that is an address. */
const ODD_METHOD = `/orders.Service/ann@${DOMAIN}`

let made = 0
const word = (): string => `${WORD}${(made += 1)}`
const mail = (): string => `ann${(made += 1)}@${DOMAIN}`
const alternating = (): string => (made % 2 === 0 ? word() : mail())

const asValues: Texts = { value: alternating, name: (usual) => usual }
/** One address for all rows: only what it looks like keeps it out. */
const asFrequentValue: Texts = { value: () => `everybody@${DOMAIN}`, name: (usual) => usual }
const asNames: Texts = { value: mail, name: mail }

const callsWith = (texts: Texts): GrpcBodies[] => [
  openInference(texts, false),
  openInference(texts, true),
  tensorFlowPredict(texts),
  tensorFlowClassify(texts),
  seldon(texts),
]

type Answer = { readonly bytes: Buffer } | { readonly code: grpc.status; readonly details: string }

const raw = (bytes: Buffer): Buffer => bytes
let answer: Answer
let server: grpc.Server
let client: grpc.Client
let modeltap: RunningModeltap
let directory: string

function metadata(): grpc.Metadata {
  const made = new grpc.Metadata()
  made.set('authorization', `Bearer ${word()}`)
  made.set('x-user', mail())
  made.set('x-request-id', word())
  return made
}

async function call({ path, request }: GrpcBodies, next: Answer): Promise<grpc.status> {
  answer = next
  return new Promise((done) => {
    client.makeUnaryRequest(path, raw, raw, request, metadata(), (error) =>
      done(error === null ? grpc.status.OK : error.code),
    )
  })
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'modeltap-test-'))
  server = new grpc.Server()
  const handle: grpc.handleUnaryCall<Buffer, Buffer> = (one, done) => {
    one.sendMetadata(metadata())
    if ('bytes' in answer) done(null, answer.bytes, metadata())
    else done({ ...answer, metadata: metadata() })
  }
  for (const path of new Set([...callsWith(asValues).map((one) => one.path), ODD_METHOD]))
    server.register(path, handle, raw, raw, 'unary')
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  modeltap = await startModeltap(['--upstream', `127.0.0.1:${port}`], {
    MODELTAP_BASELINE_LEARN_ROWS: '100',
    MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
    MODELTAP_EVALUATION_INTERVAL: '100ms',
    MODELTAP_STATE_DIRECTORY: join(directory, 'state'),
    MODELTAP_STATE_INTERVAL: '100ms',
    MODELTAP_ADMIN_TOKEN: TOKEN,
  })
  client = new grpc.Client(new URL(modeltap.dataUrl).host, grpc.credentials.createInsecure())
}, 60_000)

afterAll(async () => {
  client.close()
  await modeltap.stop()
  server.forceShutdown()
  rmSync(directory, { recursive: true })
})

/** Strings of one byte a character, and of two as JavaScript keeps the others. */
function readAll(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter((file) => file.isFile())
    .map(({ name }) => readFileSync(join(folder, name)))
    .map((bytes) => bytes.toString('latin1') + bytes.toString('utf16le'))
    .join('\n')
}

const read = async (path: string): Promise<string> =>
  (await fetch(`${modeltap.adminUrl}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } })).text()

const PATIENCE = { timeout: 30_000, interval: 100 }
const grpcNames = protocols.map(({ name }) => String(name)).filter((name) => name.endsWith('-grpc'))

test('values, names, models, metadata and errors of gRPC', { timeout: 120_000 }, async () => {
  for (let row = 0; row < ROWS; row += 1) {
    for (const one of callsWith(row % 5 === 0 ? asFrequentValue : asValues))
      expect(await call(one, { bytes: one.response })).toBe(grpc.status.OK)
  }
  for (const one of callsWith(asNames)) await call(one, { bytes: one.response })
  for (const one of callsWith(asValues)) {
    const code = await call(one, { code: grpc.status.INVALID_ARGUMENT, details: `no ${mail()} ${word()}` })
    expect(code).toBe(grpc.status.INVALID_ARGUMENT)
    // Bodies that are no protobuf.
    await call({ ...one, request: Buffer.from(mail()) }, { bytes: Buffer.from(word()) })
  }
  for (const one of callsWith(asNames)) {
    await call(one, { code: grpc.status.NOT_FOUND, details: mail() })
    await call({ ...one, path: ODD_METHOD }, { bytes: one.response })
    await call({ ...one, path: `/${word()}.Missing/${mail()}` }, { bytes: one.response })
  }
  const outputs = new Map<string, string>()
  await expect
    .poll(async () => (await read('/api/v1/models')).split('"state":"learned"').length - 1, PATIENCE)
    .toBeGreaterThanOrEqual(callsWith(asValues).length)
  for (const path of ['/metrics', '/', '/api/v1/status', '/api/v1/models', '/api/v1/drift', '/api/v1/routes'])
    outputs.set(path, await read(path))
  for (const model of ['typed', 'raw', 'tensorflow', 'classify', 'default'])
    outputs.set(`baseline ${model}`, await read(`/api/v1/baseline?model=${model}`))
  await expect.poll(() => readdirSync(join(directory, 'state')), PATIENCE).not.toEqual([])
  outputs.set('checkpoint', readAll(join(directory, 'state')))
  await modeltap.stop()
  outputs.set('checkpoint after the end', readAll(join(directory, 'state')))
  outputs.set('log', modeltap.log())

  const metrics = outputs.get('/metrics') ?? ''
  const seen = new Set([...metrics.matchAll(/protocol="([^"]+)"/g)].map(([, name]) => name))
  expect(grpcNames.filter((name) => !seen.has(name))).toEqual([])
  expect(metrics).toMatch(/modeltap_feature_values_total\{[^}]*model="tensorflow"[^}]*feature="who"/)
  for (const [name, text] of outputs) {
    for (const secret of [WORD, DOMAIN]) {
      const at = text.indexOf(secret)
      expect(at < 0 ? '' : `${name}: …${text.slice(Math.max(0, at - 120), at + 60)}`).toBe('')
    }
  }
})
