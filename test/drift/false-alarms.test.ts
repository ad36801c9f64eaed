import { expect, test } from 'vitest'
import { tailPerTest } from '../../src/drift/false-alarms.ts'
import { driftOptions } from '../../src/drift/options.ts'

const plan = {
  budget: { count: 1, perMs: 30 * 86_400_000 },
  windowsMs: [300_000, 3_600_000],
  evaluationIntervalMs: 10_000,
  scores: 200,
}

test('more scores, more windows and a smaller budget leave each test less', () => {
  const tail = tailPerTest(plan)
  expect(tailPerTest({ ...plan, scores: 400 })).toBeLessThan(tail)
  expect(tailPerTest({ ...plan, windowsMs: [...plan.windowsMs, 86_400_000] })).toBeLessThan(tail)
  expect(tailPerTest({ ...plan, budget: { ...plan.budget, count: 0.5 } })).toBeLessThan(tail)
})

test('evaluating a sliding window more often than it can change does not cost more', () => {
  const often = tailPerTest({ ...plan, evaluationIntervalMs: 100 })
  expect(tailPerTest({ ...plan, evaluationIntervalMs: 1_000 })).toBe(often)
  expect(tailPerTest({ ...plan, evaluationIntervalMs: 100_000 })).toBeGreaterThan(often)
})

test.each([
  ['1 per 30d', { count: 1, perMs: 2_592_000_000 }],
  ['0.5 per 1w', { count: 0.5, perMs: 604_800_000 }],
])('falseAlarms: %s', (text, expected) => {
  expect(driftOptions.parse({ falseAlarms: text }).falseAlarms).toEqual(expected)
})

test.each(['', 'one per day', '0 per 1d', '1 per', '1 per 5x', '-1 per 1d'])(
  'falseAlarms refuses "%s"',
  (text) => {
    const result = driftOptions.safeParse({ falseAlarms: text })
    expect(result.error?.issues[0]?.message).toBe(
      `"${text}" is not a number of false alarms per time; allowed: 1 per 30d, 0.5 per 7d`,
    )
  },
)
