import fc from 'fast-check'
import { expect, test } from 'vitest'
import { curveOf, largestGap } from '../../src/sketches/curve.ts'
import { digestValues, effectiveCount } from '../../src/sketches/digest.ts'
import { SAMPLE_VALUES, SampleDigest } from '../../src/sketches/sample-digest.ts'
import { randomSource } from '../support/rows.ts'

const exactCurve = (values: readonly number[]) => curveOf(digestValues(Float64Array.from(values), 1e9), 1e9)

/** Adds the values one by one, or in batches of the given length. */
function fill(values: readonly number[], batch: number): SampleDigest {
  const sample = new SampleDigest(128, 7)
  for (let start = 0; start < values.length; start += batch) {
    const part = values.slice(start, start + batch)
    if (batch === 1) sample.add(part[0] as number)
    else
      sample.addAll(
        Float64Array.from([...part, Number.NaN]),
        part.length,
        Math.min(...part),
        Math.max(...part),
      )
  }
  return sample
}

test('few values are all kept, whichever way they come', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 600 }),
      fc.integer({ min: 1, max: 700 }),
      (values, batch) => {
        expect(fill(values, batch).take()).toEqual(digestValues(Float64Array.from(values), 128))
      },
    ),
  )
})

test.each([1, 10, 1_000, 50_000])(
  'many values become an even sample with exact count and extremes: batches of %i',
  (batch) => {
    const random = randomSource(batch)
    // Ascending: a sample that prefers early or late values shows at once.
    const values = Array.from({ length: 100_000 }, (_, i) => i + random())
    const sample = fill(values, batch)
    const digest = sample.take()
    expect(digest.total).toBeCloseTo(values.length, 6)
    expect(effectiveCount(digest)).toBeCloseTo(SAMPLE_VALUES, 6)
    expect([digest.min, digest.max]).toEqual([values[0], values.at(-1)])
    // 1.95/√4096 is exceeded by an even sample once in a thousand runs; the seeds are fixed.
    expect(largestGap(curveOf(digest, 128), exactCurve(values))).toBeLessThan(
      1.95 / Math.sqrt(SAMPLE_VALUES) + 0.006,
    )
    expect(sample.take().total).toBe(0)
  },
)

test('a new sample starts after each take', () => {
  const sample = fill(
    Array.from({ length: 20_000 }, (_, i) => i),
    100,
  )
  sample.take()
  sample.add(5)
  expect(sample.take()).toMatchObject({ total: 1, min: 5, max: 5 })
})

test('two seeds keep different values', () => {
  const values = Float64Array.from({ length: 20_000 }, (_, i) => i)
  const [a, b] = [1, 2].map((seed) => {
    const sample = new SampleDigest(128, seed)
    sample.addAll(values, values.length, 0, 19_999)
    return sample.take()
  })
  expect(a?.means).not.toEqual(b?.means)
})
