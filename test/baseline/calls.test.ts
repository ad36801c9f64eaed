/** A member of a request beside ten rows stands in ten rows and was observed once. */
import { expect, test } from 'vitest'
import type { CategoricalColumn } from '../../src/baseline/baseline.ts'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import { batchOf, randomSource } from '../support/rows.ts'

const NOW_MS = Date.UTC(2026, 0, 1)
const meta = { model: 'm', version: '1', source: 'test', createdEpochMs: NOW_MS }

function baselineOf(calls: number, userOf: (call: number) => string | number) {
  const random = randomSource(3)
  const builder = new BaselineBuilder({ features: 10, categories: 20 })
  const restored = new BaselineBuilder({ features: 10, categories: 20 })
  for (let call = 0; call < calls; call += 1) {
    if (call === calls / 2) restored.restore(builder.state())
    const rows = Array.from({ length: 12 }, () => ({ user: userOf(call), price: random() }))
    for (const each of call < calls / 2 ? [builder] : [builder, restored]) each.add(batchOf(rows), NOW_MS)
  }
  return [builder.build(meta), restored.build(meta)] as const
}

test.each([
  ['texts', (call: number) => `u${call}x`],
  ['numbers that count up', (call: number) => 7_000 + call],
])('an identifier of the call is one, also after a restart: %s', (_, userOf) => {
  for (const { uncompared = [] } of baselineOf(200, userOf))
    expect(uncompared).toMatchObject([{ name: 'user', kind: 'identifier' }])
})

test('users of one call each are not shown, and as many new ones are expected', () => {
  // Half of the calls are of five known users, half of people who come once.
  for (const { columns } of baselineOf(400, (call) =>
    call % 2 === 0 ? `known${call % 10}` : `person${call}`,
  )) {
    const user = columns.find(({ name }) => name === 'user') as CategoricalColumn
    expect(user.categories.every((name) => name.startsWith('known'))).toBe(true)
    expect(user.categories).toHaveLength(5)
    expect(user.unseen).toBeCloseTo(0.5, 5)
  }
})
