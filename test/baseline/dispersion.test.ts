/** What the order of a baseline's rows says of the windows that are compared with it. */
import { expect, test } from 'vitest'
import { BaselineBuilder } from '../../src/baseline/builder.ts'
import { Dispersion } from '../../src/baseline/dispersion.ts'
import { excessOver, expectedDispersion } from '../../src/baseline/expected-dispersion.ts'
import { batchOf, normalSource, randomSource } from '../support/rows.ts'

const BINS = 10
const random = randomSource(31)
const normal = normalSource(random)

function ratiosOf(rows: number, binAt: (row: number) => number): number[] {
  const dispersion = new Dispersion(BINS)
  for (let row = 0; row < rows; row += 1) dispersion.add(binAt(row))
  return dispersion.ratios
}

const binOf = (value: number): number => Math.min(BINS - 1, Math.max(0, Math.floor(5 + 2 * value)))

test('independent rows are worth themselves over every length', () => {
  const ratios = ratiosOf(50_000, () => binOf(normal()))
  expect(ratios).toHaveLength(7)
  for (const ratio of ratios) expect(ratio).toBe(1)
})

test('bursts of like rows raise the ratio up to their length, and no further', () => {
  const values = Array.from({ length: 2_000 }, () => normal())
  const ratios = ratiosOf(100_000, (row) => binOf(values[Math.floor(row / 50)] ?? 0))
  expect(ratios[2]).toBeGreaterThan(30)
  for (const ratio of ratios.slice(2)) expect(ratio).toBeLessThan(120)
})

test('a season raises it with the length, until stretches are as long as the season', () => {
  const DAY = 4_096
  const ratios = ratiosOf(40 * DAY, (row) => binOf(normal() + 0.5 * Math.sin((2 * Math.PI * row) / DAY)))
  expect(ratios[4]).toBeGreaterThan(2 * (ratios[2] ?? 0))
  // 64 rows · 2⁶ are a day.
  expect(ratios[6]).toBeLessThan((ratios[4] ?? 0) / 10)
})

const season = { overdispersion: 60, dispersions: [4, 8, 16, 32, 60, 20, 1] }

test('a short window of a seasonal baseline differs as much however many rows it has', () => {
  const baseline = { rows: 40_960, durationSeconds: 10 * 86_400 }
  const expected = expectedDispersion(baseline, season)
  const hour = 3_600_000
  // A day is 4,096 rows of the baseline, an hour is 171.
  const few = expected(hour, 36_000)
  const many = expected(hour, 3_600_000)
  expect(few).toEqual({ overdispersion: 1, excess: expect.closeTo(31 / 512, 9) as number })
  expect(many.excess).toBeCloseTo(few.excess, 9)
  expect(expected(24 * hour, 86_400_000).excess).toBeLessThan(1e-4)
})

test('fewer rows in the same time are not less alike', () => {
  // Bursts of fifty rows.
  const bursts = { overdispersion: 50, dispersions: [50, 50, 50, 50] }
  const expected = expectedDispersion({ rows: 40_960, durationSeconds: 40_960 }, bursts)
  expect(expected(1_000_000, 1_000).excess).toBeCloseTo(49 / 1_000 + 49 / 40_960, 4)
  expect(expected(1_000_000, 200).excess).toBeCloseTo(49 / 200 + 49 / 40_960, 4)
})

test('without the time of the baseline the worst ratio holds for all windows', () => {
  const expected = expectedDispersion({ rows: 40_960 }, season)
  expect(expected(1_000, 500)).toEqual({ overdispersion: 60, excess: 0 })
  expect(expectedDispersion({ rows: 100, durationSeconds: 60 }, { overdispersion: 1 })(1_000, 500)).toEqual({
    overdispersion: 1,
    excess: 0,
  })
})

test('the excess is finite and falls with the length of the window', () => {
  let last = Infinity
  for (let rows = 1; rows < 1e7; rows *= 1.3) {
    const excess = excessOver(rows, season.dispersions)
    expect(excess).toBeGreaterThanOrEqual(0)
    expect(excess).toBeLessThanOrEqual(last)
    last = excess
  }
})

test('rows that came in no time have no rate', () => {
  const builder = new BaselineBuilder({ features: 1, categories: 10 })
  builder.add(batchOf([{ x: 1 }]))
  const baseline = builder.build({ model: '', version: '', source: '', createdEpochMs: 0, durationMs: 0 })
  expect(baseline).not.toHaveProperty('durationSeconds')
})
