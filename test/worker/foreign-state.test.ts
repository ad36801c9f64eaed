/** Checkpoints that are whole by their hash and mean something else: none may break anything, now or later. */
import { expect, test } from 'vitest'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import type { ModelRegistry } from '../../src/analysis/model-registry.ts'
import { STATE_VERSION } from '../../src/analysis/model-state.ts'
import { encodeCheckpoint } from '../../src/checkpoints/checkpoint-file.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { keepState } from '../../src/worker/kept-state.ts'
import { newRegistry } from '../support/model-registry.ts'
import { learnRoute, newRoutes } from '../support/routes.ts'
import { batchOf } from '../support/rows.ts'

const LEARNED = 100

function send(registry: ModelRegistry, clock: ManualClock, rows: number, model = 'm'): void {
  for (let row = 0; row < rows; row += 1) {
    clock.advance(1)
    const features = { x: row % 17, y: row * 0.37, colour: row % 3 === 0 ? 'red' : 'blue' }
    registry.monitor(model, '1', 'log').accept(batchOf([features], [{ score: (row % 10) / 10 }]))
  }
}

/** A model that is watched and one that is still being learned. */
function goodParts(): unknown[] {
  const clock = new ManualClock()
  const registry = newRegistry(clock, LEARNED)
  send(registry, clock, LEARNED + 50)
  send(registry, clock, LEARNED - 30, 'young')
  return [...registry.state(), ...routeParts(), { kind: 'end' }]
}

/** All kinds of nodes. */
const EXCHANGES = Array.from({ length: 32 }, (_, turn) => ({
  request: {
    customer: { age: turn, tags: new Array(1 + (turn % 3)).fill('x'), only: [turn] },
    rows: Array.from({ length: 1 + (turn % 4) }, (__, row) => ({ x: row, wide: new Array(30).fill(row) })),
  },
  response: {
    status: 'ok',
    model: { name: 'credit', version: '7' },
    results: Array.from({ length: 1 + (turn % 4) }, () => ({
      scores: [0.25, 0.75],
      label: turn % 2 ? 'a' : 'b',
    })),
    deep: { list: [1, 'a', null] },
  },
}))

function routeParts(): unknown[] {
  const routes = newRoutes()
  learnRoute(routes, '/score', EXCHANGES)
  learnRoute(
    routes,
    '/ping',
    EXCHANGES.map(({ request }) => ({ request, response: { status: 'ok' } })),
  )
  return [...routes.kept()].map((route) => ({ kind: 'route', ...route }))
}

/** Takes the parts up as a start does; whether they were, and whether everything works afterwards. */
async function takeUp(parts: readonly unknown[]): Promise<'restored' | 'set aside'> {
  const clock = new ManualClock()
  const registry = newRegistry(clock, LEARNED)
  const bytes = Buffer.concat([...encodeCheckpoint({ version: STATE_VERSION, parts })])
  const last = new SharedArrayBuffer(bytes.length)
  new Uint8Array(last).set(bytes)
  const routes = newRoutes()
  const kept = await keepState(
    {
      ...{ directory: undefined, isLocked: false, intervalMs: 3_600_000, withoutState: false },
      ...{ last, keepInMemory: () => undefined },
    },
    {
      registry,
      labels: new ModelLabels(3, { model: undefined, version: undefined }),
      routes,
      clock,
      logger: silentLogger,
    },
  )
  const isAside = kept.checkpoints.outcomes.set_aside > 0
  if (isAside) expect([...registry.monitors, ...routes.routes]).toEqual([])
  for (const path of ['/score', '/ping']) learnRoute(routes, path, EXCHANGES)
  send(registry, clock, LEARNED + 20)
  send(registry, clock, LEARNED + 20, 'young')
  clock.advance(400_000)
  send(registry, clock, 20)
  for (const model of registry.snapshot()) {
    expect(Number.isFinite(model.predictionRows) && model.predictionRows >= 0).toBe(true)
    for (const { bins } of model.columns)
      for (const { total } of bins) expect(Number.isFinite(total) && total >= 0).toBe(true)
  }
  await kept.stop()
  expect(kept.checkpoints.outcomes.failed).toBe(0)
  return isAside ? 'set aside' : 'restored'
}

type Path = readonly (string | number)[]

/** Every place of plain data; of long lists and arrays the first two and the last. */
function* pathsOf(value: unknown, path: Path = []): Generator<Path> {
  yield path
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Map) {
    for (const [key, each] of value) yield* pathsOf(each, [...path, key as string])
    return
  }
  const keys =
    ArrayBuffer.isView(value) || Array.isArray(value) ? ends((value as unknown[]).length) : Object.keys(value)
  for (const key of keys) yield* pathsOf((value as Record<string | number, unknown>)[key], [...path, key])
}

const ends = (length: number): number[] =>
  [...new Set([0, 1, length - 1])].filter((i) => i >= 0 && i < length)

const WRONG: readonly unknown[] = [
  undefined,
  null,
  NaN,
  -1,
  Infinity,
  1e308,
  '',
  'x',
  {},
  [],
  true,
  new Map(),
  new Float64Array(3),
]

test('the good parts are taken up', async () => {
  const parts = goodParts()
  expect(parts.filter((part) => (part as { kind: string }).kind === 'route')).toHaveLength(2)
  expect(await takeUp(parts)).toBe('restored')
})

test('a deleted, a foreign and an impossible value at every place', async () => {
  const good = goodParts()
  const all = good.flatMap((part, index) => [...pathsOf(part, [index])])
  expect(all.length).toBeGreaterThan(300)
  let aside = 0
  let tried = 0
  for (const [turn, path] of all.entries()) {
    // A deletion and one wrong value at each place; over all places, every kind of wrong value many times.
    for (const wrong of ['delete', WRONG[turn % WRONG.length]]) {
      const parts = structuredClone(good)
      const parent = path
        .slice(0, -1)
        .reduce<unknown>(
          (value, key) => (value instanceof Map ? value.get(key) : Reflect.get(value as object, key)),
          parts,
        )
      const last = path.at(-1) as string | number
      if (ArrayBuffer.isView(parent)) {
        if (typeof wrong !== 'number') continue
        ;(parent as Float64Array)[last as number] = wrong
      } else if (parent instanceof Map) {
        if (wrong === 'delete') parent.delete(last)
        else parent.set(last, wrong)
      } else if (wrong === 'delete') Reflect.deleteProperty(parent as object, last)
      else Reflect.set(parent as object, last, wrong)
      tried += 1
      if ((await takeUp(parts)) === 'set aside') aside += 1
    }
  }
  expect(tried).toBeGreaterThan(500)
  // Some values are as good as the ones before, such as another text in a name.
  expect(aside / tried).toBeGreaterThan(0.7)
}, 240_000)

test.each<[string, (parts: unknown[]) => unknown[]]>([
  ['nothing', () => []],
  ['columns without a model', (parts) => parts.slice(1)],
  ['a column less', (parts) => parts.filter((_, index) => index !== 2)],
  ['a part of no kind', (parts) => [...parts, { kind: 'other' }]],
  ['a part that is no object', (parts) => [...parts, 7]],
  [
    'more models than are watched',
    (parts) => [
      ...parts,
      ...Array.from({ length: 9 }, (_, i) => ({
        ...(parts[0] as object),
        model: `m${i}`,
        baseline: undefined,
      })),
    ],
  ],
])('%s', async (_, change) => {
  await takeUp(change(goodParts()))
})
