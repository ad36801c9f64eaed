/**
 * Servers as people write them, without any configuration: each is read by the names of its payload, and a shift of one
 * feature is found on that feature and on no other.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encode } from '@msgpack/msgpack'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningModeltap } from '../support/modeltap.ts'
import {
  freePorts,
  type PythonServer,
  type PythonServerOptions,
  startPythonServer,
} from './python-environment.ts'
import { startWatched } from './watched.ts'

const LEARNED = 600
const SHIFTED = 400
const AT_ONCE = 8

interface Service {
  readonly name: string
  readonly server: keyof typeof servers
  readonly path: string
  readonly rowsPerCall: number
  readonly request: (random: Random, shift: number) => unknown
  readonly type?: 'json' | 'form' | 'msgpack'
  readonly features: readonly string[]
  readonly predictions: readonly string[]
  readonly shifted: string
  /** Texts that no output may show. */
  readonly secret?: RegExp
}

class Random {
  #state: number
  constructor(seed: number) {
    this.#state = seed
  }
  next(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return this.#state / 4_294_967_296
  }
  normal(mean: number, sd: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()))
    return mean + sd * radius * Math.cos(2 * Math.PI * this.next())
  }
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }
  one<Value>(values: readonly Value[]): Value {
    return values[Math.floor(this.next() * values.length)] as Value
  }
}

const age = (random: Random, shift: number): number =>
  Math.round(Math.min(95, Math.max(18, random.normal(42 + 12 * shift, 11))))
const iris = (random: Random, shift: number): number[] =>
  [
    random.normal(5.8, 0.8),
    random.normal(3, 0.4),
    random.normal(3.7 + 1.5 * shift, 1.7),
    random.normal(1.2, 0.7),
  ].map((value) => Number(value.toFixed(1)))
const job = (random: Random): string => random.one(['cook', 'nurse', 'clerk'])

const python = (program: string) => (port: number) => ({
  program: `services/${program}`,
  args: [String(port)],
})

/** How each is started on a port, and what answers 200 when it is ready. */
const servers = {
  bentoml: (port: number) => ({
    program: 'bentoml',
    args: [
      'serve',
      'bentoml_service:Credit',
      '--port',
      String(port),
      '--host',
      '127.0.0.1',
      '--working-dir',
      join(import.meta.dirname, 'python/services'),
    ],
    ready: '/readyz',
  }),
  litserve: (port: number) => ({ ...python('litserve_service.py')(port), ready: '/health' }),
  fastapi: (port: number) => ({ ...python('fastapi_service.py')(port), ready: '/openapi.json' }),
  mosec: (port: number) => ({
    program: 'services/mosec_service.py',
    args: ['--port', String(port), '--address', '127.0.0.1'],
    ready: '/metrics',
  }),
  vetiver: (port: number) => ({ ...python('vetiver_service.py')(port), ready: '/ping' }),
  flask: (port: number) => ({ ...python('flask_service.py')(port), ready: '/ready' }),
} as const

const services: readonly Service[] = [
  {
    name: 'BentoML, DataFrame argument',
    server: 'bentoml',
    path: '/score',
    rowsPerCall: 1,
    request: (random, shift) => ({ df: [{ age: age(random, shift), job: job(random) }] }),
    features: ['age', 'job'],
    predictions: ['approved', 'score'],
    shifted: 'age',
  },
  {
    name: 'LitServe',
    server: 'litserve',
    path: '/predict',
    rowsPerCall: 1,
    request: (random, shift) => ({ input: iris(random, shift) }),
    features: ['input_0', 'input_1', 'input_2', 'input_3'],
    predictions: ['output_0', 'output_1', 'output_2', 'class', 'output_class', 'output_confidence'],
    shifted: 'input_2',
  },
  {
    name: 'FastAPI with a nested pydantic model',
    server: 'fastapi',
    path: '/customer',
    rowsPerCall: 1,
    request: (random, shift) => ({
      customer_id: `c${random.integer(1, 1e9)}`,
      age: age(random, shift),
      home: { owns: random.next() < 0.4 },
      tags: random.next() < 0.5 ? ['a'] : ['a', 'b'],
    }),
    features: ['age', 'home.owns', 'tags_length'],
    predictions: ['result.label', 'result.probability'],
    shifted: 'age',
  },
  {
    name: 'FastAPI, list of records',
    server: 'fastapi',
    path: '/batch',
    rowsPerCall: 2,
    request: (random, shift) => ({
      records: Array.from({ length: random.integer(1, 3) }, () => ({
        age: age(random, shift),
        job: job(random),
      })),
    }),
    features: ['age', 'job'],
    predictions: ['label', 'score'],
    shifted: 'age',
  },
  {
    name: 'FastAPI, categories only',
    server: 'fastapi',
    path: '/churn',
    rowsPerCall: 1,
    request: (random, shift) => ({
      plan: random.one(['pro', 'basic']),
      city: random.next() < 0.5 * shift ? 'Oslo' : random.one(['Rome', 'Oslo', 'Bern']),
    }),
    features: ['plan', 'city'],
    predictions: ['label'],
    shifted: 'city',
  },
  {
    name: 'FastAPI with ids, a time and an e-mail address',
    server: 'fastapi',
    path: '/account',
    rowsPerCall: 1,
    request: (random, shift) => ({
      customer_id: `cust-${random.integer(1, 1e9)}`,
      email: `user${random.integer(1, 1e9)}@mail.example`,
      ts: new Date().toISOString(),
      account_no: random.integer(1_000_001, 9_000_000),
      age: age(random, shift),
    }),
    features: ['age'],
    predictions: ['score'],
    shifted: 'age',
    secret: /@mail\.example|cust-\d/,
  },
  {
    name: 'mosec',
    server: 'mosec',
    path: '/inference',
    rowsPerCall: 1,
    request: (random, shift) => ({ x: iris(random, shift) }),
    features: ['x_0', 'x_1', 'x_2', 'x_3'],
    predictions: ['class'],
    shifted: 'x_2',
  },
  {
    name: 'mosec with MessagePack',
    server: 'mosec',
    path: '/packed',
    type: 'msgpack',
    rowsPerCall: 1,
    request: (random, shift) => ({ x: iris(random, shift) }),
    features: ['x_0', 'x_1', 'x_2', 'x_3'],
    predictions: ['class'],
    shifted: 'x_2',
  },
  {
    name: 'vetiver',
    server: 'vetiver',
    path: '/predict',
    rowsPerCall: 2,
    request: (random, shift) =>
      Array.from({ length: random.integer(1, 3) }, () => ({
        age: age(random, shift),
        income: Number(random.normal(40, 9).toFixed(1)),
      })),
    features: ['age', 'income'],
    predictions: ['predict'],
    shifted: 'age',
  },
  {
    name: 'Flask, one vector answered by a number',
    server: 'flask',
    path: '/vector',
    rowsPerCall: 1,
    request: (random, shift) => ({ array: iris(random, shift) }),
    features: ['array_0', 'array_3'],
    predictions: ['prediction'],
    shifted: 'array_2',
  },
  {
    name: 'Flask, a form',
    server: 'flask',
    path: '/form',
    type: 'form',
    rowsPerCall: 1,
    request: (random, shift) => ({
      rainfall: random.normal(103 + 35 * shift, 30).toFixed(1),
      ph: random.normal(6.5, 0.7).toFixed(2),
    }),
    features: ['rainfall', 'ph'],
    predictions: ['prediction'],
    shifted: 'rainfall',
  },
]

let folder: string
const running = new Map<string, { readonly server: PythonServer; readonly upstream: string }>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modeltap-services-'))
  for (const [name, start] of Object.entries(servers)) {
    const [port = 0] = await freePorts(1)
    const { program, args, ready } = start(port)
    const options: PythonServerOptions = {
      environment: 'services',
      program,
      args: [...args],
      url: `http://127.0.0.1:${port}${ready}`,
      folder,
    }
    running.set(name, { server: await startPythonServer(options), upstream: `127.0.0.1:${port}` })
  }
})

afterAll(async () => {
  for (const { server } of running.values()) await server.stop()
  rmSync(folder, { recursive: true })
})

test.each(services.map((service): [string, Service] => [service.name, service]))('%s', async (_, service) => {
  const upstream = running.get(service.server)?.upstream ?? ''
  const modeltap = await startWatched(
    upstream,
    {
      MODELTAP_BASELINE_LEARN_ROWS: String(LEARNED),
      MODELTAP_BASELINE_LEARN_MIN_DURATION: '1ms',
      MODELTAP_EVALUATION_INTERVAL: '1s',
      MODELTAP_WINDOWS: '10m',
    },
    { withRows: false },
  )
  try {
    const random = new Random(7)
    await send(modeltap, service, random, 0, Math.ceil((LEARNED * 1.15) / service.rowsPerCall))
    await until(async () => (await models(modeltap)).some(({ baseline }) => baseline.state === 'learned'))
    await send(modeltap, service, random, 1, Math.ceil(SHIFTED / service.rowsPerCall))
    await until(async () => (await drift(modeltap)).some(({ observations }) => observations >= SHIFTED * 0.8))
    const route = (await routes(modeltap)).find(({ path }) => path === service.path)
    expect(route).toMatchObject({ state: 'understood', protocol: 'guess' })
    expect(route?.features).toEqual(expect.arrayContaining([...service.features]))
    expect(route?.predictions).toEqual(expect.arrayContaining([...service.predictions]))
    const drifted = (await drift(modeltap)).filter((score) => score.drifted && score.role === 'feature')
    expect([...new Set(drifted.map(({ column }) => column))]).toEqual([service.shifted])
    if (service.secret !== undefined) {
      const metrics = await (await fetch(`${modeltap.adminUrl}/metrics`)).text()
      const page = await (await fetch(`${modeltap.adminUrl}/`)).text()
      expect(`${metrics}${page}${modeltap.log()}${JSON.stringify(await routes(modeltap))}`).not.toMatch(
        service.secret,
      )
    }
  } finally {
    await modeltap.stop()
  }
})

interface Score {
  readonly role: string
  readonly column: string
  readonly observations: number
  readonly drifted: boolean
}

interface RouteEntry {
  readonly path: string
  readonly state: string
  readonly features: readonly string[]
  readonly predictions: readonly string[]
}

async function read<Document>(modeltap: RunningModeltap, path: string): Promise<Document> {
  return (await (await fetch(`${modeltap.adminUrl}${path}`)).json()) as Document
}
const drift = async (modeltap: RunningModeltap): Promise<Score[]> =>
  (await read<{ scores: Score[] }>(modeltap, '/api/v1/drift')).scores
const routes = async (modeltap: RunningModeltap): Promise<RouteEntry[]> =>
  (await read<{ routes: RouteEntry[] }>(modeltap, '/api/v1/routes')).routes
const models = async (modeltap: RunningModeltap): Promise<{ baseline: { state: string } }[]> =>
  (await read<{ models: { baseline: { state: string } }[] }>(modeltap, '/api/v1/models')).models

async function send(
  modeltap: RunningModeltap,
  { path, request, type = 'json' }: Service,
  random: Random,
  shift: number,
  calls: number,
): Promise<void> {
  const one = async (): Promise<void> => {
    const response = await fetch(`${modeltap.dataUrl}${path}`, {
      method: 'POST',
      ...encoded(request(random, shift), type),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${text}`)
  }
  for (let sent = 0; sent < calls; sent += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, calls - sent) }, one))
}

function encoded(body: unknown, type: 'json' | 'form' | 'msgpack'): RequestInit {
  if (type === 'form') return { body: new URLSearchParams(body as Record<string, string>) }
  if (type === 'msgpack')
    return { body: new Uint8Array(encode(body)), headers: { 'content-type': 'application/msgpack' } }
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await isDone())) {
    if (performance.now() > deadline) throw new Error('it did not happen in 30 s')
    await new Promise((later) => setTimeout(later, 250))
  }
}
