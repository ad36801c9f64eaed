import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketBound, sampleValue } from '../../src/exposition/number-text.ts'

/** Made with Go: strconv.FormatFloat(f, 'g', -1, 64), and `.0` where there is neither point nor exponent. */
test.each([
  [0, '0.0'],
  [0.005, '0.005'],
  [1, '1.0'],
  [2.5, '2.5'],
  [256, '256.0'],
  [262_144, '262144.0'],
  [1e6, '1e+06'],
  [1_048_576, '1.048576e+06'],
  [67_108_864, '6.7108864e+07'],
  [123_456_789_012, '1.23456789012e+11'],
  [1e21, '1e+21'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [Infinity, '+Inf'],
])('the bound %d is spelled %s', (bound, expected) => {
  expect(bucketBound(bound)).toBe(expected)
})

test.each([
  [1, '1'],
  [0.25, '0.25'],
  [-3.25e-7, '-3.25e-7'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
])('the value %d is written %s', (value, expected) => {
  expect(sampleValue(value)).toBe(expected)
})

test('every number comes back as it was', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number(sampleValue(value))).toBe(value === 0 ? 0 : value)
      expect(Number(bucketBound(value))).toBe(value === 0 ? 0 : value)
    }),
  )
})
