import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AdminAction } from '../../src/admin/dependencies.ts'
import { RefusalBudget } from '../../src/admin/refusal-budget.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { type AdminFixture, startAdmin } from './fixture.ts'

const TOKEN = 'k9mX2vQ7-correct-horse'

let directory: string
let running: AdminFixture | undefined
let lines: Record<string, unknown>[]
let runs: string[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'modeltap-'))
  lines = []
  runs = []
})

afterEach(async () => {
  await running?.close()
  running = undefined
  rmSync(directory, { recursive: true })
})

const learn: AdminAction = {
  path: '/api/v1/baseline/learn',
  name: 'baseline.learn',
  run: (parameters) => {
    const model = parameters.get('model')
    if (model === null) return Promise.resolve({ status: 422, detail: 'Say which model: ?model=NAME.' })
    if (model === 'broken') return Promise.reject(new Error('disk full'))
    runs.push(model)
    return Promise.resolve({ result: { model, state: 'learning' } })
  },
}

async function start(config: Readonly<Record<string, unknown>>): Promise<string> {
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
      done()
    },
  })
  running = await startAdmin({ actions: [learn], config, logger: pino(sink) })
  return running.url
}

const post = (url: string, query: string, token?: string): Promise<Response> =>
  fetch(`${url}/api/v1/baseline/learn${query}`, {
    method: 'POST',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })

const audit = (): unknown[] =>
  lines.filter((line) => line['audit'] === true).map(({ who, action, result }) => ({ who, action, result }))

test('without a configured token the route is closed, and says how to open it', async () => {
  const url = await start({})
  const response = await post(url, '?model=m', TOKEN)
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining('MODELTAP_ADMIN_TOKEN') })
  expect(runs).toEqual([])
  expect(audit()).toEqual([{ who: null, action: 'baseline.learn', result: 'refused: closed' }])
})

test('the right token runs the action, and the log says who did what', async () => {
  const url = await start({ token: TOKEN })
  const response = await post(url, '?model=credit-risk', TOKEN)
  expect([response.status, await response.json()]).toEqual([200, { model: 'credit-risk', state: 'learning' }])
  expect(runs).toEqual(['credit-risk'])
  expect(audit()).toEqual([{ who: 'default', action: 'baseline.learn', result: 'done' }])
  expect(JSON.stringify(lines)).not.toContain(TOKEN)
})

test.each([
  ['no token', undefined, 'missing'],
  ['another token', 'k9mX2vQ7-wrong-horse-', 'wrong'],
  ['a prefix of the token', TOKEN.slice(0, -1), 'wrong'],
  ['the token and more', `${TOKEN}x`, 'wrong'],
])('%s is refused', async (_name, token, kind) => {
  const url = await start({ token: TOKEN })
  const response = await post(url, '?model=m', token)
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="modeltap"')
  expect(runs).toEqual([])
  expect(audit()).toEqual([{ who: null, action: 'baseline.learn', result: `refused: ${kind}` }])
})

test('tokens in files have names, and a rotated file counts at once', async () => {
  const path = join(directory, 'ops')
  writeFileSync(path, 'the-first-token-of-ops\n')
  const url = await start({ tokenFiles: { ops: path } })
  expect((await post(url, '?model=a', 'the-first-token-of-ops')).status).toBe(200)
  writeFileSync(path, 'the-second-token-of-ops\n')
  expect((await post(url, '?model=b', 'the-first-token-of-ops')).status).toBe(401)
  expect((await post(url, '?model=c', 'the-second-token-of-ops')).status).toBe(200)
  expect(runs).toEqual(['a', 'c'])
  expect(audit()).toMatchObject([{ who: 'ops' }, { who: null }, { who: 'ops' }])
})

test('a token file that is missing or holds too short a token opens nothing', async () => {
  const short = join(directory, 'short')
  writeFileSync(short, 'abc')
  const url = await start({ tokenFiles: { gone: join(directory, 'gone'), short } })
  expect((await post(url, '?model=m', 'abc')).status).toBe(403)
  const complaints = lines.filter(({ level }) => level === 50).map(({ token }) => token)
  expect(complaints.sort()).toEqual(['gone', 'short'])
})

test('an action that refuses or fails is told and logged', async () => {
  const url = await start({ token: TOKEN })
  const refused = await post(url, '', TOKEN)
  expect([refused.status, await refused.json()]).toMatchObject([
    422,
    { detail: 'Say which model: ?model=NAME.' },
  ])
  const failed = await post(url, '?model=broken', TOKEN)
  expect(failed.status).toBe(500)
  expect(await failed.text()).not.toContain('disk full')
  expect(audit()).toMatchObject([
    { who: 'default', result: 'refused: Say which model: ?model=NAME.' },
    { who: 'default', result: 'failed: disk full' },
  ])
})

test('reads are open by default, and protected on demand, probes excepted', async () => {
  const open = await start({ token: TOKEN })
  expect((await fetch(`${open}/metrics`)).status).toBe(200)
  await running?.close()
  const url = await start({ token: TOKEN, protectReads: true })
  for (const path of ['/metrics', '/', '/api/v1/status']) {
    expect((await fetch(url + path)).status).toBe(401)
    expect((await fetch(url + path, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200)
  }
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
})

test('refused attempts do not fill the audit log, and none is forgotten', async () => {
  const url = await start({ token: TOKEN })
  for (let i = 0; i < 200; i += 1) expect((await post(url, '?model=m')).status).toBe(401)
  expect(audit()).toHaveLength(10)
  expect((await post(url, '?model=m', TOKEN)).status).toBe(200)
  expect(audit().at(-1)).toMatchObject({ who: 'default', result: 'done' })
  const clock = new ManualClock()
  const budget = new RefusalBudget(clock)
  const taken = Array.from({ length: 200 }, () => budget.take())
  expect(taken.filter((line) => line !== undefined)).toHaveLength(10)
  clock.advance(60_000)
  expect(budget.take()).toEqual({ unlogged: 190 })
  expect(budget.take()).toEqual({})
})
