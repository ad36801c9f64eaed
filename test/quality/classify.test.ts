import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BaselineColumn, CategoricalColumn } from '../../src/baseline/baseline.ts'
import { binCounts, layoutOf } from '../../src/baseline/layout.ts'
import { CategoryClassifier } from '../../src/quality/classify-categories.ts'
import { NumberClassifier } from '../../src/quality/classify-numbers.ts'
import { ValueCounts } from '../../src/quality/value-counts.ts'
import { OpenNumbers } from '../../src/windows/open-numbers.ts'
import { batchOf, type Cell } from '../support/rows.ts'

const base = { role: 'feature', name: 'x', missing: 0, overdispersion: 1 } as const
const numbers = { mean: 5, standardDeviation: 2, nonFinite: false }
const numeric = {
  ...base,
  ...numbers,
  kind: 'numeric',
  min: 0,
  max: 10,
  edges: [2, 5],
  shares: [0.3, 0.3, 0.4],
  grid: { edges: [1, 2, 4, 5, 8], counts: [10, 20, 10, 20, 20, 20], lowMean: 0.5, highMean: 9 },
} as const
const discrete = {
  ...base,
  ...numbers,
  kind: 'discrete',
  min: 1,
  max: 3,
  values: [1, 3],
  shares: [0.5, 0.5],
} as const
const categorical = {
  ...base,
  kind: 'categorical',
  categories: ['a', 'b', '7'],
  shares: [0.5, 0.3, 0.1],
  other: 0.1,
  rare: ['c'],
  complete: true,
} as const

/** Kinds and bins of the cells; absent when the batch lacks the column. */
function classify(column: BaselineColumn, cells: readonly Cell[], absent = false) {
  const layout = layoutOf(column, 100)
  const { bins } = layout
  const counts = new Float64Array(layout.counters)
  const values = new ValueCounts()
  const batch = batchOf(cells.map((x) => ({ x })))
  const found = absent ? undefined : batch.features.find('x')
  if (column.kind === 'categorical' || layout.numbers === undefined) {
    const classifier = new CategoryClassifier(column as CategoricalColumn, bins, undefined)
    classifier.accept(found, cells.length, counts, values)
  } else {
    const fences = { low: -4, high: 14 }
    const flags = new Uint16Array(cells.length)
    const open = new OpenNumbers(layout.numbers)
    const classifier = new NumberClassifier(column, layout, layout.numbers, fences)
    classifier.accept(found, cells.length, counts, values, open, flags)
  }
  const rows = binCounts(layout, counts)
  const used = bins.labels.flatMap((label, bin) => ((rows[bin] ?? 0) > 0 ? [[label, rows[bin]]] : []))
  return { kinds: values.snapshot(), bins: Object.fromEntries(used) as Record<string, number> }
}

const kinds = (some: Partial<Record<string, number>>) => ({
  valid: 0,
  missing: 0,
  wrong_type: 0,
  out_of_range: 0,
  unseen: 0,
  ...some,
})

test.each<[string, BaselineColumn, Cell, string, string]>([
  ['a number', numeric, 2, 'valid', 'le_2'],
  ['a number above an edge', numeric, 2.0001, 'valid', 'le_5'],
  ['the largest', numeric, 10, 'valid', 'inf'],
  ['a number beyond', numeric, 11, 'out_of_range', 'inf'],
  ['a number below', numeric, -1, 'out_of_range', 'le_2'],
  ['NaN', numeric, Number.NaN, 'wrong_type', 'missing'],
  ['infinity', numeric, -Infinity, 'wrong_type', 'missing'],
  ['NaN that the baseline had', { ...numeric, nonFinite: true }, Number.NaN, 'missing', 'missing'],
  ['a text', numeric, '3', 'wrong_type', 'missing'],
  ['a long whole number', { ...numeric, max: 1e20 }, '9007199254740993', 'valid', 'inf'],
  ['a boolean', numeric, true, 'wrong_type', 'missing'],
  ['an object', numeric, {}, 'wrong_type', 'missing'],
  ['nothing', numeric, undefined, 'missing', 'missing'],
  ['a known value', discrete, 3, 'valid', 'v_3'],
  ['an unknown value', discrete, 2, 'unseen', 'unseen'],
  ['a category', categorical, 'b', 'valid', 'b'],
  ['a rare category', categorical, 'c', 'valid', 'other'],
  ['a new category', categorical, 'z', 'unseen', 'unseen'],
  ['a new category when not all are known', { ...categorical, complete: false }, 'z', 'valid', 'other'],
  ['a number that is a category', categorical, 7, 'valid', '7'],
  ['a number that is none', categorical, 8, 'wrong_type', 'missing'],
  ['a boolean among categories', categorical, true, 'wrong_type', 'missing'],
  ['no category', categorical, undefined, 'missing', 'missing'],
])('%s', (_, column, cell, kind, bin) => {
  expect(classify(column, [cell])).toEqual({ kinds: kinds({ [kind]: 1 }), bins: { [bin]: 1 } })
})

test.each([numeric, discrete, categorical])('a column that the batch lacks is missing: $kind', (column) => {
  expect(classify(column, [1, 2, 3], true)).toEqual({ kinds: kinds({ missing: 3 }), bins: { missing: 3 } })
})

test.each([
  [['true', 'false'], true],
  [['True', 'False'], true],
  [['True'], 'TRUE'],
  [['false', 'true'], 'True'],
])('booleans are the same however they are spelled: %j and %j', (categories, cell) => {
  const column = { ...categorical, categories, shares: categories.map(() => 0.5) }
  expect(classify(column, [cell]).kinds).toEqual(kinds({ valid: 1 }))
})

test('every value is one kind and one bin', () => {
  const cell = fc.oneof(
    fc.double(),
    fc.integer({ min: 0, max: 12 }),
    fc.string(),
    fc.constantFrom('a', 'c', '7'),
    fc.boolean(),
    fc.constant(undefined),
    fc.constant({}),
  )
  fc.assert(
    fc.property(
      fc.constantFrom<BaselineColumn>(numeric, discrete, categorical),
      fc.array(cell),
      (column, cells) => {
        const { kinds: found, bins } = classify(column, cells)
        const sum = (counts: Record<string, number>): number =>
          Object.values(counts).reduce((a, b) => a + b, 0)
        expect(sum(found)).toBe(cells.length)
        expect(sum(bins)).toBe(cells.length)
      },
    ),
  )
})
