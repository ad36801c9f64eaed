import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextBelow, shortestBetween } from '../../src/sketches/neighbours.ts'

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

test('nothing lies between a number and the next one below', () => {
  fc.assert(
    fc.property(finite, (value) => {
      if (value === -Number.MAX_VALUE) return
      const below = nextBelow(value)
      expect(below).toBeLessThan(value)
      expect([below, value]).toContain(below + (value - below) / 2)
    }),
  )
  expect(nextBelow(1)).toBe(1 - 2 ** -53)
  expect(nextBelow(0)).toBe(-Number.MIN_VALUE)
  expect(nextBelow(Number.MIN_VALUE)).toBe(0)
  expect(nextBelow(-Number.MAX_VALUE)).toBe(-Infinity)
})

test('the short number lies at or above the lower one and below the other', () => {
  fc.assert(
    fc.property(finite, finite, (a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)]
      if (!(low < high)) return
      const between = shortestBetween(low, high)
      expect(between).toBeGreaterThanOrEqual(low)
      expect(between).toBeLessThan(high)
    }),
  )
})

test.each([
  [3, 4, 3],
  [0.1234567, 0.1239999, 0.1235],
  [-0.002, 0.001, 0],
  [1_700_000_000_123, 1_700_000_000_999, 1_700_000_000_200],
  [-5.23, -5.19, -5.2],
  [99.5, 100.5, 100],
])('from %d to below %d: %d', (low, high, expected) => {
  expect(shortestBetween(low, high)).toBe(expected)
})
