/** Names in a file that somebody else made. */
import { expect, test } from 'vitest'
import type { Baseline, CategoricalColumn } from '../../src/baseline/baseline.ts'
import { hasherOf } from '../../src/baseline/name-hash.ts'
import { DEFAULT_PRIVACY } from '../../src/baseline/privacy.ts'
import { restrictNames } from '../../src/baseline/restrict-names.ts'

const column: CategoricalColumn = {
  ...{ role: 'feature', name: 'contact', kind: 'categorical', missing: 0, overdispersion: 1 },
  categories: ['post', 'ann@example.com', 'once'],
  shares: [0.6, 0.2, 0.001],
  other: 0.199,
  rare: ['never'],
  complete: true,
}
const baseline: Baseline = {
  ...{ format: 'modeltap-baseline', formatVersion: 1, model: '', version: '', source: '' },
  ...{ created: '2026-01-01T00:00:00Z', rows: 5_000, columns: [column] },
}
const restricted = (over: Partial<typeof DEFAULT_PRIVACY>) =>
  restrictNames(baseline, { ...DEFAULT_PRIVACY, ...over })

test('an address and a rare name become hashes, and their rows other', () => {
  const made = restricted({})
  const hash = hasherOf(made.nameKey, undefined)
  expect(made.columns[0]).toMatchObject({
    categories: ['post'],
    shares: [0.6],
    other: expect.closeTo(0.4, 9) as number,
    rare: [],
    rareHashes: ['ann@example.com', 'once', 'never'].map((name) => hash?.(name)),
    complete: true,
  })
  expect(JSON.stringify(made)).not.toContain('ann@')
})

test('names as hashes, not at all, allowed, denied', () => {
  expect(restricted({ categories: 'hashed' }).columns[0]).toMatchObject({ hashed: true, shares: [0.6, 0.2] })
  expect(JSON.stringify(restricted({ categories: 'hashed' }).columns)).not.toContain('post')
  expect(restricted({ columns: { contact: 'none' } }).columns[0]).toMatchObject({ categories: [] })
  expect(restricted({ allow: ['contact'] }).columns[0]).toMatchObject({ categories: column.categories })
  expect(restricted({ deny: ['contact'] })).toMatchObject({
    columns: [],
    uncompared: [{ role: 'feature', name: 'contact', kind: 'ignored', missing: 0 }],
  })
})

test('a key of the configuration is not written down', () => {
  const key = 'a key of sixteen characters'
  const made = restricted({ key })
  expect(made.nameKey).not.toHaveProperty('key')
  expect(hasherOf(made.nameKey, key)).toBeDefined()
  expect(hasherOf(made.nameKey, undefined)).toBeUndefined()
  expect(hasherOf(made.nameKey, 'another key of sixteen')).toBeUndefined()
})
