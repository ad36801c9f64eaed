/** Lines as Kubernetes, Docker, web servers, proxies and applications write them, through `tail` to rows and traffic. */
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { workloadOf } from '../../src/sources/log-origin.ts'
import { TailFollower } from '../../src/sources/tail-follower.ts'
import { newTailStats, type TailStats } from '../../src/sources/tail-stats.ts'
import { collectingSink, type Delivered } from './collect.ts'

let directory: string
let opened: TailFollower[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'modeltap-logs-'))
})
afterEach(async () => {
  for (const tail of opened) await tail.stop()
  opened = []
  rmSync(directory, { recursive: true })
})

interface Tailed {
  readonly delivered: readonly Delivered[]
  readonly stats: TailStats
  readonly look: () => Promise<void>
}

async function tail(options: Record<string, unknown>): Promise<Tailed> {
  const { config } = loadConfig({ environment: {}, flags: { tail: { from: 'beginning', ...options } } })
  const { sink, delivered } = collectingSink()
  const stats = newTailStats()
  const follower = await TailFollower.open({
    options: config.tail,
    columnNames: { features: [], predictions: [] },
    maxColumns: 50,
    stateDirectory: undefined,
    kept: undefined,
    clock: new ManualClock(),
    logger: silentLogger,
    sink,
    stats,
  })
  opened.push(follower)
  const look = async (): Promise<void> => {
    while (await follower.look());
  }
  await look()
  return { delivered, stats, look }
}

function write(path: string, lines: readonly string[]): string {
  const file = join(directory, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
  return file
}

const rowsOf = ({ delivered }: Tailed) =>
  delivered
    .filter(({ failure, rows }) => failure === undefined && rows > 0)
    .map(({ features, predictions }) => ({ ...features, ...predictions }))

const LINE = '{"age":41,"prediction":0.7}'
const ROW = { age: [41], prediction: [0.7] }

describe('container logs', () => {
  const pod = 'risk_credit-7d9f8b6c5d-x2x9k_0d7e3a34-6bb4-4b6f-9c39-0f5f0a2f9a11/server/0.log'

  test('Kubernetes: parts are joined, noise is told from records, the pod names the model', async () => {
    const file = write(`var/log/pods/${pod}`, [
      '2026-01-02T03:04:05.678901234Z stdout F INFO:     Started server process [1]',
      `2026-01-02T03:04:05.678901234Z stdout F ${LINE}`,
      '2026-01-02T03:04:06.1Z stdout P {"age":41,',
      '2026-01-02T03:04:06.2Z stderr F Traceback (most recent call last):',
      '2026-01-02T03:04:06.3Z stdout P "predic',
      '2026-01-02T03:04:06.4+00:00 stdout F tion":0.7}',
      `2026-01-02T03:04:07Z stdout F {"model":"other",${LINE.slice(1)}`,
    ])
    const tailed = await tail({ files: [file] })
    expect(rowsOf(tailed)).toEqual([ROW, ROW, ROW])
    expect(tailed.delivered.map(({ model }) => model)).toEqual(['credit', 'credit', 'other'])
    expect(tailed.stats).toMatchObject({ lines: 7, failures: { noise: 2, 'not-json': 0 } })
  })

  test('Kubernetes: a rotation in the middle of a line loses nothing', async () => {
    const file = write(`var/log/pods/${pod}`, ['2026-01-02T03:04:06.1Z stdout P {"age":41,'])
    const tailed = await tail({ files: [join(directory, 'var/log/pods/*/*/*.log')] })
    renameSync(file, `${file}.20260102-030406`)
    write(`var/log/pods/${pod}`, [
      '2026-01-02T03:04:06.4Z stdout F "prediction":0.7}',
      `2026-01-02T03:04:07Z stdout F ${LINE}`,
    ])
    await tailed.look()
    expect(rowsOf(tailed)).toEqual([ROW, ROW])
  })

  test('the time of the runtime counts where the line has none, and metadata can be selected', async () => {
    const file = write(`var/log/pods/${pod}`, [
      `2020-01-02T03:04:05Z stdout F ${LINE}`,
      '2020-01-02T03:04:05Z stdout F {"timestamp":"1970-01-01T00:00:01Z","features":{"age":41},"prediction":0.7}',
      `2020-01-02T03:04:05Z stdout F {"timestamp":1e9,${LINE.slice(1)}`,
    ])
    const tailed = await tail({ files: [file], fields: { model: '$.kubernetes.container_name' } })
    expect(rowsOf(tailed)).toEqual([ROW, ROW, ROW])
    expect(tailed.delivered.map(({ model }) => model)).toEqual(['server', 'server', 'server'])
  })

  test('links of /var/log/containers', async () => {
    const id = 'a'.repeat(64)
    const file = write(
      `var/log/containers/iris-predictor-00001-deployment-5b9c7d8f4-x2x9k_ml_kserve-container-${id}.log`,
      [`2026-01-02T03:04:05.678901234Z stdout F ${LINE}`],
    )
    expect((await tail({ files: [file] })).delivered.map(({ model }) => model)).toEqual(['iris'])
  })

  test('Docker: lines are unwrapped, long ones joined, the container names the model', async () => {
    const id = 'b'.repeat(64)
    const entry = (log: string, stream = 'stdout'): string =>
      JSON.stringify({ log, stream, time: '2026-01-02T03:04:05.678901234Z' })
    write(`docker/containers/${id}/config.v2.json`, [
      JSON.stringify({
        Name: '/stack-credit-1',
        Config: { Labels: { 'com.docker.compose.service': 'credit' } },
      }),
    ])
    const file = write(`docker/containers/${id}/${id}-json.log`, [
      entry(`${LINE}\n`),
      entry('{"age":41,'),
      entry('loading\n', 'stderr'),
      entry('"prediction":0.7}\n'),
      entry('Uvicorn running on http://0.0.0.0:8080\r\n'),
    ])
    const tailed = await tail({ files: [file] })
    expect(rowsOf(tailed)).toEqual([ROW, ROW])
    expect(tailed.delivered.map(({ model }) => model)).toEqual(['credit', 'credit'])
    expect(tailed.stats.failures).toMatchObject({ noise: 2 })
  })

  test('parts beyond the longest line are left out, and what follows is read', async () => {
    const part = `2026-01-02T03:04:05Z stdout P ${'x'.repeat(300)}`
    const file = write('pods/x.log', [
      part,
      part,
      '2026-01-02T03:04:05Z stdout F end',
      `2026-01-02T03:04:05Z stdout F ${LINE}`,
    ])
    const tailed = await tail({ files: [file], maxLineBytes: 500 })
    expect(rowsOf(tailed)).toEqual([ROW])
    expect(tailed.stats.failures).toMatchObject({ 'too-long': 1 })
  })

  test.each([
    ['credit-7d9f8b6c5d-x2x9k', 'credit'],
    ['credit-0', 'credit'],
    ['credit-x2x9k', 'credit'],
    ['credit-risk', 'credit-risk'],
    ['sklearn-iris-predictor-00002-deployment-6c7d8f9b5-z4z7x', 'sklearn-iris'],
    ['sklearn-iris-predictor-6c7d8f9b5-z4z7x', 'sklearn-iris'],
  ])('the pod %s is of %s', (name, workload) => expect(workloadOf(name)).toBe(workload))
})

interface Call {
  readonly method: string
  readonly target: string
  readonly status: number
  readonly outcome: string
  readonly latencyMs: number
}

const callsOf = ({ delivered }: Tailed): Call[] =>
  delivered
    .filter(({ seen }) => seen === 'head')
    .map(({ exchange }) => ({
      method: exchange.method,
      target: exchange.target,
      status: exchange.status,
      outcome: exchange.outcome,
      latencyMs: exchange.endedMs ?? Number.NaN,
    }))

describe('access logs', () => {
  const head = '10.244.0.7 - - [01/Mar/2025:10:00:00 +0000] "POST /v1/models/credit:predict HTTP/1.1" 200 31'
  const call = { method: 'POST', target: '/v1/models/credit:predict', status: 200, outcome: 'success' }

  test.each([
    ['combined', `${head} "-" "python-requests/2.31.0"`, Number.NaN],
    ["nginx' main", `${head} "-" "python-requests/2.31.0" "-"`, Number.NaN],
    ['named times', `${head} "-" "ua/1.5" rt=0.012 urt="0.010"`, 12],
    ['two numbers', `${head} "-" "ua" 0.012 -`, 12],
    [
      'upstream first by its name',
      `${head} "-" "ua" uct="0.001" uht="0.011" urt="0.011" request_time=0.25`,
      250,
    ],
    ['ingress-nginx', `${head} "-" "ua" 512 0.034 [ml-credit-8080] [] 10.0.0.3:8080 31 0.033 200 4f2c`, 34],
    ['Traefik', `${head} "-" "-" 1 "credit@docker" "http://10.0.0.3:8080" 7ms`, 7],
    ['a user agent with numbers', `${head} "-" "rt=9.5 time=8.5" "-"`, Number.NaN],
  ])('%s', async (_, line, latencyMs) => {
    for (const format of ['combined', 'auto'] as const) {
      const tailed = await tail({ files: [write(`access-${format}.log`, [line])], format })
      expect(callsOf(tailed)).toEqual([{ ...call, latencyMs }])
      expect(tailed.stats.failures).toMatchObject({ 'not-access-log': 0, 'not-recognised': 0 })
    }
  })

  test('auto knows proxies, in text and in JSON, and status 0 is a client that left', async () => {
    const predict = { method: 'POST', target: '/predict', status: 200, outcome: 'success' }
    const left = { ...predict, status: 0, outcome: 'aborted' }
    const file = write('proxies.log', [
      '[2026-01-02T03:04:05.310Z] "POST /predict HTTP/1.1" 200 - 154 31 226 100 "10.0.35.28" "ua" "cc21" "model" "tcp://10.0.2.1:80"',
      '[2026-01-02T03:04:05.310Z] "POST /predict HTTP/1.1" 0 DC 154 0 900 - "-" "ua" "cc21" "model" "-"',
      '[2026-01-02T03:04:05.310Z] "POST /predict HTTP/1.1" 200 - via_upstream - "-" 154 31 3 2 "-" "curl/8" "id" "model" "10.1.0.9:8080" outbound|8080||model',
      'INFO:     10.0.0.7:41234 - "POST /predict HTTP/1.1" 200 OK',
      '127.0.0.1 - - [02/Jan/2026 03:04:05] "POST /predict HTTP/1.1" 200 -',
      '{"level":"info","ts":1646861401.52,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"1.2.3.4","method":"POST","host":"m","uri":"/predict","headers":{}},"bytes_read":12,"user_id":"","duration":0.0129,"size":31,"status":200}',
      '{"level":"info","ts":1646861401.52,"logger":"http.log.access","request":{"method":"POST","uri":"/predict"},"duration":3.5,"size":0,"status":0}',
      '{"ClientAddr":"1.2.3.4:5","DownstreamContentSize":31,"DownstreamStatus":200,"Duration":7000000,"RequestMethod":"POST","RequestPath":"/predict","StartUTC":"2026-01-02T03:04:05Z","level":"info","msg":"","time":"2026-01-02T03:04:05Z"}',
      '{"ClientAddr":"1.2.3.4:5","DownstreamStatus":0,"Duration":7000000,"RequestMethod":"POST","RequestPath":"/predict"}',
      '{"start_time":"2026-01-02T03:04:05.310Z","method":"POST","path":"/predict","protocol":"HTTP/1.1","response_code":200,"response_flags":"-","duration":226,"bytes_sent":31,"bytes_received":154}',
    ])
    const tailed = await tail({ files: [file], format: 'auto' })
    expect(callsOf(tailed)).toEqual([
      { ...predict, latencyMs: 226 },
      { ...left, latencyMs: 900 },
      { ...predict, latencyMs: 3 },
      { ...predict, latencyMs: Number.NaN },
      { ...predict, latencyMs: Number.NaN },
      { ...predict, latencyMs: expect.closeTo(12.9) },
      { ...left, latencyMs: 3500 },
      { ...predict, latencyMs: 7 },
      { ...left, latencyMs: 7 },
      { ...predict, latencyMs: 226 },
    ])
    expect(tailed.stats).toMatchObject({ lines: 10, failures: { 'not-recognised': 0 } })
  })

  test('status 0 of mapped JSON is a client that left, too', async () => {
    const file = write('mapped.log', ['{"status":0,"path":"/predict","method":"POST","latency":1.5}'])
    const [one] = callsOf(await tail({ files: [file], format: 'json' }))
    expect(one).toMatchObject({ status: 0, outcome: 'aborted', latencyMs: 1500 })
  })
})

describe("applications' own lines", () => {
  test('auto: JSON behind a prefix, logfmt, structured loggers; the rest is counted', async () => {
    const file = write('app.log', [
      `2026-01-02 03:04:05,678 INFO app.predict: ${LINE}`,
      `INFO:root:${LINE}`,
      `[2026-01-02 03:04:05 +0000] [7] [INFO] ${LINE}`,
      'ts=2026-01-02T03:04:05Z level=info msg="asked the model" age=41 prediction=0.7',
      'time="2026-01-02T03:04:05Z" level=info age=41 prediction=0.7',
      `{"level":"info","ts":1767323045.6,"caller":"main.go:7","msg":"predicted",${LINE.slice(1)}`,
      '2026-01-02 03:04:05,678 INFO app: ready',
      'level=info msg=ready',
    ])
    const tailed = await tail({ files: [file], format: 'auto' })
    expect(rowsOf(tailed)).toEqual([ROW, ROW, ROW, ROW, ROW, ROW])
    expect(tailed.stats).toMatchObject({ lines: 8, failures: { 'not-recognised': 1 } })
    expect(tailed.delivered.filter(({ failure }) => failure === 'shape-unknown')).toHaveLength(1)
  })

  test('a pattern takes named groups', async () => {
    const file = write('own.log', [
      'ts=2026-01-02T03:04:05Z | credit v3 | age 41 | job cook | -> 0.7 (12 ms)',
      'something else',
    ])
    const pattern = String.raw`ts=(?P<timestamp>\S+) \| (?P<model>\w+) v(?P<version>\d+) \| age (?P<age>\d+) \| job (?<job>\w+) \| -> (?P<prediction>[\d.]+) \((?P<latency>\d+) ms\)`
    const tailed = await tail({ files: [file], pattern, latencyUnit: 'ms' })
    expect(rowsOf(tailed)).toEqual([{ age: [41], job: ['cook'], prediction: [0.7] }])
    expect(tailed.delivered[0]).toMatchObject({ model: 'credit', version: '3', exchange: { endedMs: 12 } })
    expect(tailed.stats.failures).toMatchObject({ 'not-recognised': 1 })
  })

  test('a pattern of access logs needs no prediction', async () => {
    const file = write('own-access.log', ['POST /predict answered 503 in 0.25 s'])
    const pattern = String.raw`(?P<method>[A-Z]+) (?P<path>\S+) answered (?P<status>\d+) in (?P<latency>[\d.]+) s`
    expect(callsOf(await tail({ files: [file], pattern }))).toEqual([
      { method: 'POST', target: '/predict', status: 503, outcome: 'server_error', latencyMs: 250 },
    ])
  })

  test('a pattern that could take for ever takes a moment', async () => {
    const file = write('evil.log', [`${'a'.repeat(50_000)}!`])
    const started = performance.now()
    const tailed = await tail({ files: [file], pattern: '(?P<x>(a+)+)$' })
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(tailed.stats.failures).toMatchObject({ 'not-recognised': 1 })
  })

  test.each([
    ['(?P<age>\\d+', /tail\.pattern.*missing closing \)/s],
    ['age=(\\d+)', /tail\.pattern.*no named group/s],
    ['(?P<a>x)(?=y)', /tail\.pattern/s],
  ])('the pattern %j is refused with the reason', (pattern, message) => {
    const load = () => loadConfig({ environment: {}, flags: { tail: { files: ['x'], pattern } } })
    expect(load).toThrow(message)
  })

  test("BentoML's monitoring log: roles are those of the schema beside it", async () => {
    write('monitoring/iris/schema/schema.1.log', [
      JSON.stringify({
        meta_data: { bento_name: 'iris_classifier', bento_version: 'abc' },
        columns: [
          { name: 'sepal length', role: 'feature', type: 'numerical' },
          { name: 'species', role: 'prediction', type: 'categorical' },
          { name: 'truth', role: 'target', type: 'categorical' },
        ],
      }),
    ])
    const own = { timestamp: '2026-01-02T03:04:05.678901', request_id: '12345', trace_id: '67890' }
    const file = write('monitoring/iris/data/data.1.log', [
      JSON.stringify({ 'sepal length': 5.1, species: 'setosa', truth: 'setosa', ...own }),
    ])
    const tailed = await tail({ files: [file], format: 'auto' })
    expect(rowsOf(tailed)).toEqual([{ 'sepal length': [5.1], species: ['setosa'] }])
    expect(tailed.delivered[0]).toMatchObject({ model: 'iris_classifier', version: 'abc' })
    appendFileSync(file, `${JSON.stringify({ 'sepal length': 4.9, species: 'setosa', truth: '', ...own })}\n`)
    await tailed.look()
    expect(rowsOf(tailed)).toHaveLength(2)
  })
})
