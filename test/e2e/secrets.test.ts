/**
 * Marked secrets go through every protocol, source and command, in every position: names, values, paths, headers, model
 * names, errors. None of them may come out: not in metrics, pages, documents, logs, files or pushes.
 */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { protocols } from '../../src/protocols/index.ts'
import { packet, pcap } from '../capture/packets.ts'
import { writeParquet } from '../sources/write-parquet.ts'
import { runModeltap, type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'

const PATIENCE = { timeout: 60_000 }
const TOKEN = 'a-token-of-the-test'
/** Looks like nothing in particular: shown only where enough rows have it, and none of these has. */
const WORD = 'zqxsecret'
/** Looks like an address, so that it may not be a name either. */
const DOMAIN = 'canary-mail.example'

let made = 0
const word = (): string => `${WORD}${(made += 1)}`
const mail = (): string => `ann${(made += 1)}@${DOMAIN}`
/** A number that payment cards may have: its check digit is right. */
const CARD = 4111111111111111

/** Doors to make the analysis thread fail. */
const PRELOAD = ['killable-analysis', 'poisoned-analysis'].flatMap((name) => [
  '--import',
  resolve(import.meta.dirname, `../support/${name}.ts`),
])

let directory: string
let upstream: Server
let collector: Server
let modeltap: RunningModeltap
/** Everything that came out. */
const outputs = new Map<string, string>()
const pushed: Buffer[] = []

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers what the request asks for with the header `x-answer`, and echoes secrets in its own headers. */
const echo = (): Server =>
  createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const status = Number(request.headers['x-status'] ?? 200)
      const answer = request.headers['x-answer']
      const type = String(request.headers['x-answer-type'] ?? 'application/json')
      response.writeHead(status, { 'content-type': type, 'x-served-for': mail() })
      response.end(typeof answer === 'string' ? answer : '{}')
    })
  })

interface Call {
  readonly path: string
  readonly body: unknown
  readonly answer: unknown
  readonly status?: number
  readonly type?: string
  /** A text instead of JSON. */
  readonly answerType?: string
}

async function call(one: Call): Promise<void> {
  const { path, body, answer, status = 200, type = 'application/json', answerType } = one
  const response = await fetch(`${modeltap.dataUrl}${path}`, {
    method: 'POST',
    headers: {
      'content-type': type,
      'x-answer': answerType === undefined ? JSON.stringify(answer) : String(answer),
      ...(answerType !== undefined && { 'x-answer-type': answerType }),
      'x-status': String(status),
      authorization: `Bearer ${word()}`,
      'x-user': mail(),
      cookie: `session=${word()}`,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  await response.text()
}

/** One call of each shape with secrets as values; numbers keep the rows apart. */
function calls(row: number): Call[] {
  const values = {
    age: row % 60,
    name: word(),
    email: mail(),
    note: `${word()} ${mail()}`,
    card: CARD,
    password: 'hunter2-zqxsecret-common',
  }
  const tensor = (data: unknown[], datatype: string) => [
    { name: 'x', shape: [1, data.length], datatype, data },
  ]
  return [
    {
      path: '/v1/models/v1:predict',
      body: { instances: [values] },
      answer: { predictions: [{ label: word(), score: 0.5 }] },
    },
    {
      path: '/v2/models/v2/infer',
      body: { inputs: tensor([word(), mail()], 'BYTES') },
      answer: { outputs: tensor([word()], 'BYTES') },
    },
    {
      path: '/api/v1.0/predictions',
      body: { data: { names: ['a', 'b'], ndarray: [[word(), row]] } },
      answer: { data: { names: ['p'], ndarray: [[word()]] } },
    },
    { path: '/invocations', body: { dataframe_records: [values] }, answer: { predictions: [word()] } },
    { path: '/invocations', body: `name,age\n${mail()},${row}\n`, answer: [0.5], type: 'text/csv' },
    // TensorFlow Serving over REST.
    {
      path: '/v1/models/tf:classify',
      body: { signature_name: 'serving_default', context: { who: mail() }, examples: [values] },
      answer: {
        result: [
          [
            [word(), 0.75],
            [mail(), 0.25],
          ],
        ],
      },
    },
    {
      path: '/v1/models/tf:regress',
      body: { examples: [{ [mail()]: word(), age: row }] },
      answer: { result: [row / 7] },
    },
    // SageMaker: rows without a header, answered by rows.
    {
      path: '/invocations',
      body: `${mail()},${row}\n`,
      answer: `${word()},0.5`,
      type: 'text/csv',
      answerType: 'text/csv',
    },
    {
      path: '/classify',
      body: `${word()} ${mail()}`,
      answer: word(),
      type: 'text/plain',
      answerType: 'text/plain',
    },
    {
      path: '/score',
      body: { customer: values, request_id: word() },
      answer: { id: word(), result: { label: 'good', who: mail() } },
    },
    {
      path: '/v1/chat/completions',
      body: { model: 'chat', messages: [{ role: 'user', content: `${word()} ${mail()}` }], user: mail() },
      answer: {
        model: 'chat',
        choices: [{ message: { role: 'assistant', content: word() }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 3, completion_tokens: 1 },
      },
    },
    {
      path: '/v1/embeddings',
      body: { model: 'embed', input: word() },
      answer: { data: [{ index: 0, embedding: [0.1, row] }], model: 'embed' },
    },
  ]
}

/** Secrets where names belong, and in what fails. */
function oddCalls(): Call[] {
  const named = { [mail()]: 1, [mail()]: word(), age: 3 }
  return [
    { path: `/v1/models/${mail()}:predict`, body: { instances: [[1, 2]] }, answer: { predictions: [1] } },
    {
      path: '/v1/models/v1:predict',
      body: { instances: [named] },
      answer: { predictions: [{ [mail()]: 0.5 }] },
    },
    {
      path: '/v2/models/v2/infer',
      body: { inputs: [{ name: mail(), shape: [1, 1], datatype: 'FP64', data: [1] }] },
      answer: { outputs: [] },
    },
    {
      path: `/v1/models/v1:predict?token=${word()}&user=${mail()}`,
      body: { instances: [[1]] },
      answer: { predictions: [1] },
    },
    { path: `/users/${mail()}/score/${(made += 1) + 10_000_000}`, body: { x: 1 }, answer: { score: 1 } },
    { path: '/v1/models/v1:predict', body: `{"instances": [["${word()}"`, answer: { error: mail() } },
    {
      path: '/v1/models/v1:predict',
      body: { instances: [word()] },
      answer: { error: `no ${mail()}` },
      status: 500,
    },
    { path: '/v1/models/v1:predict', body: { instances: [word()] }, answer: { error: mail() }, status: 400 },
    {
      path: '/v1/chat/completions',
      body: { model: mail(), messages: [] },
      answer: { error: { message: word() } },
      status: 404,
    },
    {
      path: '/v1/chat/completions',
      body: { model: mail(), messages: [] },
      answer: { model: mail(), choices: [] },
    },
  ]
}

type ParquetRow = Parameters<typeof writeParquet>[0][number]

/** Calls of V1 as tcpdump records them. */
function recording(): Buffer {
  const client = { address: '10.0.0.1', port: 40_000 }
  const server = { address: '10.0.0.2', port: 8080 }
  const packets: Buffer[] = []
  let [asked, answered] = [1000, 5000]
  const add = (isRequest: boolean, payload: Buffer, flags = 0x18): void => {
    const [from, to] = isRequest ? [client, server] : [server, client]
    const [sequence, acknowledged] = isRequest ? [asked, answered] : [answered, asked]
    packets.push(packet({ from, to, sequence, acknowledged, flags, payload }))
    const length = Math.max(payload.length, flags === 0x18 ? 0 : 1)
    if (isRequest) asked += length
    else answered += length
  }
  add(true, Buffer.alloc(0), 0x02)
  add(false, Buffer.alloc(0), 0x12)
  for (let row = 0; row < 120; row += 1) {
    const body = JSON.stringify({ instances: [{ age: row % 60, who: mail(), word: word() }] })
    const answer = JSON.stringify({ predictions: [word()] })
    const head = `content-type: application/json\r\nx-user: ${mail()}\r\n`
    add(
      true,
      Buffer.from(
        `POST /v1/models/seen:predict HTTP/1.1\r\nhost: x\r\n${head}content-length: ${body.length}\r\n\r\n${body}`,
      ),
    )
    add(false, Buffer.from(`HTTP/1.1 200 OK\r\n${head}content-length: ${answer.length}\r\n\r\n${answer}`))
  }
  return pcap(packets.map((bytes, place) => ({ epochMs: Date.UTC(2026, 0, 1) + place, bytes })))
}

const logLine = (row: number): string =>
  `${JSON.stringify({ timestamp: '2026-01-01T00:00:00Z', features: { age: row % 60, who: mail(), word: word() }, predictions: { label: word() } })}\n`

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'modeltap-test-'))
  upstream = echo()
  collector = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => pushed.push(chunk))
    request.on('end', () => response.writeHead(200).end())
  })
  writeFileSync(join(directory, 'calls.jsonl'), '')
  modeltap = await startModeltap(
    ['--upstream', await listen(upstream)],
    {
      MODELTAP_BASELINE_LEARN_ROWS: '100',
      MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
      MODELTAP_EVALUATION_INTERVAL: '100ms',
      MODELTAP_STATE_DIRECTORY: join(directory, 'state'),
      MODELTAP_STATE_INTERVAL: '100ms',
      MODELTAP_ADMIN_TOKEN: TOKEN,
      MODELTAP_OTLP_ENDPOINT: `http://${await listen(collector)}`,
      MODELTAP_OTLP_INTERVAL: '1s',
      MODELTAP_OTLP_COMPRESSION: 'none',
      MODELTAP_CLOUDEVENTS_LISTEN: '127.0.0.1:0',
      MODELTAP_TAIL_FILES: JSON.stringify([join(directory, 'calls.jsonl')]),
    },
    PRELOAD,
  )
}, 60_000)

afterAll(async () => {
  await modeltap.stop()
  upstream.closeAllConnections()
  collector.closeAllConnections()
  rmSync(directory, { recursive: true })
})

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

async function keep(name: string, path: string, headers: Record<string, string> = {}): Promise<void> {
  outputs.set(name, await (await fetch(`${modeltap.adminUrl}${path}`, { headers })).text())
}

/** A request and its response as payload loggers send them. */
async function sendEvents(row: number): Promise<void> {
  const [, address] = /"cloudevents":"([^"]+)"/.exec(modeltap.log()) ?? []
  const bodies = {
    request: { instances: [{ age: row % 60, who: mail(), word: word() }] },
    response: { predictions: [word()] },
  }
  for (const [side, body] of Object.entries(bodies)) {
    const response = await fetch(`http://${address}/`, {
      method: 'POST',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': `${WORD}-event-${row}`,
        'ce-type': `org.kubeflow.serving.inference.${side}`,
        'ce-source': mail(),
        'ce-inferenceservicename': 'evented',
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(200)
    await response.text()
  }
}

/** Labels that belong to nothing, and lines that are none. */
async function sendOutcomes(): Promise<void> {
  const lines = [
    JSON.stringify({ id: word(), actual: word() }),
    JSON.stringify({ id: mail(), actual: 1, note: word() }),
    `{"id": "${word()}`,
    JSON.stringify({ who: mail() }),
  ]
  const response = await fetch(`${modeltap.adminUrl}/api/v1/outcomes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })
  outcomesAnswer = await response.text()
}
let outcomesAnswer = ''

/** Strings of one byte a character, and of two as JavaScript keeps the others. */
function readAll(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter((file) => file.isFile())
    .map(({ name }) => readFileSync(join(folder, name)))
    .map((bytes) => bytes.toString('latin1') + bytes.toString('utf16le'))
    .join('\n')
}

function expectNoSecret(): void {
  for (const [name, text] of outputs) {
    for (const secret of [WORD, DOMAIN, String(CARD)]) {
      const at = text.indexOf(secret)
      expect(at < 0 ? '' : `${name}: …${text.slice(Math.max(0, at - 120), at + 60)}`).toBe('')
    }
  }
}

test('traffic, logs, pushes, pages and files', { timeout: 120_000 }, async () => {
  for (let row = 0; row < 60; row += 1) for (const one of calls(row)) await call(one)
  for (const one of oddCalls()) await call(one)
  appendFileSync(
    join(directory, 'calls.jsonl'),
    Array.from({ length: 60 }, (_, row) => logLine(row)).join(''),
  )
  await pause(1_500)
  outputs.set('checkpoint while learning', readAll(join(directory, 'state')))
  for (let row = 60; row < 200; row += 1) for (const one of calls(row)) await call(one)
  for (const one of oddCalls()) await call(one)
  for (let row = 0; row < 120; row += 1) await sendEvents(row)
  await sendOutcomes()
  outputs.set('answer to outcomes', outcomesAnswer)
  await pause(2_500)
  const learned = await (await fetch(`${modeltap.adminUrl}/api/v1/models`)).text()
  expect(learned).toContain('"state":"learned"')
  await keep('metrics', '/metrics')
  await keep('OpenMetrics', '/metrics', { accept: 'application/openmetrics-text' })
  for (const path of [
    '/',
    '/healthz',
    '/readyz',
    '/api/v1/status',
    '/api/v1/models',
    '/api/v1/drift',
    '/api/v1/routes',
  ])
    await keep(path, path)
  for (const model of ['v1', 'v2', 'default', 'chat', 'evented', '/score', '/classify'])
    await keep(`baseline ${model}`, `/api/v1/baseline?model=${model}`, { authorization: `Bearer ${TOKEN}` })
  await keep('a baseline without a token', '/api/v1/baseline?model=v1')
  expect(outputs.get('a baseline without a token')).toContain('needs a token')
  outputs.set('checkpoint', readAll(join(directory, 'state')))
  outputs.set('log', modeltap.log())
  outputs.set('pushes', Buffer.concat(pushed).toString('latin1'))
  expect(pushed.length).toBeGreaterThan(0)
  expect(outputs.get('metrics')).toContain('modeltap_feature_values_total')
  expect(outputs.get('metrics')).toContain('model="evented"')
  expect(outcomesAnswer).toContain('"broken":')
  expectNoSecret()
})

test('every protocol that is known was asked, or has no texts', () => {
  const [metrics = ''] = [outputs.get('metrics')]
  const seen = new Set([...metrics.matchAll(/protocol="([^"]+)"/g)].map(([, name]) => name))
  const textual = ['kserve-v1', 'oip-v2', 'seldon-v1', 'mlflow', 'sagemaker', 'guess', 'openai']
  const known = protocols.map(({ name }) => String(name))
  expect(textual.filter((name) => known.includes(name) && !seen.has(name))).toEqual([])
})

test(
  'the analysis thread fails: errors that quote a body, and a thread that is killed',
  PATIENCE,
  async () => {
    const failing = (kind: string): Call => ({
      path: '/v1/models/v1:predict',
      body: { instances: [{ age: 1, name: word(), [mail()]: mail(), kind }] },
      answer: { predictions: [word()] },
    })
    // The admin port closes its connections while the thread is away.
    const restarted = async (): Promise<number | undefined> => {
      const response = await fetch(`${modeltap.adminUrl}/metrics`).catch(() => undefined)
      const text = (await response?.text().catch(() => undefined)) ?? ''
      return samples(text, 'modeltap_analysis_restarts_total', { reason: 'crash' })[0]?.value
    }
    const restarts = async (count: number): Promise<void> => {
      await expect.poll(restarted, PATIENCE).toBe(count)
    }
    await call(failing('poison-bug'))
    await expect.poll(modeltap.log, PATIENCE).toContain('cannot analyse an exchange')
    await call(failing('poison-crash'))
    await expect.poll(modeltap.log, PATIENCE).toContain('the analysis thread failed')
    await restarts(1)
    await call(failing('poison'))
    await restarts(2)
    modeltap.child.kill('SIGUSR2')
    await restarts(3)
    for (const one of calls(0)) await call(one)
    expect(modeltap.log()).toMatch(/"type":"TypeError","stack":"at .*poisoned-analysis/)
    await keep('metrics after crashes', '/metrics')
    await keep('status after crashes', '/api/v1/status')
    await keep('routes after crashes', '/api/v1/routes')
    outputs.set('checkpoint after crashes', readAll(join(directory, 'state')))
    outputs.set('log after crashes', modeltap.log())
    outputs.set('pushes after crashes', Buffer.concat(pushed).toString('latin1'))
    expectNoSecret()
  },
)

test('commands on files', { timeout: 120_000 }, async () => {
  const path = (name: string): string => join(directory, name)
  const rows = Array.from({ length: 300 }, (_, row) => [
    row % 60,
    word(),
    mail(),
    CARD + 2 * row,
    row % 3 === 0 ? 'yes' : 'no',
  ])
  writeFileSync(
    path('train.csv'),
    ['age,name,email,card,answer', ...rows.map((row) => row.join(','))].join('\n'),
  )
  writeFileSync(path('train.jsonl'), Array.from({ length: 300 }, (_, row) => logLine(row)).join(''))
  writeFileSync(
    path('train.parquet'),
    writeParquet(
      rows.map(([age, name, email, card, answer]) => ({ age, name, email, card, answer }) as ParquetRow),
    ),
  )
  writeFileSync(path('calls.pcap'), recording())
  writeFileSync(path('request.json'), JSON.stringify({ customer: { age: 1, who: mail() }, tags: [word()] }))
  writeFileSync(path('response.json'), JSON.stringify({ label: word(), by: mail() }))
  writeFileSync(path('broken.csv'), `age,name\n1,"${word()}\n`)
  const commands: string[][] = [
    ['baseline', 'build', '--input', path('train.csv'), '--output', path('a.json')],
    ['baseline', 'build', '--input', path('train.jsonl'), '--output', path('b.json')],
    ['baseline', 'build', '--input', path('broken.csv'), '--output', path('c.json')],
    ['baseline', 'inspect', path('a.json')],
    ['baseline', 'inspect', path('b.json')],
    ['baseline', 'merge', path('a.json'), path('a.json'), '--output', path('m.json')],
    [
      'replay',
      '--input',
      path('train.csv'),
      '--baseline',
      path('a.json'),
      '--report',
      path('report.html'),
      '--json',
      path('report.json'),
    ],
    ['replay', '--input', path('train.jsonl')],
    ['baseline', 'build', '--input', path('train.parquet'), '--output', path('p.json')],
    ['replay', '--input', path('train.parquet'), '--baseline', path('p.json')],
    ['replay', '--input', path('calls.pcap'), '--json', path('pcap.json')],
    ['explain-payload', '--request', path('request.json'), '--response', path('response.json')],
    ['check-config', path('train.csv')],
  ]
  for (const command of commands) {
    const { stdout, stderr } = await runModeltap(command)
    outputs.set(command.slice(0, 2).join(' ') + command.at(-1), stdout + stderr)
  }
  for (const file of ['a.json', 'b.json', 'm.json', 'p.json', 'report.html', 'report.json', 'pcap.json'])
    outputs.set(file, readFileSync(path(file), 'utf8'))
  expect(outputs.get('pcap.json')).toContain('"seen"')
  expectNoSecret()
})
