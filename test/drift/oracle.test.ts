/** Scores against SciPy, Evidently and NannyML; test/fixtures/statistics/make.py and large.py made the numbers. */
import { describe, expect, test } from 'vitest'
import { EXPORTED_QUANTILES } from '../../src/analysis/column-scores.ts'
import type { BaselineColumn } from '../../src/baseline/baseline.ts'
import {
  chiSquaredQuantile,
  chiSquaredTail,
  kolmogorovQuantile,
  kolmogorovTail,
  normalQuantile,
} from '../../src/drift/distributions.ts'
import { findStatistic, STATISTIC_NAMES, type StatisticName } from '../../src/drift/index.ts'
import type { Comparison } from '../../src/drift/statistic.ts'
import { comparedCurve, quantilesOf } from '../../src/windows/window-values.ts'
import bins from '../fixtures/statistics/bins.json' with { type: 'json' }
import large from '../fixtures/statistics/large.json' with { type: 'json' }
import samples from '../fixtures/statistics/samples.json' with { type: 'json' }
import tails from '../fixtures/statistics/tails.json' with { type: 'json' }
import { baselineOf } from '../support/baseline.ts'
import { drawCase } from '../support/large-samples.ts'
import { comparisonOf, windowOf } from '../support/window.ts'

type Scores = Readonly<Record<string, number>>
interface BinCase {
  readonly name: string
  readonly live: readonly number[]
  readonly baseline: readonly number[]
  readonly scipy: Scores
  readonly evidently?: Scores
  readonly nannyml?: Scores
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
const shares = (counts: readonly number[]): Float64Array =>
  Float64Array.from(counts, (count) => count / sum(counts))
const compare = ({ live, baseline }: BinCase): Comparison => ({
  live: shares(live),
  baseline: shares(baseline),
  liveRows: sum(live),
  // SciPy's p-value takes the expected shares as known.
  baselineRows: Infinity,
})
const cases = bins.cases as readonly BinCase[]

const overBins = STATISTIC_NAMES.filter((name) => name !== 'ks' && name !== 'wasserstein')

test('every statistic over bins has numbers of SciPy', () => {
  const known = new Set(cases.flatMap(({ scipy }) => Object.keys(scipy)))
  expect(overBins.filter((name) => !known.has(name))).toEqual([])
})

const INDEPENDENT = { excess: 0 }

test.each(cases)('SciPy over bins: $name', (oracle) => {
  for (const name of overBins) {
    const expected = oracle.scipy[name]
    if (expected !== undefined)
      expect(findStatistic(name).compute(compare(oracle)), name).toBeCloseTo(expected, 9)
  }
  const p = oracle.scipy['chi_square_p']
  if (p === undefined) return
  const chiSquare = findStatistic('chi_square')
  const comparison = compare(oracle)
  const degrees = oracle.baseline.filter((count) => count > 0).length - 1
  if (degrees > 0)
    expect(chiSquare.pValue?.(chiSquare.compute(comparison), comparison, INDEPENDENT)).toBeCloseTo(p, 9)
})

test.each(cases.filter(({ evidently }) => evidently !== undefined))('Evidently on rows: $name', (oracle) => {
  const scores = oracle.evidently ?? {}
  const comparison = compare(oracle)
  const score = (name: StatisticName): number => findStatistic(name).compute(comparison)
  expect(score('psi')).toBeCloseTo(scores['psi'] ?? Number.NaN, 9)
  expect(score('hellinger')).toBeCloseTo(scores['hellinger'] ?? Number.NaN, 6)
  // Evidently takes the natural logarithm, and the divergence of the baseline from live.
  expect(score('jensen_shannon') * Math.sqrt(Math.LN2)).toBeCloseTo(scores['jensen_shannon'] ?? Number.NaN, 9)
  const turned = { ...comparison, live: comparison.baseline, baseline: comparison.live }
  expect(findStatistic('kl').compute(turned)).toBeCloseTo(scores['kl'] ?? Number.NaN, 9)
})

test.each(cases.filter(({ nannyml }) => nannyml !== undefined))('NannyML on rows: $name', (oracle) => {
  for (const [name, expected] of Object.entries(oracle.nannyml ?? {})) {
    expect(findStatistic(name as StatisticName).compute(compare(oracle)), name).toBeCloseTo(expected, 7)
  }
})

type Numbers = Exclude<BaselineColumn, { kind: 'categorical' }>

function columnOf(values: readonly number[]): Numbers {
  return baselineOf({ features: values.map((x) => ({ x })) }).columns[0] as Numbers
}

/** In rank, which is what a quantile sketch promises: between two far values any answer is right. */
function rankError(found: number, q: number, values: readonly number[]): number {
  let upTo = 0
  let below = 0
  for (const value of values) {
    if (value <= found) upTo += 1
    if (value < found) below += 1
  }
  return Math.max(0, below / values.length - q, q - upTo / values.length)
}

test.each(samples.cases)('SciPy on raw values, through windows: $name', (oracle) => {
  const column = columnOf(oracle.baseline)
  const { pane, numbers: layout } = windowOf(column, oracle.baseline.length, oracle.live)
  const scale = oracle.standardDeviation > 0 ? oracle.standardDeviation : 1
  const numbers = { ...comparisonOf(column, layout, pane), standardDeviation: scale }
  const comparison = { live: shares([1]), baseline: shares([1]), liveRows: 1, baselineRows: 1, numbers }
  const ks = findStatistic('ks')
  expect(Math.abs(ks.compute(comparison) - oracle.ks)).toBeLessThan(0.004)
  expect(Math.abs((ks.pValue?.(oracle.ks, comparison, INDEPENDENT) ?? Number.NaN) - oracle.ksP)).toBeLessThan(
    0.02,
  )
  const wasserstein = findStatistic('wasserstein').compute(comparison)
  expect(Math.abs(wasserstein - oracle.wasserstein / scale)).toBeLessThan(0.005)
  for (const [q, expected] of Object.entries(oracle.quantiles)) {
    const [found = Number.NaN] = quantilesOf(layout, pane, comparedCurve(layout, pane), [Number(q)])
    expect(rankError(found, Number(q), oracle.live), `q ${q}: ${found}, exact ${expected}`).toBeLessThan(
      0.005,
    )
  }
})

describe.each(large.cases)('SciPy on large samples: $name', (oracle) => {
  const { baseline, live } = drawCase(oracle, { baseline: large.baselineValues, live: large.liveValues })
  const column = columnOf(baseline)
  const { pane, numbers: layout } = windowOf(column, baseline.length, live)
  const numbers = { ...comparisonOf(column, layout, pane), standardDeviation: oracle.standardDeviation }
  const comparison = { live: shares([1]), baseline: shares([1]), liveRows: 1, baselineRows: 1, numbers }

  test('the values are those that SciPy had', () => {
    expect(column.standardDeviation).toBeCloseTo(oracle.standardDeviation, 9)
  })

  test('ks and wasserstein', () => {
    expect(Math.abs(findStatistic('ks').compute(comparison) - oracle.ks)).toBeLessThan(0.004)
    const expected = oracle.wasserstein / oracle.standardDeviation
    const found = findStatistic('wasserstein').compute(comparison)
    // Of a tail without a variance, single values far out make up much of the distance.
    const bound = oracle.shape === 'heavy tail' ? 0.02 : 0.01
    expect(Math.abs(found - expected), `${found}, exact ${expected}`).toBeLessThan(bound)
  })

  test('quantiles', () => {
    const found = quantilesOf(layout, pane, comparedCurve(layout, pane), EXPORTED_QUANTILES)
    for (const [i, q] of EXPORTED_QUANTILES.entries())
      expect(rankError(found[i] as number, q, live), `q ${q}`).toBeLessThan(0.005)
  })

  test('the baseline against itself', () => {
    const { pane: own } = windowOf(column, baseline.length, baseline)
    const same = { ...comparison, numbers: comparisonOf(column, layout, own) }
    expect(findStatistic('ks').compute(same)).toBeLessThan(1e-9)
    expect(findStatistic('wasserstein').compute(same)).toBeLessThan(0.002)
  })
})

test('tail quantiles of SciPy', () => {
  for (const { tail, degrees, quantile: expected } of tails.chiSquared) {
    expect(chiSquaredQuantile(tail, degrees) / expected).toBeCloseTo(1, 9)
    expect(chiSquaredTail(expected, degrees) / tail).toBeCloseTo(1, 8)
  }
  for (const { tail, quantile: expected } of tails.normal) {
    expect(normalQuantile(tail)).toBeCloseTo(expected, 8)
  }
  for (const { tail, quantile: expected } of tails.kolmogorov) {
    expect(kolmogorovQuantile(tail)).toBeCloseTo(expected, 7)
    expect(kolmogorovTail(expected) / tail).toBeCloseTo(1, 6)
  }
})
