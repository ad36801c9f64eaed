import { expect, test } from 'vitest'
import { directionsOf } from '../../src/calibration/directions.ts'
import { stepLimit } from '../../src/calibration/limit.ts'
import {
  addMemory,
  addStep,
  emptyWindowMemory,
  usualLargestStep,
} from '../../src/calibration/window-memory.ts'

const HOUR_MS = 3_600_000
const directions = directionsOf('numeric', {
  labels: ['le_1', 'inf', 'missing'],
  shares: new Float64Array(3),
  ...{ ordered: 2, missing: 2, other: -1, unseen: -1 },
})

/** @param largest step of each day */
function memoryOf(largest: readonly number[]) {
  const known = emptyWindowMemory(HOUR_MS, directions.length)
  for (const step of largest) {
    const day = emptyWindowMemory(HOUR_MS, directions.length)
    day.days = 1
    for (let i = 0; i < 23; i += 1) addStep(day, 0.1)
    addStep(day, step)
    addMemory(known, day, directions, true)
  }
  return known
}

test('one day with wrong values does not decide how far every later step may go', () => {
  const calm = memoryOf(Array.from({ length: 30 }, () => 0.5))
  const broken = memoryOf(Array.from({ length: 30 }, (_, day) => (day === 12 ? 5 : 0.5)))
  expect(stepLimit(broken, 1e-6)).toBeLessThan(5)
  expect(stepLimit(broken, 1e-6)).toBeLessThan(4 * stepLimit(calm, 1e-6))
})

test('in the first twenty days the largest step of all counts, then one day of every twenty is set aside', () => {
  const days = (count: number): number[] => [1, 4, 2, ...Array.from({ length: count - 3 }, () => 0.5)]
  expect(usualLargestStep(memoryOf(days(19)))).toBe(4)
  expect(usualLargestStep(memoryOf(days(20)))).toBe(2)
  expect(usualLargestStep(memoryOf(days(40)))).toBe(1)
  expect(usualLargestStep(memoryOf(days(80)))).toBe(1)
})

test('a memory of a file that has only the largest step of all is read with it', () => {
  const old = { ...memoryOf([1, 4, 2, ...Array.from({ length: 27 }, () => 0.5)]), dayLargest: undefined }
  expect(usualLargestStep(old)).toBe(4)
})
