/** Mixtures of columns that do not drift: no alarm over simulated months; and a shift is found as fast as without them. */
import { expect, test } from 'vitest'
import { ModelMonitor } from '../../src/analysis/model-monitor.ts'
import type { MonitorOptions } from '../../src/analysis/options.ts'
import { baselineOptions } from '../../src/baseline/options.ts'
import { driftOptions } from '../../src/drift/options.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { batchOf, type Cell, normalSource, randomSource, type Row } from '../support/rows.ts'

const HOUR = 3_600_000
const options: MonitorOptions = {
  baseline: baselineOptions.parse({ learn: { rows: 3_000, minDuration: '10m' } }),
  windows: [5 * 60_000, HOUR, 24 * HOUR],
  drift: driftOptions.parse({}),
  limits: { models: 1, features: 40, categories: 50 },
  evaluation: { interval: 10_000 },
}

interface World {
  readonly random: () => number
  readonly normal: () => number
  readonly nowMs: () => number
  row: number
}

/** Kinds of columns that are no features, or have a long tail. */
const COLUMNS: Readonly<Record<string, (world: World) => Cell>> = {
  request_id: ({ random }) => hexOf(random, 32),
  order: ({ row }) => 100_000 + row,
  account_no: ({ random }) => 1_000_000 + Math.floor(random() * 8_000_000),
  email: ({ random }) => `${hexOf(random, 5)}@example.com`,
  created: ({ nowMs, random }) => new Date(nowMs() - 1_000 * random()).toISOString(),
  sent_ms: ({ nowMs, random }) => Math.floor(nowMs() - 1_000 * random()),
  date: ({ nowMs }) => new Date(nowMs()).toISOString().slice(0, 10),
  shop: ({ random }) => `shop ${zipf(random, 10_000)}`,
  user: ({ random }) => `u${zipf(random, 900)}`,
  city: ({ random }) => `city ${zipf(random, 300)}`,
  note: ({ random }) => Array.from({ length: 4 }, () => `w${zipf(random, 500)}`).join(' '),
  code: ({ random }) => (random() < 0.02 ? `rare${zipf(random, 100_000)}` : 'common'),
  tenth: ({ random }) => 0.1 * Math.floor(10 * random()) + 0.2,
  plan: ({ random }) => (random() < 0.3 ? 'pro' : 'free'),
}

const hexOf = (random: () => number, length: number): string =>
  Array.from({ length }, () => Math.floor(16 * random()).toString(16)).join('')

/** Ranks with P(rank) near 1 / rank. */
const zipf = (random: () => number, size: number): number =>
  Math.floor(Math.exp(random() * Math.log(size + 1)))

function simulate(seed: number) {
  const random = randomSource(seed)
  const clock = new ManualClock()
  const normal = normalSource(random)
  const world: World = { random, normal, nowMs: clock.epochMs, row: 0 }
  // A mixture: each kind is there or not, as a feature or as a prediction.
  const names = Object.keys(COLUMNS).filter(() => random() < 0.7)
  const side = new Map(names.map((name) => [name, random() < 0.3 ? 'prediction' : 'feature']))
  const events: string[] = []
  const monitor = new ModelMonitor({
    ...{ model: 'm', version: '', protocol: 'p', options, clock, baseline: undefined },
    onEvent: ({ kind }) => events.push(kind),
  })
  const rowOf = (role: string, shift: number): Row => ({
    [role === 'feature' ? 'amount' : 'score']: normal() + (role === 'feature' ? shift : 0),
    ...Object.fromEntries(
      names.filter((name) => side.get(name) === role).map((name) => [name, COLUMNS[name]?.(world)]),
    ),
  })
  const send = (rows: number, everyMs: number, shift = 0): void => {
    for (let sent = 0; sent < rows; sent += 10) {
      const batch = Array.from({ length: 10 }, () => {
        world.row += 1
        return [rowOf('feature', shift), rowOf('prediction', shift)] as const
      })
      monitor.accept(
        batchOf(
          batch.map(([feature]) => feature),
          batch.map(([, prediction]) => prediction),
        ),
      )
      clock.advance(10 * everyMs)
    }
  }
  const drifted = (): string[] =>
    monitor
      .evaluate()
      .columns.filter(({ windows }) =>
        windows.some(({ scores }) => scores.some(({ value, threshold }) => value > threshold)),
      )
      .map(({ name }) => name)
  return { send, drifted, monitor, names }
}

test.each([1, 2, 3, 4, 5, 6])(
  'mixture %i: two months without drift, then a shift of one feature',
  { timeout: 60_000 },
  (seed) => {
    const { send, drifted, monitor, names } = simulate(seed)
    send(3_000, 250)
    expect(monitor.baseline, names.join()).toBeDefined()
    const alarms = new Set<string>()
    // Sixty days; of each a stretch of five minutes at four rows a second, so that all windows have their rows.
    for (let day = 0; day < 60; day += 1) {
      send(1_200, 250)
      for (const name of drifted()) alarms.add(`day ${day}: ${name}`)
      send(10, (23 * HOUR) / 10)
    }
    expect([...alarms]).toEqual([])
    let rows = 0
    while (drifted().length === 0 && rows < 6_000) {
      send(100, 250, 0.5)
      rows += 100
    }
    expect(drifted()).toEqual(['amount'])
    // Half a standard deviation in a column of numbers alone takes as long: found within 150 s of four rows a second.
    expect(rows).toBeLessThanOrEqual(600)
  },
)
