import { expect, test } from 'vitest'
import type { NumericColumn } from '../../src/baseline/baseline.ts'
import { BoundsCheck } from '../../src/quality/bounds-check.ts'
import { fencesOf } from '../../src/quality/fences.ts'
import { boundsOption } from '../../src/quality/options.ts'
import { OUTLIER_RATIO_BOUNDS, RowOutliers } from '../../src/quality/row-outliers.ts'
import { RowQuality } from '../../src/quality/row-quality.ts'
import { curveOf } from '../../src/sketches/curve.ts'
import { digestValues } from '../../src/sketches/digest.ts'
import { batchOf, normalSource, randomSource, type Row } from '../support/rows.ts'

function accept(quality: RowQuality, ...rows: readonly Row[]): void {
  const batch = batchOf(rows)
  quality.accept(batch.features, batch.rows)
}

test('columns missing, extra and in another order are told apart', () => {
  const quality = new RowQuality(['a', 'b', 'c'])
  accept(quality, { a: 1, b: 2, c: 3 })
  expect(quality.counts).toMatchObject({ missingColumns: 0, extraColumns: 0, reordered: 0 })
  accept(quality, { a: 1, c: 3 })
  expect(quality.counts).toMatchObject({ missingColumns: 1, extraColumns: 0, reordered: 0 })
  accept(quality, { a: 1, x: 0, b: 2, c: 3 })
  expect(quality.counts).toMatchObject({ missingColumns: 1, extraColumns: 1, reordered: 0 })
  accept(quality, { c: 1, b: 2, a: 3 }, { c: 1, b: 2, a: 4 })
  expect(quality.counts).toMatchObject({ missingColumns: 1, extraColumns: 1, reordered: 2 })
  accept(quality, { b: 1, y: 1, a: 2 })
  expect(quality.counts).toMatchObject({ missingColumns: 2, extraColumns: 2, reordered: 3 })
})

test('the same row again is a duplicate, a nearly equal one is not', () => {
  const quality = new RowQuality(['a', 'b'])
  accept(
    quality,
    { a: 1, b: 'x' },
    { a: 1, b: 'y' },
    { a: 1 + 1e-15, b: 'x' },
    { a: 'x', b: 1 },
    { a: undefined, b: 'x' },
  )
  expect(quality.counts).toMatchObject({ compared: 5, duplicates: 0 })
  accept(quality, { a: 1, b: 'x' }, { a: undefined, b: 'x' })
  expect(quality.counts).toMatchObject({ compared: 7, duplicates: 2 })
})

test('among many different rows hardly any is taken for a duplicate', () => {
  const quality = new RowQuality(['a', 'b'])
  const random = randomSource(9)
  for (let i = 0; i < 20_000; i += 1) accept(quality, { a: i % 7, b: random() })
  expect(quality.counts.duplicates).toBeLessThan(5)
  const integers = new RowQuality(['a', 'b', 'c'])
  for (let i = 0; i < 20_000; i += 1) accept(integers, { a: i, b: 20_000 - i, c: i % 3 })
  expect(integers.counts.duplicates).toBeLessThan(5)
})

test('of a large batch the first rows are compared', () => {
  const quality = new RowQuality(['a'])
  accept(quality, ...Array.from({ length: 500 }, () => ({ a: 1 })))
  expect(quality.counts).toMatchObject({ compared: 64, duplicates: 63 })
})

test('rows are distributed by their share of outliers', () => {
  const outliers = new RowOutliers(10)
  outliers.begin(4)
  outliers.flags.set([0, 1, 3, 10])
  outliers.end(4)
  outliers.begin(100)
  outliers.end(100)
  const { counts, sum } = outliers.histogram
  expect(
    Object.fromEntries(
      counts.flatMap((count, i) => (count > 0 ? [[OUTLIER_RATIO_BOUNDS[i] ?? 1, count]] : [])),
    ),
  ).toEqual({
    0: 101,
    0.1: 1,
    0.3: 1,
    1: 1,
  })
  expect(sum).toBeCloseTo(1.4, 9)
})

function fences(values: readonly number[]) {
  const curve = curveOf(digestValues(Float64Array.from(values), 256), 256)
  return fencesOf({ kind: 'numeric' } as NumericColumn, curve)
}

test('fences hold nearly all of the baseline, however skewed, and cut off what is far from it', () => {
  const normal = normalSource(randomSource(3))
  const shapes: readonly ((z: number) => number)[] = [
    (z) => z,
    (z) => Math.exp(2 * z),
    (z) => (z < 1 ? 0 : z),
  ]
  for (const shape of shapes) {
    const values = Array.from({ length: 20_000 }, () => shape(normal()))
    const { low, high } = fences(values)
    expect(values.filter((value) => value < low || value > high).length).toBeLessThan(60)
    expect(high).toBeLessThan(100 * Math.max(...values))
    expect(1_000 * Math.max(...values) > high).toBe(true)
  }
})

test('declared bounds count on both sides, from the first row on', () => {
  const check = new BoundsCheck(boundsOption.parse({ score: [0, 1], age: [0, 130] }))
  check.accept(
    batchOf(
      [{ age: 30 }, { age: -1 }, { age: 'old' }],
      [{ score: 0 }, { score: 1.0001 }, { score: Number.NaN }],
    ),
  )
  expect(check.violations).toEqual([
    { role: 'prediction', name: 'score', count: 2 },
    { role: 'feature', name: 'age', count: 1 },
  ])
})

test('bounds the wrong way round are refused', () => {
  expect(boundsOption.safeParse({ score: [1, 0] }).error?.issues[0]?.message).toBe(
    'allowed: [lowest, highest] with lowest at most highest',
  )
})
