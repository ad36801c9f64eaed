/** Laws that every drift statistic keeps. Runs over the registry: a new statistic is tested by being in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DIGEST_CLUSTERS } from '../../src/baseline/baseline.ts'
import { statistics } from '../../src/drift/index.ts'
import type { Comparison, Statistic } from '../../src/drift/statistic.ts'
import { curveOf, spreadIntegral } from '../../src/sketches/curve.ts'
import { digestValues } from '../../src/sketches/digest.ts'

const DRIFT = resolve(import.meta.dirname, '../../src/drift')

/** Values of 0…bins−1, one a row, as a comparison over bins and over numbers. */
function comparisonOf(live: readonly number[], baseline: readonly number[], bins = 6): Comparison {
  const shares = (values: readonly number[]): Float64Array =>
    Float64Array.from(
      { length: bins },
      (_, bin) => values.filter((value) => value === bin).length / values.length,
    )
  const curve = (values: readonly number[]) =>
    curveOf(digestValues(Float64Array.from(values), DIGEST_CLUSTERS), DIGEST_CLUSTERS)
  const mean = baseline.reduce((sum, value) => sum + value, 0) / baseline.length
  const variance = baseline.reduce((sum, value) => sum + (value - mean) ** 2, 0) / baseline.length
  const baselineCurve = curve(baseline)
  return {
    live: shares(live),
    baseline: shares(baseline),
    liveRows: live.length,
    baselineRows: baseline.length,
    numbers: {
      live: curve(live),
      baseline: baselineCurve,
      liveValues: live.length,
      baselineValues: baseline.length,
      standardDeviation: variance > 0 ? Math.sqrt(variance) : 1e-3,
      spread: spreadIntegral(baselineCurve),
    },
  }
}

const rows = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 80 })

test('the registry and the folder hold the same statistics', () => {
  const defining = readdirSync(DRIFT).filter((file) =>
    readFileSync(resolve(DRIFT, file), 'utf8').includes('= defineStatistic({'),
  )
  const expected = statistics.map(({ name }) => `${name.replaceAll('_', '-')}.ts`)
  expect(defining.toSorted()).toEqual(expected.toSorted())
})

describe.each(statistics)('$name', (statistic) => {
  const [lowest, highest] = statistic.range

  test('stays in its range and is finite, whatever the shares', () => {
    fc.assert(
      fc.property(rows, rows, (live, baseline) => {
        const score = statistic.compute(comparisonOf(live, baseline))
        expect(Number.isFinite(score)).toBe(true)
        expect(score).toBeGreaterThanOrEqual(lowest)
        expect(score).toBeLessThanOrEqual(highest)
      }),
    )
  })

  test('is 0 for the same rows in any order, and above 0 for others', () => {
    fc.assert(
      fc.property(rows, (values) => {
        expect(statistic.compute(comparisonOf(values.toReversed(), values))).toBeCloseTo(0, 12)
      }),
    )
    expect(statistic.compute(comparisonOf([0, 0, 1, 5], [0, 1, 1, 2]))).toBeGreaterThan(0.05)
  })

  test('does not depend on how often the same rows are repeated, apart from the sample size', () => {
    fc.assert(
      fc.property(rows, rows, (live, baseline) => {
        const once = comparisonOf(live, baseline)
        const twice = { ...comparisonOf([...live, ...live], baseline), liveRows: once.liveRows }
        expect(statistic.compute(twice)).toBeCloseTo(statistic.compute(once), 9)
      }),
    )
  })

  test('has a null quantile that falls with rows and with the tail, and grows with the excess', () => {
    const values = Array.from({ length: 60 }, (_, i) => i % 6)
    const comparison = comparisonOf(values, values)
    const scale = (rowCount: number): Comparison => ({
      ...comparison,
      liveRows: rowCount,
      baselineRows: 100_000,
      numbers: comparison.numbers && { ...comparison.numbers, liveValues: rowCount, baselineValues: 100_000 },
    })
    const perRow = (rowCount: number, tail: number, excess = 0): number => {
      const { nullQuantile, scaledEffect }: Statistic = statistic
      const at = scale(rowCount)
      return nullQuantile(at, { tail, excess }) / (scaledEffect?.(1, at) ?? 1)
    }
    expect(perRow(500, 1e-6)).toBeGreaterThan(perRow(5_000, 1e-6))
    expect(perRow(5_000, 1e-6)).toBeGreaterThan(perRow(5_000, 1e-3))
    expect(perRow(1e7, 1e-6)).toBeLessThan(statistic.effect)
    // What clusters of rows add does not go away with more rows.
    expect(perRow(1e7, 1e-6, 0.01)).toBeGreaterThan(perRow(5_000, 1e-6))
  })

  test('says for whom it is, from where its effect comes and what it is', () => {
    expect(statistic.accepts.length).toBeGreaterThan(0)
    expect(statistic.effectReason).toMatch(/\w.*\.$/)
    expect(statistic.summary).toMatch(/\w.*\.$/)
    expect(statistic.effect).toBeGreaterThan(0)
  })
})
