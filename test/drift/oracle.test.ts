/** Scores against SciPy, Evidently and NannyML; test/fixtures/statistics/make.py made the numbers. */
import { expect, test } from 'vitest'
import {
  chiSquaredQuantile,
  chiSquaredTail,
  kolmogorovQuantile,
  kolmogorovTail,
  normalQuantile,
} from '../../src/drift/distributions.ts'
import { findStatistic, STATISTIC_NAMES, type StatisticName } from '../../src/drift/index.ts'
import type { Comparison } from '../../src/drift/statistic.ts'
import { DIGEST_CLUSTERS } from '../../src/baseline/baseline.ts'
import { curveOf, quantile } from '../../src/sketches/curve.ts'
import { digestValues, EMPTY_DIGEST, mergeDigests, type Digest } from '../../src/sketches/digest.ts'
import { SampleDigest } from '../../src/sketches/sample-digest.ts'
import { WINDOW_CLUSTERS } from '../../src/windows/pane.ts'
import bins from '../fixtures/statistics/bins.json' with { type: 'json' }
import samples from '../fixtures/statistics/samples.json' with { type: 'json' }
import tails from '../fixtures/statistics/tails.json' with { type: 'json' }

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

const INDEPENDENT = { overdispersion: 1, excess: 0 }

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

/** As in production: the window's values go through ten panes and their merges. */
function windowDigest(values: readonly number[]): Digest {
  const open = new SampleDigest(WINDOW_CLUSTERS, 1)
  let merged = EMPTY_DIGEST
  for (const [index, value] of values.entries()) {
    open.add(value)
    const paneEnds = (index + 1) % Math.ceil(values.length / 10) === 0 || index === values.length - 1
    if (paneEnds) merged = mergeDigests(merged, open.take(), WINDOW_CLUSTERS)
  }
  return merged
}

test.each(samples.cases)('SciPy on raw values, through sketches: $name', (oracle) => {
  const digest = windowDigest(oracle.live)
  const live = curveOf(digest, WINDOW_CLUSTERS)
  const baseline = curveOf(digestValues(Float64Array.from(oracle.baseline), DIGEST_CLUSTERS), DIGEST_CLUSTERS)
  const scale = oracle.standardDeviation > 0 ? oracle.standardDeviation : 1
  const numbers = {
    live,
    baseline,
    liveValues: oracle.live.length,
    baselineValues: oracle.baseline.length,
    standardDeviation: scale,
    spread: 1,
  }
  const comparison = { live: shares([1]), baseline: shares([1]), liveRows: 1, baselineRows: 1, numbers }
  const ks = findStatistic('ks')
  const distance = ks.compute(comparison)
  expect(Math.abs(distance - oracle.ks)).toBeLessThan(0.005)
  expect(Math.abs((ks.pValue?.(oracle.ks, comparison, INDEPENDENT) ?? Number.NaN) - oracle.ksP)).toBeLessThan(
    0.02,
  )
  const wasserstein = findStatistic('wasserstein').compute(comparison)
  expect(Math.abs(wasserstein - oracle.wasserstein / scale)).toBeLessThan(0.005)
  for (const [q, expected] of Object.entries(oracle.quantiles)) {
    // In rank, which is what a quantile sketch promises: between two far values any answer is right.
    const found = quantile(live, Number(q))
    const upTo = oracle.live.filter((value) => value <= found).length / oracle.live.length
    const below = oracle.live.filter((value) => value < found).length / oracle.live.length
    expect(Math.max(below - Number(q), Number(q) - upTo), `q ${q}: ${found}, exact ${expected}`).toBeLessThan(
      0.01,
    )
  }
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
