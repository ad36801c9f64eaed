import { expect, test } from 'vitest'
import { undecidedNote } from '../../src/analysis/deciding-window.ts'

test('names the windows that cannot decide and the shortest that can', () => {
  const windows = [
    { window: '5m', isDecisive: false },
    { window: '1h', isDecisive: false },
    { window: '1d', isDecisive: true },
    { window: '7d', isDecisive: true },
  ]
  expect(undecidedNote(windows)).toBe(
    '5m, 1h cannot detect a change in distribution, only missing, unseen and far values; the shortest window that can is 1d',
  )
})

test('says what is needed when no window can decide', () => {
  expect(undecidedNote([{ window: '5m' }, { window: '1h', isDecisive: false }])).toMatch(
    /^1h cannot .*; no window can yet: more days of traffic/,
  )
})

test('has nothing to say where every window decides, or has too few rows for a score', () => {
  expect(undecidedNote([{ window: '5m' }, { window: '1h', isDecisive: true }])).toBeUndefined()
})
