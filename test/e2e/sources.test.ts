/** The same rows give the same scores, whichever way they come in: proxy, log file, events, replay. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { normalSource, randomSource } from '../support/rows.ts'
import { startUpstream } from '../support/upstream.ts'

const ROWS = 600
const WINDOW = '1h'
const ENVIRONMENT = {
  MODELTAP_WINDOWS: WINDOW,
  MODELTAP_EVALUATION_INTERVAL: '100ms',
  MODELTAP_MODEL_NAME: 'credit',
}

interface Row {
  readonly features: {
    readonly age: number
    readonly hours: number
    readonly job: string | null
    readonly member: boolean
  }
  readonly prediction: number
}

const directory = mkdtempSync(join(tmpdir(), 'modeltap-sources-'))
const path = (name: string): string => join(directory, name)
const baseline = path('baseline.json')
const rows = makeRows(ROWS, 8)

function makeRows(count: number, shift: number): Row[] {
  const random = randomSource(shift)
  const normal = normalSource(random)
  return Array.from({ length: count }, () => {
    const age = 40 + shift + 10 * normal()
    return {
      features: {
        age,
        hours: Math.round(40 + 3 * normal()),
        job:
          random() < 0.02
            ? null
            : (['cook', 'smith', 'miller', 'baker'][Math.floor(random() * (4 - shift / 8))] ?? null),
        member: random() < 0.3,
      },
      prediction: age > 45 ? 1 : 0,
    }
  })
}

const jsonLines = (lines: readonly object[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('')

beforeAll(async () => {
  writeFileSync(path('train.jsonl'), jsonLines(makeRows(3_000, 0)))
  writeFileSync(path('live.jsonl'), jsonLines(rows))
  const table = rows.map(({ features: { age, hours, job, member }, prediction }) =>
    [age, hours, job ?? '', member, prediction].join(','),
  )
  writeFileSync(path('live.csv'), `age,hours,job,member,prediction\n${table.join('\n')}\n`)
  const built = await runModeltap(['baseline', 'build', '--input', path('train.jsonl'), '--output', baseline])
  expect(built.stderr).toBe('')
})
afterAll(() => rmSync(directory, { recursive: true }))

/** `feature age psi` → the score's value, and what it is compared with. */
type Scores = Record<string, { value: number; threshold: number; observations: number }>

async function scrapeScores(adminUrl: string): Promise<Scores> {
  return scoresOf(await scrapeUntil(adminUrl, (counted) => counted === ROWS))
}

/** @param isEnough of the rows that are in the window by then */
async function scrapeUntil(adminUrl: string, isEnough: (rows: number) => boolean): Promise<string> {
  const deadline = performance.now() + 15_000
  for (;;) {
    const exposition = await (await fetch(`${adminUrl}/metrics`)).text()
    const counted =
      samples(exposition, 'modeltap_feature_window_observations', { feature: 'age' })[0]?.value ?? 0
    if (isEnough(counted)) return exposition
    if (performance.now() > deadline) throw new Error(`${counted} of ${ROWS} rows were counted`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function scoresOf(exposition: string): Scores {
  const scores: Scores = {}
  for (const [role, label] of [
    ['feature', 'feature'],
    ['prediction', 'output'],
  ] as const) {
    for (const { labels, value } of samples(exposition, `modeltap_${role}_drift_score`)) {
      const name = labels[label] ?? ''
      const statistic = labels['statistic'] ?? ''
      const same = { [label]: name, window: WINDOW }
      const threshold = samples(exposition, `modeltap_${role}_drift_threshold`, { ...same, statistic })[0]
      const observations = samples(exposition, `modeltap_${role}_window_observations`, same)[0]
      scores[`${role} ${name} ${statistic}`] = {
        value,
        threshold: threshold?.value ?? NaN,
        observations: observations?.value ?? NaN,
      }
    }
  }
  return scores
}

async function byProxy(): Promise<Scores> {
  const upstream = await startUpstream((_request, body, response) => {
    // What modeltap asks the server about itself, such as its OpenAPI description.
    if (body.length === 0) {
      response.writeHead(404).end()
      return
    }
    const { instances } = JSON.parse(body.toString()) as { instances: Row['features'][] }
    const predictions = instances.map(({ age }) => (age > 45 ? 1 : 0))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ predictions }))
  })
  const modeltap = await startModeltap(['--upstream', upstream.address, '--baseline', baseline], ENVIRONMENT)
  try {
    for (let start = 0; start < ROWS; start += 20) {
      const instances = rows.slice(start, start + 20).map(({ features }) => features)
      const response = await fetch(`${modeltap.dataUrl}/v1/models/credit:predict`, {
        method: 'POST',
        body: JSON.stringify({ instances }),
      })
      expect(response.status).toBe(200)
      await response.text()
    }
    return await scrapeScores(modeltap.adminUrl)
  } finally {
    await modeltap.stop()
    await upstream.close()
  }
}

interface Watcher {
  readonly child: ChildProcess
  readonly adminUrl: string
  readonly log: () => string
  readonly stop: () => Promise<void>
}

/** `modeltap run` without a model server. */
async function startWatcher(environment: Record<string, string>): Promise<Watcher> {
  const root = resolve(import.meta.dirname, '../..')
  const child = spawn(
    process.execPath,
    [join(root, 'src/main.ts'), 'run', '--admin', '127.0.0.1:0', '--baseline', baseline],
    {
      cwd: root,
      env: { PATH: process.env['PATH'], ...ENVIRONMENT, ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let log = ''
  const admin = await new Promise<string>((started, failed) => {
    child.once('close', (code) => failed(new Error(`modeltap ended with ${code}:\n${log}`)))
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      const line = log.split('\n').find((text) => text.includes('proxies no traffic'))
      if (line !== undefined) started((JSON.parse(line) as { admin: string }).admin)
    })
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const [code] = (await once(child, 'close')) as [number | null]
    expect(code).toBe(0)
  }
  return { child, adminUrl: `http://${admin}`, log: () => log, stop }
}

async function byTail(): Promise<Scores> {
  const log = path('predictions.jsonl')
  const watcher = await startWatcher({
    MODELTAP_TAIL_FILES: path('predictions.jsonl'),
    MODELTAP_TAIL_INTERVAL: '20ms',
  })
  try {
    const text = readFileSync(path('live.jsonl'), 'utf8')
    const half = Math.floor(text.length / 2)
    appendFileSync(log, text.slice(0, half))
    await scrapeUntil(watcher.adminUrl, (rowsSoFar) => rowsSoFar > 0)
    // Between two lines, as log rotation does it.
    const next = text.indexOf('\n', half) + 1
    appendFileSync(log, text.slice(half, next))
    renameSync(log, path('predictions.jsonl.1'))
    appendFileSync(log, text.slice(next))
    return await scrapeScores(watcher.adminUrl)
  } finally {
    await watcher.stop()
  }
}

async function byEvents(): Promise<Scores> {
  const watcher = await startWatcher({ MODELTAP_CLOUDEVENTS_LISTEN: '127.0.0.1:0' })
  try {
    const [, address] = /"cloudevents":"([^"]+)"/.exec(watcher.log()) ?? []
    const send = async (side: string, id: number, body: unknown): Promise<void> => {
      const headers = {
        'ce-specversion': '1.0',
        'ce-id': String(id),
        'ce-type': `org.kubeflow.serving.inference.${side}`,
        'ce-source': 'test',
        'ce-inferenceservicename': 'credit',
        'content-type': 'application/json',
      }
      const response = await fetch(`http://${address}/`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      expect(response.status).toBe(200)
      await response.text()
    }
    for (let start = 0; start < ROWS; start += 20) {
      const some = rows.slice(start, start + 20)
      await send('request', start, { instances: some.map(({ features }) => features) })
      await send('response', start, { predictions: some.map(({ prediction }) => prediction) })
    }
    return await scrapeScores(watcher.adminUrl)
  } finally {
    await watcher.stop()
  }
}

async function byReplay(file: string): Promise<Scores> {
  const finished = await runModeltap(
    [
      'replay',
      '--input',
      path(file),
      '--baseline',
      baseline,
      '--json',
      '-',
      '--report',
      path(`${file}.html`),
    ],
    ENVIRONMENT,
  )
  expect(finished).toMatchObject({ code: 0, stderr: '' })
  const { models } = JSON.parse(finished.stdout) as {
    models: {
      columns: {
        role: string
        name: string
        windows: {
          window: string
          observations: number
          scores: { statistic: string; value: number; threshold: number }[]
        }[]
      }[]
    }[]
  }
  const scores: Scores = {}
  for (const { role, name, windows } of models[0]?.columns ?? []) {
    const window = windows.find((candidate) => candidate.window === WINDOW)
    for (const { statistic, value, threshold } of window?.scores ?? [])
      scores[`${role} ${name} ${statistic}`] = { value, threshold, observations: window?.observations ?? NaN }
  }
  return scores
}

/** A sketch that is merged a little earlier or later moves what is read from it by less: a tenth of a threshold. */
const SKETCH_NOISE = 0.01

/** Counts in bins are exact; only `ks` and `wasserstein` are read from sketches. */
function expectSame(actual: Scores, expected: Scores): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
  for (const [name, { value, threshold, observations }] of Object.entries(expected)) {
    const isSketch = / (?:ks|wasserstein)$/.test(name)
    expect(actual[name]?.observations, name).toBe(observations)
    expect(actual[name]?.threshold, name).toBeCloseTo(threshold, isSketch ? 2 : 12)
    const difference = Math.abs((actual[name]?.value ?? NaN) - value)
    expect(difference, name).toBeLessThan(isSketch ? SKETCH_NOISE : 1e-12)
  }
}

test('proxy, tail, events and replay of JSON lines and of CSV agree', async () => {
  const [proxy, tail, events, lines, table] = [
    await byProxy(),
    await byTail(),
    await byEvents(),
    await byReplay('live.jsonl'),
    await byReplay('live.csv'),
  ]
  expect(Object.keys(proxy)).toHaveLength(16)
  expect(proxy['feature age psi']?.value).toBeGreaterThan(0.3)
  for (const other of [tail, events, lines, table]) expectSame(other, proxy)
})

test('without a model server, logs or events there is nothing to run', async () => {
  const finished = await runModeltap(['run'])
  expect(finished.code).toBe(2)
  expect(finished.stderr).toContain('tail.files')
})
