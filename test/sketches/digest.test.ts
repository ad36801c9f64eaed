import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { areaBetween, curveOf, largestGap, quantile, shareUpTo } from '../../src/sketches/curve.ts'
import {
  clusterCapacity,
  type Digest,
  digestMean,
  digestValues,
  EMPTY_DIGEST,
  mergeDigests,
} from '../../src/sketches/digest.ts'
import { OpenDigest } from '../../src/sketches/open-digest.ts'

const CLUSTERS = 64
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  fc.integer({ min: -3, max: 3 }),
  fc.constant(0),
)
const numbers = fc.array(number, { maxLength: 400 })
const digest = (values: readonly number[]): Digest => digestValues(Float64Array.from(values), CLUSTERS)
const curve = (of: Digest) => curveOf(of, CLUSTERS)

function expectSound(of: Digest, values: readonly number[]): void {
  expect(of.total).toBe(values.length)
  expect(of.weights.reduce((sum, weight) => sum + weight, 0)).toBe(values.length)
  for (let i = 1; i < of.means.length; i += 1) {
    expect(of.means[i - 1] as number).toBeLessThan(of.means[i] as number)
  }
  if (values.length === 0) return
  // Compared as numbers: which sign a zero has means nothing here, and sorting and `Math.min` disagree about it.
  expect(of.min === values.reduce((a, b) => Math.min(a, b))).toBe(true)
  expect(of.max === values.reduce((a, b) => Math.max(a, b))).toBe(true)
  const sum = values.reduce((a, b) => a + b, 0)
  expect(Math.abs(digestMean(of) * values.length - sum)).toBeLessThan(
    1e-6 * (1 + values.reduce((a, b) => a + Math.abs(b), 0)),
  )
}

/** Largest distance in rank between the digest's curve and the values themselves. */
function rankError(of: Digest, values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const exact = curveOf(digestValues(Float64Array.from(sorted), sorted.length + 1), sorted.length + 1)
  return largestGap(curve(of), exact)
}

describe('digest', () => {
  test.each([[[0, -0]], [[-0, 0]]])('a zero is a zero: %j', (values) => {
    expectSound(digest(values), values)
    const open = new OpenDigest(CLUSTERS)
    for (const value of values) open.add(value)
    expectSound(open.take(), values)
  })

  test('counts every value, keeps order, extremes and mean', () => {
    fc.assert(fc.property(numbers, (values) => expectSound(digest(values), values)))
  })

  test('merge is the digest of both: count, extremes, mean; ranks within the bound', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const merged = mergeDigests([digest(a), digest(b)], CLUSTERS)
        expectSound(merged, [...a, ...b])
        if (a.length + b.length > 0) {
          expect(rankError(merged, [...a, ...b])).toBeLessThanOrEqual(2 * clusterCapacity(0.5, CLUSTERS))
        }
      }),
    )
  })

  test('merge does not care for the order, and empty adds nothing', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const [ab, ba] = [
          mergeDigests([digest(a), digest(b)], CLUSTERS),
          mergeDigests([digest(b), digest(a)], CLUSTERS),
        ]
        expect([...ab.weights]).toEqual([...ba.weights])
        expect(mergeDigests([digest(a), EMPTY_DIGEST], CLUSTERS)).toEqual(digest(a))
      }),
    )
  })

  test('one repeated value stays a step, however many others there are', () => {
    const values = [
      ...Array.from({ length: 5_000 }, () => 3),
      ...Array.from({ length: 5_000 }, (_, i) => i / 500),
    ]
    const spiked = curve(digest(values))
    const exact = values.filter((value) => value <= 3).length / values.length
    expect(shareUpTo(spiked, 3)).toBeCloseTo(exact, 2)
    expect(shareUpTo(spiked, 2.999)).toBeCloseTo(exact - 0.5, 2)
  })

  test('as few values as clusters are kept exactly', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: CLUSTERS }), (values) => {
        const sorted = values.toSorted((a, b) => a - b)
        const exact = curve(digest(values))
        for (const [i, value] of sorted.entries()) {
          expect(quantile(exact, (i + 0.5) / sorted.length) === value).toBe(true)
        }
      }),
    )
  })
})

describe('open digest', () => {
  test('is the digest of what was added since it was last taken', () => {
    const added = fc.array(number, { maxLength: 3_000 })
    fc.assert(
      fc.property(added, added, (before, after) => {
        const open = new OpenDigest(CLUSTERS)
        for (const values of [before, after]) {
          for (const value of values) open.add(value)
          expectSound(open.take(), values)
        }
        expect(open.take().total).toBe(0)
      }),
      { numRuns: 30 },
    )
  })

  test('has no more clusters than the t-digest allows, however few or many values there are', () => {
    for (const count of [CLUSTERS + 1, 1_000, 1_024, 1_025, 30_000]) {
      const open = new OpenDigest(CLUSTERS)
      for (let i = 0; i < count; i += 1) open.add((i * 0.618034) % 1)
      expect(open.take().means.length).toBeLessThan(2 * CLUSTERS)
    }
  })

  test.each([
    ['ascending', (i: number) => i],
    ['descending', (i: number) => -i],
    ['alternating', (i: number) => (i % 2 === 0 ? i : -i)],
    ['periodic', (i: number) => Math.sin(i)],
    ['integers', (i: number) => (i * 7919) % 40],
    ['long tail', (i: number) => 1 / (1 - ((i * 0.618034) % 1))],
  ])('ranks are within a half per cent: %s', (_, value) => {
    const values = Array.from({ length: 30_000 }, (_unused, i) => value(i))
    const open = new OpenDigest(128)
    for (const one of values) open.add(one)
    const found = curveOf(open.take(), 128)
    const exact = curveOf(digestValues(Float64Array.from(values), 1e6), 1e6)
    expect(largestGap(found, exact)).toBeLessThan(0.005)
  })
})

describe('curves', () => {
  test('distances of a curve to itself are 0, to others symmetric', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), fc.array(number, { minLength: 1 }), (a, b) => {
        const [x, y] = [curve(digest(a)), curve(digest(b))]
        expect(largestGap(x, x)).toBe(0)
        expect(areaBetween(x, x)).toBe(0)
        expect(largestGap(x, y)).toBeCloseTo(largestGap(y, x), 12)
        expect(areaBetween(x, y)).toBeCloseTo(areaBetween(y, x), 6)
      }),
    )
  })

  test('the area is the distance that everything has to be moved', () => {
    const values = Array.from({ length: 1_000 }, (_, i) => Math.sin(i) * 10)
    const moved = values.map((value) => value + 2.5)
    expect(areaBetween(curve(digest(values)), curve(digest(moved)))).toBeCloseTo(2.5, 1)
    expect(areaBetween(curve(digest([0])), curve(digest([5])))).toBe(5)
    expect(largestGap(curve(digest([0])), curve(digest([5])))).toBe(1)
  })

  test('quantiles rise with q and stay between the extremes', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 300 }), (values) => {
        const found = [0, 0.05, 0.5, 0.95, 1].map((q) => quantile(curve(digest(values)), q))
        for (const [i, q] of found.entries()) {
          expect(q).toBeGreaterThanOrEqual(Math.min(...values))
          expect(q).toBeLessThanOrEqual(Math.max(...values))
          if (i > 0) expect(q).toBeGreaterThanOrEqual(found[i - 1] ?? Number.NaN)
        }
      }),
    )
  })

  test('an empty curve has no quantile and no share', () => {
    expect(quantile(curve(EMPTY_DIGEST), 0.5)).toBeNaN()
    expect(shareUpTo(curve(EMPTY_DIGEST), 0)).toBeNaN()
  })
})
