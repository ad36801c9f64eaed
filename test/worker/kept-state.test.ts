/** What a restart takes up: windows always, counters only where nothing was counted since. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { reportRoute } from '../../src/calls/route-report.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import type { SavedOffset } from '../../src/sources/tail-offsets.ts'
import { keepState } from '../../src/worker/kept-state.ts'
import { newRegistry } from '../support/model-registry.ts'
import { learnRoute, newRoutes } from '../support/routes.ts'
import { batchOf } from '../support/rows.ts'

const LEARNED = 100
const OFFSETS: readonly SavedOffset[] = [
  { path: '/log', inode: '7', offset: 30, head: { bytes: 0, hash: '' } },
]

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kept-state-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** A process: it ends by `stop`, or by being forgotten, which is what kill -9 leaves. */
async function start() {
  const clock = new ManualClock()
  const registry = newRegistry(clock, LEARNED)
  const labels = new ModelLabels(3, { model: undefined, version: undefined })
  const routes = newRoutes()
  const kept = await keepState(
    {
      ...{ directory, isLocked: false, intervalMs: 3_600_000, withoutState: false },
      ...{ last: undefined, keepInMemory: () => undefined },
    },
    { registry, labels, routes, clock, logger: silentLogger },
  )
  return {
    kept,
    routes,
    send: (rows: number) => {
      for (let row = 0; row < rows; row += 1) {
        clock.advance(1)
        registry.monitor('m', '', 'log').accept(batchOf([{ x: row % 17 }], [{ y: row % 2 }]))
      }
    },
    /** Rows as they are exported: of the counters, and of the window. */
    seen: () => {
      const [model] = registry.snapshot()
      const x = model?.columns.find(({ name }) => name === 'x')
      return {
        predictions: model?.predictionRows,
        inBins: x?.bins.reduce((sum, { total }) => sum + total, 0),
        valid: x?.values.valid,
        compared: model?.rowCounts?.compared,
        inWindow: x?.windows[0]?.observations,
      }
    },
  }
}

test('an orderly end keeps windows and counters up to the last row', async () => {
  const first = await start()
  first.send(LEARNED + 40)
  await first.kept.stop()
  const second = await start()
  second.send(2)
  expect(second.seen()).toEqual({ predictions: 142, inBins: 42, valid: 42, compared: 42, inWindow: 42 })
})

test('an end that comes while a checkpoint is written still keeps the last row', async () => {
  const first = await start()
  first.send(LEARNED + 40)
  let stopped: Promise<void> | undefined
  const offsets = () => {
    // Asked for after the models were written.
    if (stopped === undefined) {
      first.send(1)
      stopped = first.kept.stop()
    }
    return OFFSETS
  }
  first.kept.follow('tail', { place: offsets, hold: (work) => work() })
  await vi.waitFor(() => expect(stopped).toBeDefined())
  await stopped
  expect((await start()).seen()).toMatchObject({ predictions: 141, inWindow: 41 })
})

test('after a crash windows go on from the checkpoint, and counters begin at 0', async () => {
  const first = await start()
  first.send(LEARNED + 40)
  await first.kept.checkpoints.save()
  // Scraped, and in no checkpoint: a counter that went on from 140 would have fallen, and 140 would count twice.
  first.send(25)
  const second = await start()
  second.send(2)
  expect(second.seen()).toEqual({ predictions: 2, inBins: 2, valid: 2, compared: 2, inWindow: 42 })
})

test('a crash after an orderly restart is a crash, and reading goes on where the windows stand', async () => {
  const first = await start()
  first.kept.follow('tail', { place: () => OFFSETS, hold: (work) => work() })
  first.kept.follow('other', { place: () => ['line 3'], hold: (work) => work() })
  first.send(LEARNED + 40)
  await first.kept.stop()
  const second = await start()
  second.send(5)
  const third = await start()
  expect(third.kept.places).toEqual(
    new Map<string, unknown>([
      ['tail', OFFSETS],
      ['other', ['line 3']],
    ]),
  )
  expect(third.seen()).toMatchObject({ predictions: 0, inBins: 0, inWindow: 40 })
})

/** A text that never changes, a score, and a status word. */
const exchanges = (count: number, plan: string) =>
  Array.from({ length: count }, (_, turn) => ({
    request: { plan, customer: { age: 20 + turn, secret_plan: 'never written' } },
    response: { status: 'ok', currency: 'EUR', score: turn / count },
  }))

test('a route reads the same columns after a restart, from its first exchange on', async () => {
  const first = await start()
  const before = learnRoute(first.routes, '/score', exchanges(32, 'pro'))
  expect(before).toMatchObject({ predictions: ['score'], rows: 1 })
  await first.kept.stop()
  // Another process would learn otherwise from these: the plan is a column, and so is the currency.
  const others = exchanges(32, 'basic').map(({ request, response }, turn) => ({
    request: { ...request, plan: turn % 2 ? 'basic' : 'pro' },
    response: { ...response, currency: turn % 2 ? 'EUR' : 'USD' },
  }))
  const fresh = newRoutes()
  expect(learnRoute(fresh, '/score', others).predictions).toEqual(['currency', 'score'])
  const second = await start()
  expect(learnRoute(second.routes, '/score', others.slice(0, 1))).toEqual(before)
  expect(second.routes.routes.map(reportRoute)).toMatchObject([
    {
      state: 'understood',
      leftOut: [
        { side: 'request', path: '$.plan' },
        { side: 'request', path: '$.customer.secret_plan' },
        { side: 'response', path: '$.status' },
        { side: 'response', path: '$.currency' },
      ],
      skeleton: {},
    },
  ])
  // What never changed before may change after it.
  for (const each of others) learnRoute(second.routes, '/score', [each])
  expect(second.routes.routes[0]?.learner.misfits.constant).toBeGreaterThan(0)
  await second.kept.stop()
})

test('the checkpoint has names of members, and no value', async () => {
  const { kept, routes } = await start()
  learnRoute(routes, '/score', exchanges(32, 'a value of the request'))
  await kept.stop()
  const written = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'latin1'))
  expect(written.join()).toContain('secret_plan')
  for (const value of ['a value of the request', 'never written', 'EUR'])
    expect(written.join()).not.toContain(value)
})

test('a route that gives no rows is not learned again', async () => {
  const first = await start()
  learnRoute(
    first.routes,
    '/ping',
    exchanges(32, 'pro').map(({ request }) => ({ request, response: { status: 'ok' } })),
  )
  await first.kept.stop()
  const second = await start()
  expect(second.routes.routes[0]?.learner.state).toBe('not-understood')
  await second.kept.stop()
})

test('a route is learned again when the configuration says otherwise', async () => {
  const first = await start()
  learnRoute(first.routes, '/score', exchanges(32, 'pro'))
  const kept = [...first.routes.kept()]
  await first.kept.stop()
  const same = newRoutes()
  same.restore(kept)
  expect(same.routes).toHaveLength(1)
  for (const options of [{ maxColumns: 7 }, { columnNames: { features: ['x'], predictions: [] } }]) {
    const other = newRoutes(options)
    other.restore(kept)
    expect(other.routes).toEqual([])
  }
})
