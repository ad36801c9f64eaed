import { expect, test } from 'vitest'
import { ColumnMonitor } from '../../src/analysis/column-monitor.ts'
import { ColumnScores, EXPORTED_QUANTILES, type ScoreSettings } from '../../src/analysis/column-scores.ts'
import type { BaselineColumn } from '../../src/baseline/baseline.ts'
import { layoutOf } from '../../src/baseline/layout.ts'
import { baselineOf } from '../support/baseline.ts'
import { batchOf, type Cell, normalSource, randomSource, type Row } from '../support/rows.ts'

const NOW_MS = 1_700_000_000_000
const TAIL = 1e-6
const settings: ScoreSettings = {
  windowsMs: [300_000],
  tails: [1e-6],
  statistics: ['psi', 'jensen_shannon', 'chi_square', 'ks', 'wasserstein', 'l_infinity'],
  minSamples: 200,
  lowConfidence: 0.6,
  effect: {},
}

const normal = normalSource(randomSource(11))
const normals = (count: number): number[] => Array.from({ length: count }, () => normal())

function columnOf(cells: readonly Cell[], name = 'x'): BaselineColumn {
  const predictions: Row[] = cells.map((cell) => ({ [name]: cell }))
  return baselineOf({ predictions }).columns[0] as BaselineColumn
}

/** The only window after these cells. */
function windowOf(column: BaselineColumn, cells: readonly Cell[], over: Partial<ScoreSettings> = {}) {
  const monitor = new ColumnMonitor({
    ...{ column, baseline: { rows: 3_000 }, nowMs: NOW_MS },
    settings: { ...settings, ...over },
  })
  const batch = batchOf(
    [],
    cells.map((cell) => ({ [column.name]: cell })),
  )
  const flags = new Uint16Array(cells.length)
  monitor.accept(batch.predictions.find(column.name), cells.length, { nowMs: NOW_MS, flags })
  return monitor.evaluate(NOW_MS, TAIL).windows[0]
}

test('only the statistics that a kind of column has', () => {
  const names = (column: BaselineColumn): string[] =>
    new ColumnScores({ column, layout: layoutOf(column, 1), baseline: { rows: 1 }, settings }).statistics.map(
      ({ name }) => name,
    )
  expect(names(columnOf(normals(500)))).toEqual(['psi', 'jensen_shannon', 'chi_square', 'ks', 'wasserstein'])
  expect(names(columnOf(['a', 'b', 'a']))).toEqual(['psi', 'jensen_shannon', 'chi_square', 'l_infinity'])
})

test('scores begin at the minimum sample, numbers count for themselves', () => {
  const column = columnOf(normals(3_000))
  expect(windowOf(column, normals(199))?.scores).toEqual([])
  expect(windowOf(column, normals(200))?.scores).toHaveLength(5)
  const mostlyMissing = [...normals(150), ...Array.from({ length: 100 }, () => undefined)]
  expect(windowOf(column, mostlyMissing)?.scores.map(({ statistic }) => statistic)).toEqual([
    'psi',
    'jensen_shannon',
    'chi_square',
  ])
})

test('a threshold is never below the effect, and falls to it as rows come', () => {
  const column = columnOf(normals(3_000))
  const psi = (rows: number, effect = {}) =>
    windowOf(column, normals(rows), { effect })?.scores.find(({ statistic }) => statistic === 'psi')
      ?.threshold
  expect(psi(200)).toBeGreaterThan(0.1)
  expect(psi(20_000)).toBe(0.1)
  expect(psi(20_000, { psi: 0.25 })).toBe(0.25)
})

test('quantiles of numbers, classes of the rest', () => {
  const numbers = windowOf(columnOf(normals(3_000)), normals(5_000))
  expect(numbers?.quantiles.map(({ q }) => q)).toEqual([...EXPORTED_QUANTILES])
  expect(numbers?.quantiles[2]?.value).toBeCloseTo(0, 1)
  expect(numbers?.classes).toEqual([])
  const classes = windowOf(columnOf([1, 2, 1, 2]), [1, 1, 2, 9])?.classes
  expect(classes).toEqual([
    { label: '1', ratio: 0.5 },
    { label: '2', ratio: 0.25 },
    { label: 'unseen', ratio: 0.25 },
    { label: 'missing', ratio: 0 },
  ])
})

test('a column that froze, but not one that was constant before', () => {
  const same = Array.from({ length: 300 }, () => 2)
  expect(windowOf(columnOf(normals(3_000)), same)?.constant).toBe(true)
  expect(windowOf(columnOf([2, 2, 2]), same)?.constant).toBe(false)
  expect(windowOf(columnOf(normals(3_000)), same.slice(0, 100))).not.toHaveProperty('constant')
})

test('the share of low confidence, only of a confidence', () => {
  const cells = Array.from({ length: 1_000 }, (_, i) => (i % 4 === 0 ? 0.5 : 0.9 + i * 1e-6))
  expect(windowOf(columnOf(cells, 'y_confidence'), cells)?.lowConfidenceRatio).toBeCloseTo(0.25, 2)
  expect(windowOf(columnOf(cells, 'score'), cells)).not.toHaveProperty('lowConfidenceRatio')
})
