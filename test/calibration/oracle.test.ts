/**
 * Numbers of another implementation: a prototype in Python and NumPy that the method was chosen with. Twelve days of a
 * column of three categories, 10 rows a minute, of which the shares wander from day to day; counts by half hour.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ColumnMemory, expectedValues } from '../../src/calibration/column-memory.ts'
import { directionsOf, type WindowFacts } from '../../src/calibration/directions.ts'
import { addRowsAt, HOURS, levelAt, levelOfHours } from '../../src/calibration/hours.ts'
import { clusterDispersion, limitsOf } from '../../src/calibration/limit.ts'

interface Fixture {
  readonly halfHours: readonly (readonly (readonly number[])[])[]
  readonly windows: readonly {
    readonly windowMs: number
    readonly rows: number
    readonly names: readonly string[]
    readonly limits: readonly number[]
    readonly expected: readonly number[]
    readonly clusters: number | null
  }[]
}

const HOUR_MS = 3_600_000
const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/calibration.json', import.meta.url), 'utf8'),
) as Fixture
const bins = {
  labels: ['a', 'b', 'c', 'other', 'unseen', 'missing'],
  shares: new Float64Array(6),
  ...{ ordered: 0, missing: 5, other: 3, unseen: 4 },
}
const directions = directionsOf('categorical', bins)

function factsOf(halves: readonly (readonly number[])[]): WindowFacts {
  const counts = [0, 1, 2].map((bin) => halves.reduce((sum, half) => sum + (half[bin] ?? 0), 0))
  const rows = counts.reduce((sum, count) => sum + count, 0)
  const shares = Float64Array.from([...counts, 0, 0, 0], (count) => count / rows)
  return {
    ...{ rows, shares, location: 0, far: 0, outside: 0 },
    diversity: 1 - shares.reduce((sum, share) => sum + share * share, 0),
  }
}

/** Rows by hour of the half hours [from, to) of a day. */
function weightsOf(from: number, to: number): Float64Array {
  const weights = new Float64Array(HOURS)
  for (let pane = 6 * from; pane < 6 * to; pane += 1) addRowsAt((pane + 0.5) * 300_000, 60, weights)
  return weights
}

const memory = new ColumnMemory({
  directions,
  bins: 6,
  missingBin: 5,
  windowsMs: [HOUR_MS, 24 * HOUR_MS],
  isTimed: true,
})
for (const day of fixture.halfHours) {
  for (let end = 2; end <= 48; end += 1) {
    const facts = factsOf(day.slice(end - 2, end))
    if (end % 2 === 0) {
      // By the clock, as the prototype counts them.
      const hour = new Float64Array(HOURS)
      hour[end / 2 - 1] = 1
      memory.addRows(facts, hour)
    }
    memory.sample(0, facts, weightsOf(end - 2, end))
  }
  memory.sample(1, factsOf(day), weightsOf(0, 48))
  memory.endDay(true)
}

test('eleven of twelve days are judged by the days before them', () => {
  expect(memory.days).toBe(12)
  expect(memory.window(0).days).toBe(11)
})

test('clusters are those of the prototype', () => {
  expect(clusterDispersion(memory.window(0)) / (fixture.windows[0]?.clusters ?? 0)).toBeCloseTo(1, 2)
})

test.each(fixture.windows)('limits over $windowMs ms are those of the prototype', (expected) => {
  const place = expected.windowMs === HOUR_MS ? 0 : 1
  const level = levelOfHours(memory.hours)
  if (level === undefined) throw new Error('no rows')
  // The prototype looks at the first hour, or at the whole, of a day.
  const weights = place === 0 ? weightsOf(0, 2) : weightsOf(0, 48)
  const known = memory.window(place)
  const values = expectedValues(memory, levelAt(memory.hourly(level), weights))
  const hourClusters = clusterDispersion(memory.window(0))
  const limits = limitsOf({
    directions,
    memory: known,
    clusters: place === 0 ? hourClusters : hourClusters / 24,
    tail: 1e-6,
    rows: expected.rows,
    baselineRows: 12 * 17_280,
    levelDays: 12,
    thinness: 1,
    inverseHourRows: 0,
    expected: values,
  })
  for (const bin of [0, 1, 2]) {
    expect(values[bin]).toBeCloseTo(expected.expected[bin] ?? Number.NaN, 2)
    expect((limits[bin] ?? 0) / (expected.limits[bin] ?? 1)).toBeCloseTo(1, 1)
  }
})
