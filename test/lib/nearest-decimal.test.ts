import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestDecimal, shortestDecimal } from '../../src/lib/nearest-decimal.ts'

test('a 32-bit float has its decimal as nearest value', () => {
  for (const decimal of [0.1, 0.2, 0.3, 0.7, 1.5, -0.1, 1234.567, 0.000_012_3, 1e-30, 0.735_979_1])
    expect(nearestDecimal(Math.fround(decimal))).toBe(decimal)
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const decimal = nearestDecimal(value)
      const [digits = ''] = String(Math.abs(decimal)).split('e')
      expect(Math.fround(decimal)).toBe(value)
      expect(digits.replace('.', '').replace(/^0+/, '').length).toBeLessThanOrEqual(
        Number.isInteger(value) ? 39 : 9,
      )
      expect(nearestDecimal(decimal)).toBe(decimal)
      expect(nearestDecimal(-value)).toBe(-decimal)
    }),
    { numRuns: 5_000 },
  )
})

test('anything else stays as it is', () => {
  for (const value of [0.1, 1 / 3, 123_456_792, -0, 0, Infinity, -Infinity, Number.NaN, 1.7e308])
    expect(nearestDecimal(value)).toBe(value)
})

test('floats of less precision have shorter decimals', () => {
  expect(shortestDecimal(0.0999755859375, 2 ** -15)).toBe(0.1)
  expect(shortestDecimal(0.10009765625, 2 ** -13)).toBe(0.1)
})
