import { expect, test } from 'vitest'
import type { Baseline, BaselineColumn, NumericColumn } from '../../src/baseline/baseline.ts'
import { binsOf } from '../../src/baseline/bins.ts'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import { cellsOfColumn } from '../../src/baseline/column-cells.ts'
import { parseBaseline, renderBaseline } from '../../src/baseline/load.ts'
import { mergeBaselines } from '../../src/baseline/merge.ts'
import { curveOfCells } from '../../src/sketches/cells.ts'
import { largestGap } from '../../src/sketches/curve.ts'
import { batchOf, normalSource, randomSource, type Row } from '../support/rows.ts'

const meta = { model: 'm', version: '1', source: 'parts', createdEpochMs: 1_700_000_000_000 }
const random = randomSource(21)
const normal = normalSource(random)
const rows: Row[] = Array.from({ length: 9_000 }, (_, i) => ({
  value: normal() * 4 + (i < 3_000 ? 1 : 0),
  level: Math.floor(random() * 4),
  steps: i < 3_000 ? i % 15 : i % 60,
  city: 'abcdefg'[Math.floor(random() ** 2 * 7)],
  some: i % 3 === 0 ? undefined : random() < 0.5,
  ...(i < 3_000 ? {} : { late: i / 10 }),
}))

function build(part: readonly Row[]): Baseline {
  const builder = new BaselineBuilder({ features: 20, categories: 5 })
  for (let start = 0; start < part.length; start += 500) builder.add(batchOf(part.slice(start, start + 500)))
  return builder.build(meta)
}

const whole = build(rows)
const parts = [build(rows.slice(0, 3_000)), build(rows.slice(3_000, 5_000)), build(rows.slice(5_000))]
const merged = mergeBaselines(parts, { ...meta, maxCategories: 5 })
const find = ({ columns }: Baseline, name: string): BaselineColumn =>
  columns.find((one) => one.name === name) as BaselineColumn

test('parts merged are the whole: kinds, rows, and everything that is exact', () => {
  expect(merged.rows).toBe(9_000)
  expect(merged.columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual(
    whole.columns.map(({ name, kind }) => `${name} ${kind}`),
  )
  for (const column of whole.columns) {
    const found = find(merged, column.name)
    expect(found.missing).toBeCloseTo(column.missing, 9)
    if (column.kind === 'categorical' || found.kind === 'categorical') continue
    expect(found.min).toBe(column.min)
    expect(found.max).toBe(column.max)
    expect(found.mean).toBeCloseTo(column.mean, 9)
    expect(found.standardDeviation).toBeCloseTo(column.standardDeviation, 9)
  }
  const level = find(merged, 'level') as { shares: readonly number[] }
  for (const [i, share] of level.shares.entries()) {
    expect(share).toBeCloseTo(
      (find(whole, 'level') as { shares: readonly number[] }).shares[i] ?? Number.NaN,
      9,
    )
  }
})

test('a part whose predictions nobody read leaves the shares of the others as they are', () => {
  const builder = new BaselineBuilder({ features: 20, categories: 5 })
  const scores = Array.from({ length: 1_000 }, (_, i) => ({ score: i % 4 }))
  builder.add(batchOf(rows.slice(0, 1_000), scores))
  builder.add(batchOf(rows.slice(1_000, 2_000)))
  const half = builder.build(meta)
  const both = mergeBaselines([parseBaseline(renderBaseline(half), 'half'), build(rows.slice(2_000))], {
    ...meta,
    maxCategories: 5,
  })
  for (const baseline of [half, both])
    expect(find(baseline, 'score')).toMatchObject({
      rows: 1_000,
      missing: 0,
      shares: [0.25, 0.25, 0.25, 0.25],
    })
  expect(both.rows).toBe(9_000)
  expect(find(both, 'value').rows).toBeUndefined()
})

test('numeric columns agree although the parts have grids of their own', () => {
  const curve = (column: NumericColumn) => {
    const cells = cellsOfColumn(column, 1)
    return curveOfCells(cells.edges, cells)
  }
  for (const name of ['value', 'steps', 'late']) {
    expect(
      largestGap(curve(find(merged, name) as NumericColumn), curve(find(whole, name) as NumericColumn)),
      name,
    ).toBeLessThan(0.004)
  }
})

test('parts that were counted in the same grid are added up exactly', () => {
  const doubled = mergeBaselines([whole, whole], { ...meta, maxCategories: 5 })
  for (const column of whole.columns) {
    const found = find(doubled, column.name)
    if (column.kind === 'numeric' && found.kind === 'numeric') {
      expect(found.edges).toEqual(column.edges)
      expect(found.shares).toEqual(column.shares)
      expect(found.grid?.edges).toEqual(column.grid?.edges)
      expect(found.grid?.counts).toEqual(column.grid?.counts.map((count) => 2 * count))
    }
  }
})

test('a discrete part beside a numeric one becomes numeric', () => {
  expect(find(parts[0] as Baseline, 'steps').kind).toBe('discrete')
  expect(find(merged, 'steps').kind).toBe('numeric')
})

test('categories keep their order and their rest', () => {
  const [one, other] = [find(merged, 'city'), find(whole, 'city')]
  if (one.kind !== 'categorical' || other.kind !== 'categorical') throw new Error('not categorical')
  expect(one.categories).toEqual(other.categories)
  // What was rare in a part has lost its name there; all else is exact.
  expect(Math.abs(one.other - other.other)).toBeLessThan(0.03)
  expect([...one.rare].toSorted()).toEqual([...other.rare].toSorted())
})

test('a merged baseline is a valid file, and merging one is itself', () => {
  expect(parseBaseline(renderBaseline(merged), 'merged.json')).toEqual(merged)
  for (const column of merged.columns) expect(binsOf(column).shares.reduce((a, b) => a + b)).toBeCloseTo(1, 9)
  const again = mergeBaselines([whole], { ...meta, maxCategories: 5 })
  for (const [i, column] of again.columns.entries()) {
    const original = binsOf(whole.columns[i] as BaselineColumn)
    for (const [bin, share] of binsOf(column).shares.entries())
      expect(share).toBeCloseTo(original.shares[bin] as number, 3)
  }
})

test('nothing to merge is an error', () => {
  expect(() => mergeBaselines([], { ...meta, maxCategories: 5 })).toThrow('no baseline file to merge')
})
