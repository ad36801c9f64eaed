import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import type { Baseline } from '../../src/baseline/baseline.ts'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import { cellsOfColumn } from '../../src/baseline/column-cells.ts'
import { describeBaseline } from '../../src/baseline/describe.ts'
import { baselineHash } from '../../src/baseline/hash.ts'
import { loadBaseline, parseBaseline, renderBaseline, saveBaseline } from '../../src/baseline/load.ts'
import { baselineWarnings } from '../../src/baseline/warnings.ts'
import { ModeltapError } from '../../src/errors.ts'
import { totalOf } from '../../src/sketches/cells.ts'
import { baselineOf } from '../support/baseline.ts'
import { batchOf, randomSource } from '../support/rows.ts'

const random = randomSource(11)
const rows = Array.from({ length: 1_200 }, (_, i) => ({
  income: random() * 1e5,
  children: Math.floor(random() * 4),
  city: ['Graz', 'Linz', 'Wien'][Math.floor(random() ** 2 * 3)],
  always: 1,
  sometimes: i % 5 === 0 ? random() : undefined,
  never: undefined,
}))
const predictions = rows.map(({ income }) => ({ score: income / 1e5 }))

const baseline: Baseline = (() => {
  const builder = new BaselineBuilder({ features: 20, categories: 10 })
  builder.add(batchOf(rows, predictions))
  return builder.build({
    model: 'credit',
    version: '3',
    source: 'train.csv',
    createdEpochMs: 1_700_000_000_000,
  })
})()

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'baseline-'))
})

test('what is saved is what is loaded, and nothing else is left behind', async () => {
  const path = join(folder, 'baseline.json')
  await saveBaseline(baseline, path)
  const loaded = await loadBaseline(path)
  expect(loaded).toEqual(baseline)
  expect(baselineHash(loaded)).toBe(baselineHash(baseline))
  expect(await readdir(folder)).toEqual(['baseline.json'])
})

test('a name that ends in .gz is packed', async () => {
  const path = join(folder, 'packed.json.gz')
  await saveBaseline(baseline, path)
  expect(gunzipSync(await readFile(path)).toString()).toBe(renderBaseline(baseline))
  expect(await loadBaseline(path)).toEqual(baseline)
  await writeFile(path, renderBaseline(baseline))
  await expect(loadBaseline(path)).rejects.toThrow(`"${path}" cannot be read: incorrect header check`)
})

test('a missing file, and one that is no JSON', async () => {
  await expect(loadBaseline(join(folder, 'none.json'))).rejects.toMatchObject({
    code: 'BASELINE_UNREADABLE',
    exitCode: 2,
  })
  const path = join(folder, 'broken.json')
  await writeFile(path, '{ "format": ')
  await expect(loadBaseline(path)).rejects.toThrow(`${path} is not JSON`)
})

type Json = Record<string, unknown> & { columns: Record<string, unknown>[] }

/** Text of the baseline file after one change to it. */
function changed(change: (file: Json) => void): string {
  const file = JSON.parse(renderBaseline(baseline)) as Json
  change(file)
  return JSON.stringify(file)
}
const column = (file: Json, name: string): Record<string, unknown> =>
  file.columns.find((one) => one['name'] === name) ?? {}

test.each<[string, (file: Json) => void, string]>([
  [
    'no baseline at all',
    (file) => (file['format'] = 'other'),
    'format: "other" is not allowed. Allowed: modeltap-baseline',
  ],
  [
    'another version',
    (file) => (file['formatVersion'] = 3),
    'formatVersion: 3 is not allowed. Allowed: 1, 2',
  ],
  [
    'no version',
    (file) => delete file['formatVersion'],
    'formatVersion: missing is not allowed. Allowed: 1, 2',
  ],
  [
    'no grid',
    (file) => delete column(file, 'income')['grid'],
    'columns.0.grid: is missing; docs/baseline-format.md describes the key `grid`',
  ],
  [
    'a grid in version 1',
    (file) => (file['formatVersion'] = 1),
    'columns.0.grid: is not allowed in format version 1; allowed: `digest`',
  ],
  [
    'a grid without an edge of the bins',
    (file) => Object.assign(column(file, 'income')['grid'] as object, { edges: [1, 2], counts: [1, 2, 3] }),
    'columns.0.grid.edges: lack ',
  ],
  [
    'cells that give other shares',
    (file) => {
      const grid = column(file, 'income')['grid'] as { counts: number[] }
      grid.counts[0] = (grid.counts[0] ?? 0) + 50
    },
    'columns.0.grid.counts: give bin 0 the share ',
  ],
  [
    'a cell too many',
    (file) => (column(file, 'income')['grid'] as { counts: number[] }).counts.push(0),
    'columns.0.grid.counts: holds ',
  ],
  [
    'edges out of order',
    (file) => (column(file, 'income')['edges'] = [1, 2, 2, 4, 5, 6, 7, 8, 9]),
    'columns.0.edges.2: 2 follows 2; allowed: strictly increasing numbers',
  ],
  [
    'shares that do not add up',
    (file) => (column(file, 'children')['shares'] = [0.5, 0.5, 0.5, 0.5]),
    'columns.1.shares: add up to 2 together with missing and other; allowed: 1',
  ],
  [
    'a share too few',
    (file) => (column(file, 'always')['shares'] = []),
    'columns.3.shares: holds 0 values; allowed: exactly 1',
  ],
  [
    'a share above 1',
    (file) => (column(file, 'never')['missing'] = 1.5),
    'columns.5.missing: 1.5 is too large; at most 1',
  ],
  [
    'a column twice',
    (file) => (column(file, 'children')['name'] = 'income'),
    'columns.1: "feature income" occurs twice; allowed: each once',
  ],
  [
    'a category twice',
    (file) => (column(file, 'city')['rare'] = ['Graz']),
    'columns.2.categories.3: "Graz" occurs twice; allowed: each once',
  ],
  ['an unknown key', (file) => (column(file, 'city')['colour'] = 'red'), 'columns.2.colour: unknown key.'],
  ['rows missing', (file) => delete file['rows'], 'rows: required, and missing'],
  ['a wrong kind', (file) => (column(file, 'city')['kind'] = 'text'), 'columns.2.kind'],
  [
    'min above max',
    (file) => (column(file, 'income')['min'] = 1e9),
    'columns.0.min: 1000000000 is above max',
  ],
  ['no columns', (file) => (file.columns = []), 'columns: [] is too small; at least 1'],
])('refused with path, value and what is allowed: %s', (_, change, message) => {
  const error = (() => {
    try {
      parseBaseline(changed(change), 'b.json')
    } catch (thrown) {
      return thrown as ModeltapError
    }
    return undefined
  })()
  expect(error).toBeInstanceOf(ModeltapError)
  expect(error?.code).toBe('BASELINE_INVALID')
  expect(error?.message).toContain(message)
  expect(error?.message).toContain('b.json')
})

test('a file with a hundred mistakes says the first ten', () => {
  const text = changed((file) => {
    file.columns = Array.from({ length: 100 }, () => ({ ...column(file, 'always'), missing: 7 }))
  })
  expect(() => parseBaseline(text, 'b.json')).toThrow(/… and \d+ more$/)
})

test('a file of version 1 is read, with a sentence on what it cannot do', async () => {
  const old = await loadBaseline(resolve(import.meta.dirname, '../fixtures/baselines/version-1.json'))
  expect(old.formatVersion).toBe(1)
  expect(describeBaseline(old)).toContain('the file has format version 1, which holds a digest and no grid')
  expect(describeBaseline(baseline)).not.toContain('format version')
  for (const column of old.columns) {
    if (column.kind !== 'numeric') continue
    const cells = cellsOfColumn(column, old.rows)
    expect(totalOf(cells)).toBeCloseTo((1 - column.missing) * old.rows, 6)
    for (const edge of column.edges) expect(cells.edges).toContain(edge)
  }
})

test('a person reads what it holds', () => {
  const text = describeBaseline(baseline)
  expect(text).toContain('for        credit, version 3')
  expect(text).toMatch(/income\s+feature\s+numeric\s+0 %\s+many/)
  expect(text).toMatch(/city\s+feature\s+categorical\s+0 %\s+3\s+Graz \d/)
  expect(text).toMatch(/score\s+prediction\s+numeric/)
  expect(baselineWarnings(baseline)).toEqual([
    expect.stringContaining('the variation between days is unknown') as string,
    'always: is constant: any change of it is drift',
    'sometimes: 80 % of the rows have no value',
    'never: never has a value: whatever comes is new',
  ])
})

test('the largest number is printed, and what is beyond marks a missing value', () => {
  const builder = new BaselineBuilder({ features: 20, categories: 10 })
  builder.add(
    batchOf(Array.from({ length: 100 }, (_, i) => ({ x: i === 0 ? Number.MAX_VALUE : i === 1 ? 1e150 : i }))),
  )
  const text = describeBaseline(
    builder.build({ model: '', version: '', source: '', createdEpochMs: 1_700_000_000_000 }),
  )
  expect(text).toContain('1e+150')
  expect(text).not.toContain('Infinity')
})

test('a baseline says how many days it knows', () => {
  const told = (days: number | undefined): string[] => {
    const baseline = baselineOf({ features: Array.from({ length: 2_000 }, (_, x) => ({ x: Math.sin(x) })) })
    const memory =
      days === undefined ? undefined : { days, hours: { bins: [], values: [], locations: [] }, windows: [] }
    return baselineWarnings({
      ...baseline,
      columns: baseline.columns.map((column) => ({ ...column, memory })),
    })
  }
  expect(told(undefined).join()).toContain('the variation between days is unknown')
  expect(told(3).join()).toContain('3 days are few')
  expect(told(30)).toEqual([])
})
