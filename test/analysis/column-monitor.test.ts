import { expect, test } from 'vitest'
import { ColumnMonitor } from '../../src/analysis/column-monitor.ts'
import type { BaselineColumn } from '../../src/baseline/baseline.ts'
import { DEFAULT_PRIVACY } from '../../src/baseline/privacy.ts'
import { baselineOf } from '../support/baseline.ts'
import { batchOf, type Cell, normalSource, randomSource } from '../support/rows.ts'

const START_MS = 1_700_000_000_000
const settings = {
  windowsMs: [60_000, 600_000],
  tails: [1e-6, 1e-6],
  statistics: ['psi'],
  minSamples: 100,
  lowConfidence: undefined,
  effect: {},
} as const

const normal = normalSource(randomSource(21))
const normals = (count: number): number[] => Array.from({ length: count }, () => normal())

function monitorOf(cells: readonly Cell[]) {
  const features = cells.map((x) => ({ x }))
  const column = baselineOf({ features }).columns[0] as BaselineColumn
  const make = () =>
    new ColumnMonitor({ column, baseline: { rows: cells.length }, settings, nowMs: START_MS })
  return { make, monitor: make() }
}

function send(monitor: ColumnMonitor, cells: readonly Cell[], nowMs = START_MS): Uint16Array {
  const flags = new Uint16Array(cells.length)
  const batch = batchOf(cells.map((x) => ({ x })))
  monitor.accept(batch.features.find('x'), cells.length, { nowMs, flags })
  return flags
}

test('every value is of one kind and in one bin', () => {
  const { monitor } = monitorOf(normals(2_000))
  send(monitor, [0, undefined, 'text', 99, Number.NaN, true])
  const { values, bins, outliers } = monitor.evaluate(START_MS, 1e-6)
  expect(values).toEqual({ valid: 1, missing: 1, wrong_type: 3, out_of_range: 1, unseen: 0 })
  expect(bins.reduce((sum, { total }) => sum + total, 0)).toBe(6)
  expect(outliers).toBe(1)
})

test('outliers are flagged in their rows', () => {
  const { monitor } = monitorOf(normals(2_000))
  expect([...send(monitor, [0, 50, 0, -50])]).toEqual([0, 1, 0, 1])
})

test('a batch without the column is missing values', () => {
  const { monitor } = monitorOf(normals(2_000))
  monitor.accept(undefined, 7, { nowMs: START_MS, flags: new Uint16Array(7) })
  expect(monitor.evaluate(START_MS, 1e-6).values.missing).toBe(7)
})

test('windows forget, counters do not', () => {
  const { monitor } = monitorOf(normals(2_000))
  send(monitor, normals(300))
  send(monitor, normals(200), START_MS + 120_000)
  const { windows, bins } = monitor.evaluate(START_MS + 120_000, 1e-6)
  expect(windows.map(({ observations }) => observations)).toEqual([200, 500])
  expect(bins.reduce((sum, { total }) => sum + total, 0)).toBe(500)
  expect(monitor.rows(START_MS + 120_000, 0)).toBe(200)
})

test('a window becomes a baseline of its own', () => {
  const { monitor } = monitorOf(normals(2_000))
  send(
    monitor,
    normals(2_000).map((value) => value + 5),
  )
  expect(
    monitor.asBaseline({
      ...{ nowMs: START_MS, place: 0, maxCategories: 10 },
      privacy: DEFAULT_PRIVACY,
      hashName: String,
    }),
  ).toMatchObject({
    kind: 'numeric',
    mean: expect.closeTo(5, 0) as number,
  })
})

test('state and restore', () => {
  const { make, monitor } = monitorOf(normals(2_000))
  send(monitor, [...normals(300), 1e6])
  const next = make()
  next.restore(structuredClone(monitor.state()), START_MS)
  expect(next.evaluate(START_MS, 1e-6)).toEqual(monitor.evaluate(START_MS, 1e-6))
})
