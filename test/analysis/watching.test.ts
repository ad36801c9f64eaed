import { expect, test } from 'vitest'
import type { ModelState } from '../../src/analysis/model-state.ts'
import type { MonitorOptions } from '../../src/analysis/options.ts'
import { Watching, type WatchingSnapshot } from '../../src/analysis/watching.ts'
import { baselineOptions } from '../../src/baseline/options.ts'
import { driftOptions } from '../../src/drift/options.ts'
import { baselineOf } from '../support/baseline.ts'
import { batchOf, normalSource, randomSource, type Row } from '../support/rows.ts'

const MINUTE = 60_000
const START_MS = 1_700_000_000_000

const options: MonitorOptions = {
  baseline: baselineOptions.parse({}),
  windows: [5 * MINUTE],
  drift: driftOptions.parse({}),
  limits: { models: 1, features: 20, categories: 10 },
  evaluation: { interval: 10_000 },
}

const normal = normalSource(randomSource(3))
const features = Array.from({ length: 3_000 }, (): Row => ({ age: 40 + 10 * normal(), job: 'cook' }))
const predictions = Array.from({ length: 3_000 }, (): Row => ({ score: normal() }))

const watch = (own = options) =>
  new Watching({
    baseline: baselineOf({ features, predictions }),
    origin: 'loaded',
    options: own,
    nowMs: START_MS,
    tell: () => undefined,
  })

function evaluate(watching: Watching): WatchingSnapshot {
  const slices = watching.evaluation(() => START_MS)
  for (;;) {
    const slice = slices.next()
    if (slice.done === true) return slice.value
  }
}

test('features are evaluated before predictions, one column between two slices', () => {
  const watching = watch()
  const slices = [...watching.evaluation(() => START_MS)]
  expect(slices).toHaveLength(3)
  expect(evaluate(watching).columns.map(({ role, name }) => `${role} ${name}`)).toEqual([
    'feature age',
    'feature job',
    'prediction score',
  ])
})

test('outliers of predictions do not make a row an outlier', () => {
  const watching = watch()
  watching.accept(batchOf([{ age: 41, job: 'cook' }], [{ score: 1e9 }]), START_MS, START_MS)
  expect(evaluate(watching).rowOutliers).toMatchObject({ sum: 0 })
  watching.accept(batchOf([{ age: 1e9, job: 'cook' }], [{ score: 0 }]), START_MS, START_MS)
  expect(evaluate(watching).rowOutliers).toMatchObject({ sum: 1 })
})

test('it goes on from its saved state', () => {
  const [first, second] = [watch(), watch()]
  for (const row of features.slice(0, 500)) first.accept(batchOf([row], [{ score: 1 }]), START_MS, START_MS)
  const rows = first.rowState(START_MS) as ModelState
  const columns = structuredClone(first.monitors.map((monitor) => monitor.state()))
  second.restore(rows, columns, START_MS)
  expect(evaluate(second)).toEqual(evaluate(first))
})

test('its state names the baseline that it compares with', () => {
  expect(watch().state).toMatchObject({
    state: 'loaded',
    rows: 3_000,
    hash: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    createdEpochMs: START_MS,
  })
})

test.each([
  [true, false],
  [false, true],
])('with waitForDays %s, a shift is drift before a day is known: %s', (waitForDays, isDrift) => {
  const watching = watch({ ...options, drift: driftOptions.parse({ waitForDays }) })
  const rows = features.map(({ job }): Row => ({ age: 60 + 10 * normal(), job }))
  watching.accept(batchOf(rows, predictions), START_MS, START_MS)
  const snapshot = evaluate(watching)
  expect(snapshot.driftedFeaturesRatio.map(({ ratio }) => ratio)).toEqual(isDrift ? [0.5] : [])
  expect(snapshot.calibrationDays).toBe(waitForDays ? 0 : undefined)
})
