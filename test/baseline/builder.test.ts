import { expect, test } from 'vitest'
import type {
  BaselineColumn,
  CategoricalColumn,
  DiscreteColumn,
  NumericColumn,
} from '../../src/baseline/baseline.ts'
import { binsOf } from '../../src/baseline/bins.ts'
import { BaselineBuilder, buildBaseline } from '../../src/baseline/builder.ts'
import { baselineHash } from '../../src/baseline/hash.ts'
import { DEFAULT_PRIVACY } from '../../src/baseline/privacy.ts'
import type { RecordBatch } from '../../src/records/record-batch.ts'
import { batchOf, type Cell, normalSource, randomSource, type Row } from '../support/rows.ts'

const meta = { model: 'm', version: '1', source: 'test', createdEpochMs: 1_700_000_000_000 }
// A dozen rows are enough here to name a category.
const limits = { features: 50, categories: 5, privacy: { ...DEFAULT_PRIVACY, minRows: 1 } }

function baselineOf(rows: readonly Row[], batchRows = 7) {
  const builder = new BaselineBuilder(limits)
  for (let start = 0; start < rows.length; start += batchRows) {
    builder.add(batchOf(rows.slice(start, start + batchRows)))
  }
  return builder.build(meta)
}

const columnOf = (cells: readonly Cell[]): BaselineColumn =>
  baselineOf(cells.map((x) => ({ x }))).columns[0] as BaselineColumn

test('numbers become ten bins of equal shares, with exact moments', () => {
  const normal = normalSource(randomSource(1))
  const cells = Array.from({ length: 5_000 }, () => 10 + 3 * normal())
  const column = columnOf(cells) as NumericColumn
  expect(column.kind).toBe('numeric')
  expect(column.edges).toHaveLength(9)
  // Against the rows themselves, at the edges that were chosen.
  for (const [i, share] of column.shares.entries()) {
    const [low, high] = [column.edges[i - 1] ?? -Infinity, column.edges[i] ?? Infinity]
    const exact = cells.filter((cell) => cell > low && cell <= high).length / cells.length
    expect(share).toBeCloseTo(exact, 2.5)
    expect(share).toBeCloseTo(0.1, 2)
  }
  const mean = cells.reduce((a, b) => a + b) / cells.length
  expect(column.mean).toBeCloseTo(mean, 9)
  expect(column.min).toBe(Math.min(...cells))
  expect(column.max).toBe(Math.max(...cells))
})

test('edges that coincide are merged: a spike is one bin', () => {
  const random = randomSource(2)
  const column = columnOf(
    Array.from({ length: 4_000 }, () => (random() < 0.6 ? 0 : 1 + random())),
  ) as NumericColumn
  expect(column.edges[0]).toBe(0)
  expect(column.shares[0]).toBeCloseTo(0.6, 1)
  expect(column.edges).toHaveLength(4)
})

test('few different numbers are bins of their own', () => {
  const column = columnOf([3, 1, 2, 1, 1, -0, 0, 2, undefined, 1]) as DiscreteColumn
  expect(column).toMatchObject({ kind: 'discrete', values: [0, 1, 2, 3], shares: [0.2, 0.4, 0.2, 0.1] })
  expect(column.missing).toBeCloseTo(0.1, 12)
})

test('a constant and a column of whole numbers', () => {
  expect(columnOf(Array.from({ length: 50 }, () => 7))).toMatchObject({
    kind: 'discrete',
    values: [7],
    shares: [1],
    standardDeviation: 0,
  })
  expect(columnOf(Array.from({ length: 500 }, (_, i) => i % 20))).toMatchObject({ kind: 'discrete' })
  expect(columnOf(Array.from({ length: 500 }, (_, i) => i % 21))).toMatchObject({ kind: 'numeric' })
})

test('texts and booleans are categories, the most frequent first, the rest together', () => {
  const cells = [...'aaaaabbbbccccdddeefg'].map((letter) => (letter === 'g' ? undefined : letter))
  const column = columnOf(cells) as CategoricalColumn
  expect(column).toMatchObject({
    kind: 'categorical',
    categories: ['a', 'b', 'c', 'd', 'e'],
    shares: [0.25, 0.2, 0.2, 0.15, 0.1],
    rareHashes: [expect.stringMatching(/^[\w-]{11}$/)],
    complete: true,
  })
  expect(column.missing).toBeCloseTo(0.05, 12)
  expect(columnOf([true, false, true, true])).toMatchObject({
    categories: ['true', 'false'],
    shares: [0.75, 0.25],
  })
})

test('numbers among texts are categories, texts among numbers are without value', () => {
  expect(columnOf(['12a', 12, 12, '7', 9, 'x'])).toMatchObject({
    kind: 'categorical',
    categories: ['12', '12a', '7', '9', 'x'],
  })
  const mostly = columnOf([
    ...Array.from({ length: 95 }, (_, i) => i / 10),
    ...Array.from({ length: 5 }, () => 'n/a'),
  ])
  expect(mostly).toMatchObject({ kind: 'numeric' })
  expect(mostly.missing).toBeCloseTo(0.05, 12)
})

test('NaN and infinities are remembered and count as missing', () => {
  expect(columnOf([1, 2, Number.NaN, 2])).toMatchObject({ nonFinite: true, missing: 0.25, values: [1, 2] })
  expect(columnOf([1, 2, -Infinity, 2])).toMatchObject({ nonFinite: true, missing: 0.25, min: 1 })
  expect(columnOf([1, 2, 1, 2])).toMatchObject({ nonFinite: false })
})

test('whole numbers that a double cannot hold are numbers', () => {
  expect(columnOf(['9007199254740993', '123456789012345678901', 5])).toMatchObject({
    kind: 'discrete',
    max: 123456789012345680000,
  })
})

test('a column that comes late or never has a value', () => {
  const { columns } = baselineOf([{ a: 1 }, { a: 2 }, { a: 1, b: 5, c: undefined }, { a: 1 }], 1)
  expect(columns.find(({ name }) => name === 'b')).toMatchObject({ missing: 0.75, values: [5] })
  expect(columns.find(({ name }) => name === 'c')).toMatchObject({
    kind: 'categorical',
    missing: 1,
    categories: [],
  })
})

test('shares of every column add up to 1, whatever it holds', () => {
  const random = randomSource(3)
  const cells = Array.from(
    { length: 900 },
    (): Cell => [random() * 9, 'a', 'b', true, undefined, {}, 4][Math.floor(random() * 7)],
  )
  for (const column of [
    columnOf(cells),
    columnOf(cells.slice(0, 3)),
    columnOf(cells.filter((cell) => typeof cell === 'number')),
  ]) {
    expect(binsOf(column).shares.reduce((a, b) => a + b)).toBeCloseTo(1, 9)
  }
})

test('columns over the limit are left out and counted', () => {
  const builder = new BaselineBuilder({ features: 2, categories: 5 })
  builder.add(batchOf([{ a: 1, b: 2, c: 3 }]))
  builder.add(batchOf([{ a: 1 }]))
  expect(builder.build(meta).columns.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(builder.batchesOverLimit).toBe(1)
})

test('the hash names the content, not when or from what it was made', () => {
  const rows = [{ a: 1 }, { a: 2 }]
  const one = baselineOf(rows)
  expect(baselineHash({ ...one, created: '2001-01-01T00:00:00Z', source: 'elsewhere' })).toBe(
    baselineHash(one),
  )
  expect(baselineHash(baselineOf([{ a: 1 }, { a: 3 }]))).not.toBe(baselineHash(one))
  expect(baselineHash(one)).toMatch(/^[0-9a-f]{12}$/)
})

async function* batches(...all: readonly RecordBatch[]): AsyncGenerator<RecordBatch> {
  for (const batch of all) yield await Promise.resolve(batch)
}

test('buildBaseline reads all batches, and refuses none', async () => {
  const built = await buildBaseline(batches(batchOf([{ a: 1 }]), batchOf([{ a: 2 }])), { ...meta, limits })
  expect(built.rows).toBe(2)
  await expect(buildBaseline(batches(), { ...meta, limits })).rejects.toThrow('test has 0 rows and 0 columns')
})

test('buildBaseline tells once when columns are left out, and not when none are', async () => {
  let told = 0
  const tell = { ...meta, onOverLimit: () => (told += 1) }
  const wide = [batchOf([{ a: 1, b: 2 }]), batchOf([{ a: 1, b: 2 }])]
  await buildBaseline(batches(...wide), { ...tell, limits: { features: 2, categories: 5 } })
  expect(told).toBe(0)
  await buildBaseline(batches(...wide), { ...tell, limits: { features: 1, categories: 5 } })
  expect(told).toBe(1)
})

test('labels of bins are unique as UTF-8, too', () => {
  const { labels } = binsOf(columnOf(['\ud800', '\ud801', `${'x'.repeat(98)}😀y`, 'a']))
  expect(new Set(labels.map((label) => Buffer.from(label).toString())).size).toBe(labels.length)
  expect(labels.every((label) => label.isWellFormed())).toBe(true)
})

test('labels of bins are unique and bounded, and no category takes a reserved one', () => {
  const long = 'x'.repeat(300)
  const column = columnOf(['missing', 'unseen', '', long, `${long}y`, 'missing', 'a'])
  const { labels } = binsOf(column)
  expect(new Set(labels).size).toBe(labels.length)
  expect(Math.max(...labels.map((label) => label.length))).toBeLessThanOrEqual(110)
  expect(labels).toContain('missing (2)')
})

test('a kind that a person decides wins over the values', () => {
  const builder = new BaselineBuilder({
    ...limits,
    kinds: { zip: 'categorical', rating: 'numeric', constant: 'numeric', text: 'numeric' },
  })
  builder.add(
    batchOf(
      Array.from({ length: 200 }, (_, i) => ({
        zip: 8010 + (i % 30),
        rating: 1 + (i % 5),
        constant: 1,
        text: 'a',
      })),
    ),
  )
  const kinds = Object.fromEntries(builder.build(meta).columns.map(({ name, kind }) => [name, kind]))
  // Without a number there is nothing numeric to be.
  expect(kinds).toEqual({ zip: 'categorical', rating: 'numeric', constant: 'discrete', text: 'categorical' })
  const rating = builder.build(meta).columns.find(({ name }) => name === 'rating') as NumericColumn
  expect(rating.edges).toEqual([1, 2, 3, 4])
  for (const share of rating.shares) expect(share).toBeCloseTo(0.2, 9)
})

test('names that nobody has seen before do not add up over columns, and those that came early go on being counted', () => {
  const builder = new BaselineBuilder(limits)
  const columns = Array.from({ length: 30 }, (_, index) => `c${index}`)
  const addRows = (text: (row: number) => string, count: number): void => {
    for (let row = 0; row < count; row += 1)
      builder.add(batchOf([Object.fromEntries(columns.map((name) => [name, text(row)]))]))
  }
  addRows(() => 'known', 10)
  // Every other row: a column of nothing but new names would be an identifier, of which no name is kept.
  addRows((row) => (row % 2 === 0 ? `once-${row}` : 'known'), 16_000)
  addRows(() => 'known', 10)
  const kept = builder.state().sides.feature.columns.map(([, { categories }]) => categories)
  expect(kept.reduce((sum, { hashed }) => sum + hashed.size, 0)).toBe(200_000)
  for (const { hashed, overflow, total } of kept) {
    expect(Math.max(...hashed.values())).toBe(8_020)
    expect(overflow).toBe(8_000 - (hashed.size - 1))
    expect(total).toBe(16_020)
  }
  const restored = new BaselineBuilder(limits)
  restored.restore(builder.state())
  restored.add(batchOf([Object.fromEntries(columns.map((name) => [name, 'another']))]))
  const sizes = restored.state().sides.feature.columns.map(([, { categories }]) => categories.hashed.size)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(200_000)
})

test('a column of many repeated values has no more cells than a file may hold', () => {
  const normal = normalSource(randomSource(14))
  const cells = Array.from({ length: 3_000 }, () => Math.round(10 * (30 + 13 * normal())) / 10)
  const { grid } = columnOf(cells) as NumericColumn
  expect(grid?.edges.length).toBeLessThanOrEqual(255)
  expect(grid?.counts.reduce((sum, count) => sum + count, 0)).toBe(3_000)
})
