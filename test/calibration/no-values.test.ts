/** A window without values has no location: what stands there must neither alarm nor be learned. */
import { expect, test } from 'vitest'
import { ColumnMemory } from '../../src/calibration/column-memory.ts'
import { directionsOf, type WindowFacts } from '../../src/calibration/directions.ts'
import { judge } from '../../src/calibration/verdict.ts'

const HOUR_MS = 3_600_000
const directions = directionsOf('numeric', {
  labels: ['le_1', 'inf', 'missing'],
  shares: new Float64Array(3),
  ...{ ordered: 2, missing: 2, other: -1, unseen: -1 },
})
const place = directions.findIndex(({ kind }) => kind === 'location')

/** @param missing share of rows without a value; the location of the others is 3 */
const factsOf = (missing: number): WindowFacts => ({
  rows: 500,
  shares: Float64Array.from([(1 - missing) / 2, (1 - missing) / 2, missing]),
  location: missing === 1 ? 0 : 3,
  ...{ far: 0, outside: 0, diversity: missing === 1 ? 0 : 0.9 },
})

test.each([1, 0.95])('%d of the rows without a value: location and diversity are not judged', (missing) => {
  const facts = factsOf(missing)
  const expected = Float64Array.from(directions, ({ kind }) => (kind === 'location' ? 3 : 0.9))
  const limits = Float64Array.from(directions, ({ kind }) =>
    kind === 'location' || kind === 'diversity' ? 0.01 : 10,
  )
  const verdict = judge({
    ...{ directions, missingBin: 2, orderedBins: 2, facts, expected, limits, mostLocation: 10 },
    level: { shares: factsOf(0).shares, location: 3 },
    isProvisional: false,
  })
  const kind = typeof verdict.direction === 'number' ? directions[verdict.direction]?.kind : undefined
  expect(['location', 'diversity']).not.toContain(kind)
})

test('hours without a value teach no variation of the location', () => {
  const memory = new ColumnMemory({
    ...{ directions, bins: 3, missingBin: 2, windowsMs: [HOUR_MS], isTimed: false },
  })
  const weights = new Float64Array(0)
  for (let day = 0; day < 6; day += 1) {
    for (let hour = 0; hour < 24; hour += 1) {
      const facts = factsOf(hour < 8 ? 1 : 0)
      memory.addRows(facts, weights)
      memory.sample(0, facts, weights)
    }
    memory.endDay(true)
  }
  const { largest, excess, largestStep } = memory.window(0)
  expect(largest[place]).toBeLessThan(1e-6)
  expect(excess[place]).toBeLessThan(1e-6)
  expect(largestStep).toBe(0)
})
