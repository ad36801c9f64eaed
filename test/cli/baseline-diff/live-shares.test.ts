import { expect, test } from 'vitest'
import type { CategoricalColumn } from '../../../src/baseline/baseline.ts'
import { sharesInBinsOf } from '../../../src/cli/baseline-diff/live-shares.ts'

const column = (over: Partial<CategoricalColumn>): CategoricalColumn => ({
  ...{
    role: 'feature',
    name: 'carrier',
    kind: 'categorical',
    missing: 0,
    other: 0,
    rare: [],
    complete: true,
  },
  ...{ categories: ['UA', 'DL'], shares: [0.6, 0.4] },
  ...over,
})
const asObject = (a: CategoricalColumn, b: CategoricalColumn) => {
  const shares = sharesInBinsOf(a, b, 1000, { hashName: undefined })
  return (
    shares &&
    Object.fromEntries(shares.labels.map((label, i) => [label, [shares.baseline[i], shares.live[i]]]))
  )
}

test('a new category is unseen, a rare one is other', () => {
  const live = column({ categories: ['UA', 'HA', 'B6'], shares: [0.5, 0.3, 0.2] })
  expect(asObject(column({ rare: ['HA'] }), live)).toEqual({
    ...{ UA: [0.6, 0.5], DL: [0.4, 0], other: [0, 0.3], unseen: [0, 0.2], missing: [0, 0] },
  })
})

test('what the second file does not name may be among its rare ones: no drift is made of that', () => {
  const live = column({ categories: ['UA'], shares: [0.6], other: 0.4 })
  expect(asObject(column({}), live)).toEqual({
    ...{ UA: [0.6, 0.6], DL: [0, 0], other: [0.4, 0.4], unseen: [0, 0], missing: [0, 0] },
  })
})

test('names beside hashes of names have nothing in common', () => {
  expect(asObject(column({}), column({ hashed: true }))).toBeUndefined()
})
