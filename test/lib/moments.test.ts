import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Moments } from '../../src/lib/moments.ts'

const values = fc.array(fc.double({ noNaN: true, min: -1e3, max: 1e3 }))
const of = (numbers: readonly number[]): Moments => {
  const moments = new Moments()
  for (const number of numbers) moments.add(number)
  return moments
}

test('merging is adding all values to one', () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      const [merged, all] = [of(a), of([...a, ...b])]
      merged.merge(of(b))
      expect(merged.count).toBe(all.count)
      expect(merged.mean).toBeCloseTo(all.mean, 8)
      expect(merged.standardDeviation).toBeCloseTo(all.standardDeviation, 6)
    }),
  )
})

test('a large offset does not eat the deviation', () => {
  expect(of([1e9 + 1, 1e9 + 2, 1e9 + 3]).standardDeviation).toBeCloseTo(Math.sqrt(2 / 3), 6)
})

test('stays finite for every finite value, alone and merged', () => {
  const largest = Number.MAX_VALUE
  for (const numbers of [
    [largest, -largest],
    [largest, 1, 2],
    [-largest, -largest, largest, 0],
  ]) {
    const merged = of(numbers.slice(0, 1))
    merged.merge(of(numbers.slice(1)))
    const fromNothing = of([])
    fromNothing.merge(of(numbers))
    for (const { mean, standardDeviation } of [of(numbers), merged, fromNothing]) {
      expect(mean).toBeGreaterThanOrEqual(Math.min(...numbers))
      expect(mean).toBeLessThanOrEqual(Math.max(...numbers))
      expect(standardDeviation).toBe(largest)
    }
  }
})
