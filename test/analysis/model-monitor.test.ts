import { expect, test } from 'vitest'
import type { ModelMonitor } from '../../src/analysis/model-monitor.ts'
import { ModelRegistry } from '../../src/analysis/model-registry.ts'
import { fullMessage, type MonitorEvent } from '../../src/analysis/monitor-event.ts'
import type { MonitorOptions } from '../../src/analysis/options.ts'
import { baselineOptions } from '../../src/baseline/options.ts'
import { driftOptions } from '../../src/drift/options.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { batchOf, normalSource, randomSource, type Row } from '../support/rows.ts'

const MINUTE = 60_000

function options(over: Partial<MonitorOptions> = {}): MonitorOptions {
  return {
    baseline: baselineOptions.parse({ learn: { rows: 2_000, minDuration: '10m' } }),
    windows: [5 * MINUTE, 60 * MINUTE],
    drift: driftOptions.parse({}),
    limits: { models: 3, features: 20, categories: 10 },
    evaluation: { interval: 10_000 },
    ...over,
  }
}

/** A registry on a clock that stands still, with a steady stream of rows to send it. */
function setUp(over: Partial<MonitorOptions> = {}) {
  const clock = new ManualClock()
  const events: MonitorEvent[] = []
  const registry = new ModelRegistry({
    options: options(over),
    clock,
    onEvent: (event) => events.push(event),
  })
  const random = randomSource(5)
  const normal = normalSource(random)
  const row = (shift: number): Row => ({
    amount: normal() + shift,
    city: 'abc'[Math.floor(random() * 3)],
    flag: random() < 0.5 ? 0 : 1,
  })
  const send = (rows: number, shift = 0, model = 'm'): void => {
    for (let i = 0; i < rows; i += 1) {
      registry.monitor(model, '1', 'kserve_v2').accept(batchOf([row(shift)], [{ score: random() }]))
      clock.advance(100)
    }
  }
  return {
    clock,
    events,
    registry,
    send,
    monitor: (): ModelMonitor => registry.monitor('m', '1', 'kserve_v2'),
  }
}

test('learns from the first rows, says so, then compares only later rows', () => {
  const { events, registry, send, monitor } = setUp()
  send(3_000)
  expect(monitor().evaluate()).toMatchObject({
    predictionRows: 3_000,
    baseline: { state: 'learning', rows: 3_000, targetRows: 2_000 },
    columns: [],
  })
  // Enough rows, but ten minutes are 6,000 of them.
  send(3_100)
  const [model] = registry.snapshot()
  expect(model?.baseline).toMatchObject({ state: 'learned', rows: 6_001 })
  expect(events.map(({ kind }) => kind)).toEqual([
    'learning-started',
    ...Array.from({ length: 9 }, () => 'learning-progress'),
    'baseline-frozen',
  ])
  expect(model?.columns.map(({ role, name, kind }) => `${role} ${name} ${kind}`)).toEqual([
    'feature amount numeric',
    'feature city categorical',
    'feature flag discrete',
    'prediction score numeric',
  ])
  expect(model?.columns[0]?.windows[0]?.observations).toBe(99)
  expect(model?.columns[0]?.bins.reduce((sum, { total }) => sum + total, 0)).toBe(99)
})

test('no score below the minimum sample, then a score under its threshold, then one above it after a shift', () => {
  const { registry, send } = setUp()
  send(6_001 + 150)
  const column = () => registry.snapshot()[0]?.columns[0]
  expect(column()?.windows[0]?.scores).toEqual([])
  send(2_850)
  const calm = column()?.windows[0]
  expect(calm?.scores.map(({ statistic }) => statistic)).toEqual([
    'psi',
    'jensen_shannon',
    'ks',
    'wasserstein',
    // What was learned within minutes cannot tell drift from the hour before a day was judged.
  ])
  for (const { value, threshold } of calm?.scores ?? []) expect(value).toBeLessThan(threshold)
  expect(registry.snapshot()[0]?.driftedFeaturesRatio).toEqual([])
  send(3_000, 0.5)
  const drifted = column()?.windows[0]
  const above = drifted?.scores.filter(({ value, threshold }) => value > threshold)
  // Before a day was judged there is no deviation, which the ratio and the alerts read.
  expect(above?.map(({ statistic }) => statistic)).toEqual(['psi', 'jensen_shannon', 'ks', 'wasserstein'])
  expect(drifted?.isProvisional).toBe(true)
  expect(drifted?.quantiles.find(({ q }) => q === 0.5)?.value).toBeCloseTo(0.5, 1)
  expect(registry.snapshot()[0]?.driftedFeaturesRatio).toEqual([])
})

test('class ratios and bins of a discrete and a categorical column', () => {
  const { registry, send } = setUp()
  send(8_000)
  const columns = registry.snapshot()[0]?.columns ?? []
  const flag = columns.find(({ name }) => name === 'flag')
  expect(flag?.bins.map(({ label }) => label)).toEqual(['v_0', 'v_1', 'unseen', 'missing'])
  expect(flag?.windows[0]?.classes.map(({ label }) => label)).toEqual(['0', '1', 'unseen', 'missing'])
  const city = columns.find(({ name }) => name === 'city')
  expect(city?.windows[0]?.classes.reduce((sum, { ratio }) => sum + ratio, 0)).toBeCloseTo(1, 9)
  expect(city?.windows[0]?.quantiles).toEqual([])
  for (const { bins } of columns)
    expect(bins.reduce((sum, { baselineRatio }) => sum + baselineRatio, 0)).toBeCloseTo(1, 6)
})

test('a column that stops coming is missing, and drifts', () => {
  const { registry, clock, send } = setUp()
  send(6_001)
  for (let i = 0; i < 500; i += 1) {
    registry.monitor('m', '1', 'kserve_v2').accept(batchOf([{ city: 'a' }]))
    clock.advance(100)
  }
  const amount = registry.snapshot()[0]?.columns[0]
  expect(amount?.values.missing).toBe(500)
  const psi = amount?.windows[0]?.scores.find(({ statistic }) => statistic === 'psi')
  expect(psi?.value).toBeGreaterThan(5)
  // Without a number there is no distance of numbers.
  expect(amount?.windows[0]?.scores.map(({ statistic }) => statistic)).toEqual([
    'psi',
    'jensen_shannon',
    // Five hundred rows do not tell how many of them are alike: nothing is drift yet.
  ])
})

test('a baseline file is used from the first row on, where it is for the model', () => {
  const { send, monitor } = setUp()
  send(6_001)
  const learned = monitor().baseline
  const events: MonitorEvent[] = []
  const registry = (model: string) =>
    new ModelRegistry({
      options: options(),
      clock: new ManualClock(),
      loadedBaseline: learned && { ...learned, model },
      onEvent: (event) => events.push(event),
    })
  for (const [named, asked] of [
    ['', 'm'],
    ['m', 'm'],
    ['m', 'default'],
  ] as const) {
    expect(registry(named).monitor(asked, '1', 'p').evaluate().baseline).toMatchObject({
      state: 'loaded',
      rows: 6_001,
    })
  }
  expect(registry('m').monitor('m', '2', 'p').evaluate().baseline.state).toBe('learning')
  expect(registry('m').monitor('n', '1', 'p').evaluate().baseline.state).toBe('learning')
  expect(events.filter(({ kind }) => kind === 'baseline-not-for-model')).toHaveLength(2)
})

test('models over the limit are watched together as other', () => {
  const { registry, events, send } = setUp()
  for (const model of ['m', 'n', 'o', 'p', 'q']) send(2, 0, model)
  expect(registry.snapshot().map(({ model, predictionRows }) => [model, predictionRows])).toEqual([
    ['m', 2],
    ['n', 2],
    ['o', 2],
    ['other', 4],
  ])
  expect(registry.overLimit).toBe(4)
  expect(events.filter(({ kind }) => kind === 'models-over-limit')).toHaveLength(1)
})

test('relearning throws windows and baseline away', () => {
  const { registry, send, monitor } = setUp()
  send(7_000)
  monitor().relearn()
  expect(registry.snapshot()[0]).toMatchObject({ baseline: { state: 'learning', rows: 0 }, columns: [] })
  send(6_001, 3)
  expect(monitor().baseline?.columns[0]).toMatchObject({ mean: expect.closeTo(3, 0) as number })
})

test('rows may come between two slices of an evaluation', () => {
  const { send, monitor } = setUp()
  send(7_000)
  const slices = monitor().evaluation()
  let columns = 0
  for (;;) {
    const slice = slices.next()
    if (slice.done === true) {
      expect(slice.value.columns).toHaveLength(4)
      break
    }
    columns += 1
    send(50)
  }
  expect(columns).toBe(4)
})

test('a registry goes on from its saved state as if nothing had happened', () => {
  const first = setUp()
  first.send(9_000)
  const state = structuredClone([...first.registry.state()])
  const registry = new ModelRegistry({ options: options(), clock: first.clock, onEvent: () => undefined })
  registry.restore(state)
  expect(registry.snapshot()).toEqual(first.registry.snapshot())
  const otherWindows = new ModelRegistry({
    options: options({ windows: [MINUTE] }),
    clock: first.clock,
    onEvent: () => undefined,
  })
  otherWindows.restore(state)
  expect(otherWindows.snapshot()[0]).toMatchObject({ baseline: { state: 'learned' }, predictionRows: 9_000 })
  expect(otherWindows.snapshot()[0]?.columns[0]?.windows[0]?.observations).toBe(0)
})

test('learning goes on from its saved state too', () => {
  const first = setUp()
  first.send(4_000)
  const state = structuredClone([...first.registry.state()])
  const registry = new ModelRegistry({ options: options(), clock: first.clock, onEvent: () => undefined })
  registry.restore(state)
  const restored = registry.monitor('m', '1', 'kserve_v2')
  expect(restored.evaluate().baseline).toMatchObject({ state: 'learning', rows: 4_000, targetRows: 2_000 })
  const random = randomSource(77)
  for (let i = 0; i < 2_001; i += 1) {
    const row = { amount: random(), city: 'abc'[i % 3], flag: i % 2 }
    for (const monitor of [restored, first.monitor()]) monitor.accept(batchOf([row], [{ score: random() }]))
    first.clock.advance(100)
  }
  const [original, continued] = [first.monitor(), restored].map(({ baseline }) => baseline)
  expect(continued?.rows).toBe(6_001)
  expect(continued?.columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual(
    original?.columns.map(({ name, kind }) => `${name} ${kind}`),
  )
  expect(continued?.columns[1]).toEqual(original?.columns[1])
  expect(continued?.columns[2]).toEqual(original?.columns[2])
})

test('a column that became constant, outliers, duplicates and bounds are in the snapshot', () => {
  const { registry, clock, send } = setUp({ bounds: { score: [0, 1] }, quality: { lowConfidence: 0.6 } })
  send(6_001)
  for (let i = 0; i < 300; i += 1) {
    const row = { amount: 1e6, city: 'b', flag: i % 2 }
    registry.monitor('m', '1', 'p').accept(batchOf([row], [{ score: i % 3 === 0 ? 7 : 0.5 }]))
    clock.advance(100)
  }
  const model = registry.snapshot()[0]
  const constant = model?.columns.map(({ name, windows }) => [name, windows[0]?.constant])
  expect(constant).toEqual([
    ['amount', true],
    ['city', true],
    ['flag', false],
    ['score', false],
  ])
  expect(model?.columns[0]?.outliers).toBe(300)
  expect(model?.rowCounts).toMatchObject({
    missingColumns: 0,
    extraColumns: 0,
    compared: 300,
    duplicates: 298,
  })
  expect(model?.rowOutliers?.counts.at(-1)).toBe(300)
  expect(model?.boundsViolations).toEqual([{ role: 'prediction', name: 'score', count: 100 }])
})

test('the share of predictions of low confidence', () => {
  const clock = new ManualClock()
  const learn = { rows: 1_000, minDuration: '1s' }
  const registry = new ModelRegistry({
    options: options({ baseline: baselineOptions.parse({ learn }), quality: { lowConfidence: 0.6 } }),
    clock,
    onEvent: () => undefined,
  })
  const send = (rows: number, low: number): void => {
    for (let i = 0; i < rows; i += 1) {
      const y_confidence = i % 10 < 10 * low ? 0.55 : 0.6 + 0.4 * ((i * 0.618) % 1) + 1e-6
      registry.monitor('m', '', 'p').accept(batchOf([{ a: 1 }], [{ y_confidence }]))
      clock.advance(10)
    }
  }
  send(1_000, 0.1)
  send(1_000, 0.3)
  const confidence = registry.snapshot()[0]?.columns.find(({ name }) => name === 'y_confidence')
  expect(confidence?.windows[0]?.lowConfidenceRatio).toBeCloseTo(0.3, 2)
  expect(confidence?.windows[0]?.constant).toBe(false)
})

test('a new version is compared with what the version before it sees', () => {
  const clock = new ManualClock()
  const learn = { rows: 1_000, minDuration: '1s' }
  const registry = new ModelRegistry({
    options: options({ baseline: baselineOptions.parse({ learn, newVersion: 'previous' }) }),
    clock,
    onEvent: () => undefined,
  })
  const normal = normalSource(randomSource(8))
  const send = (version: string, rows: number, mean: number): void => {
    for (let i = 0; i < rows; i += 1) {
      registry
        .monitor('m', version, 'p')
        .accept(batchOf([{ x: normal() + mean, c: i % 2 ? 'a' : 'b', d: i % 3 }]))
      clock.advance(100)
    }
  }
  send('1', 1_000, 0)
  expect(registry.monitor('m', '1', 'p').evaluate().baseline.state).toBe('learned')
  // The traffic is another one than in training, for both versions alike.
  send('1', 3_000, 2)
  send('2', 1_000, 2)
  const canary = registry.monitor('m', '2', 'p')
  expect(canary.baseline).toMatchObject({ rows: 3_000, source: 'the last 1h of version 1' })
  const columns = canary.evaluate().columns
  expect(columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'x numeric',
    'c categorical',
    'd discrete',
  ])
  for (const { windows } of columns) {
    for (const { value, threshold } of windows[0]?.scores ?? []) expect(value).toBeLessThan(threshold)
  }
  const [x] = canary.baseline?.columns ?? []
  expect(x).toMatchObject({
    mean: expect.closeTo(2, 0) as number,
    standardDeviation: expect.closeTo(1, 1) as number,
  })
})

test('what a baseline cannot support, and columns that do not fit it, are said once', () => {
  const learned = setUp()
  learned.send(6_001)
  const loadedBaseline = learned.monitor().baseline
  if (loadedBaseline === undefined) throw new Error('not learned')
  const events: MonitorEvent[] = []
  const registry = new ModelRegistry({
    options: options(),
    clock: learned.clock,
    loadedBaseline: { ...loadedBaseline, rows: 500 },
    onEvent: (event) => events.push(event),
  })
  expect(events.map(({ kind }) => kind)).toEqual(['baseline-limited'])
  for (let i = 0; i < 3_000; i += 1)
    registry.monitor('m', '1', 'p').accept(batchOf([{ amount: i, town: 'a' }], [{ score: 1 }]))
  expect(events.map((event) => [event.kind, event.level, fullMessage(event)])).toEqual([
    [
      'baseline-limited',
      'warn',
      'the baseline has limits; `modeltap baseline inspect` lists them: 500 rows are few: thresholds are high, small drift stays unseen; 1000 or more are better',
    ],
    ['columns-not-in-baseline', 'warn', 'features that the baseline lacks, so they are not compared: town'],
    ['columns-never-seen', 'warn', 'features of the baseline that have not come in 1000 rows: city, flag'],
  ])
})

test('columns that the baseline lacks are told once each, however late, and bounded', () => {
  const { send, monitor, events } = setUp()
  send(6_001)
  events.length = 0
  for (let i = 0; i < 2_000; i += 1)
    monitor().accept(batchOf([{ amount: i, city: 'a', flag: 1, ...(i < 1_500 ? {} : { late: i }) }]))
  for (let i = 0; i < 200; i += 1) monitor().accept(batchOf([{ [`made-up-${i}`]: 1 }]))
  const told = events.filter(({ kind }) => kind === 'columns-not-in-baseline').map(fullMessage)
  expect(told[0]).toBe('features that the baseline lacks, so they are not compared: late')
  expect(told).toHaveLength(50)
  expect(told.at(-1)).toContain('further ones are not reported: made-up-48')
  const extra = monitor().evaluate().columnsNotInBaseline
  expect(extra?.slice(0, 2)).toEqual([
    { role: 'feature', name: 'late' },
    { role: 'feature', name: 'made-up-0' },
  ])
})

test('a side that could not be read is not missing, neither in learning nor later', () => {
  const { registry, send, monitor } = setUp()
  const unread = (rows: number): void => {
    const predictions = Array.from({ length: rows }, () => ({ score: 0.5 }))
    monitor().accept(batchOf([], predictions))
  }
  for (let i = 0; i < 10; i += 1) {
    send(500)
    unread(500)
  }
  send(1_001)
  const baseline = monitor().baseline
  expect(baseline?.rows).toBe(11_001)
  expect(baseline?.columns.map(({ name, rows, missing }) => [name, rows, missing])).toEqual([
    ['amount', 6_001, 0],
    ['city', 6_001, 0],
    ['flag', 6_001, 0],
    ['score', undefined, 0],
  ])
  send(1_000)
  unread(1_000)
  const model = registry.snapshot()[0]
  for (const { role, values, windows } of model?.columns ?? []) {
    expect(values.missing).toBe(0)
    expect(windows[0]?.observations).toBe(role === 'feature' ? 1_000 : 2_000)
    for (const { value, threshold } of role === 'feature' ? (windows[0]?.scores ?? []) : [])
      expect(value).toBeLessThan(threshold)
  }
  expect(model?.rowCounts).toMatchObject({ missingColumns: 0, compared: 1_000 })
  expect(model?.rowOutliers?.counts.reduce((sum, count) => sum + count, 0)).toBe(1_000)
})

test('the course of a column is the highest score of its shortest window with scores, as evaluate has it', () => {
  const { send, monitor } = setUp()
  expect(monitor().course().columns).toEqual([])
  send(9_000)
  send(4_000, 2)
  const { columns, predictionRows } = monitor().evaluate()
  const expected = columns.map(({ role, name, windows }) => {
    const scores = windows.find((window) => window.scores.length > 0)?.scores ?? []
    return { role, name, excess: Math.max(...scores.map(({ value, threshold }) => value / threshold)) }
  })
  expect(expected.some(({ excess }) => excess > 1)).toBe(true)
  expect(monitor().course()).toEqual({ model: 'm', version: '1', predictionRows, columns: expected })
})
