import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EXPORTED_QUANTILES } from '../../src/analysis/column-scores.ts'
import type { BaselineColumn } from '../../src/baseline/baseline.ts'
import { binCounts, layoutOf } from '../../src/baseline/layout.ts'
import { mergePanes, type Pane } from '../../src/windows/pane.ts'
import { comparedCurve, quantilesOf } from '../../src/windows/window-values.ts'
import { baselineOf } from '../support/baseline.ts'
import { normalSource, randomSource } from '../support/rows.ts'
import { countedWindows, numberLayout, WINDOW_MS } from '../support/window.ts'

const random = randomSource(3)
const normal = normalSource(random)
const ROWS = 20_000
type Numbers = Exclude<BaselineColumn, { kind: 'categorical' }>
const columnOf = (values: readonly number[]): Numbers =>
  baselineOf({ features: values.map((x) => ({ x })) }).columns[0] as Numbers

const columns: readonly (readonly [string, Numbers])[] = [
  ['normal', columnOf(Array.from({ length: ROWS }, normal))],
  ['heavy tail', columnOf(Array.from({ length: ROWS }, () => normal() / Math.abs(normal())))],
  ['spiked', columnOf(Array.from({ length: ROWS }, () => (random() < 0.5 ? 0 : Math.exp(normal()))))],
  ['discrete', columnOf(Array.from({ length: ROWS }, () => Math.floor(5 * random())))],
]

/** Everything that is a sum: what has to be the same to the last bit. */
function sums(column: Numbers, pane: Pane) {
  const { min, max, lowSteps, highSteps } = pane.numbers ?? {}
  return {
    counts: Float64Array.from(pane.counts),
    min,
    max,
    lowSteps,
    highSteps,
    bins: binCounts(layoutOf(column, ROWS), pane.counts),
  }
}

test.each(columns)('eight replicas together are one process that saw all rows: %s', (_, column) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 50, maxLength: 50 }),
      fc.integer({ min: 1, max: 1e6 }),
      (owners, seed) => {
        const draw = normalSource(randomSource(seed))
        const whole = countedWindows(column, ROWS)
        const replicas = Array.from({ length: 8 }, () => countedWindows(column, ROWS))
        for (const [place, owner] of owners.entries()) {
          const values = Array.from({ length: 400 }, () => 1.5 * draw())
          const timeMs = (place * WINDOW_MS) / 60
          whole.count(values, timeMs)
          replicas[owner]?.count(values, timeMs)
        }
        const parts = replicas.map(({ windows }) => windows.summaries()[0] as Pane)
        const [one, all] = [whole.windows.summaries()[0] as Pane, mergePanes(parts)]
        expect(sums(column, all)).toEqual(sums(column, one))
        expect(one.rows).toBe(20_000)
        // And so are the distances, which are made of these sums.
        const layout = numberLayout(column, ROWS)
        const without = (pane: Pane): Pane => ({
          ...pane,
          numbers: pane.numbers && { ...pane.numbers, detail: { ...pane.numbers.detail, total: 0 } },
        })
        expect(comparedCurve(layout, without(all))).toEqual(comparedCurve(layout, without(one)))
      },
    ),
    { numRuns: 6 },
  )
})

test.each(columns)('what is restored from a checkpoint goes on to the last bit: %s', (_, column) => {
  const windowsMs = [WINDOW_MS, 6 * WINDOW_MS]
  const draw = normalSource(randomSource(99))
  const whole = countedWindows(column, ROWS, { windowsMs })
  let resumed = countedWindows(column, ROWS, { windowsMs })
  for (let place = 0; place < 80; place += 1) {
    const timeMs = (place * WINDOW_MS) / 20
    const values = Array.from({ length: 300 }, draw)
    whole.count(values, timeMs)
    resumed.count(values, timeMs)
    if (place % 9 !== 4) continue
    const next = countedWindows(column, ROWS, { windowsMs, nowMs: timeMs })
    next.windows.restore(structuredClone(resumed.windows.state()), resumed.windows.totals(), timeMs)
    resumed = next
  }
  expect([...resumed.windows.totals()]).toEqual([...whole.windows.totals()])
  for (const [place, pane] of resumed.windows.summaries().entries())
    expect(sums(column, pane)).toEqual(sums(column, whole.windows.summaries()[place] as Pane))
})

/** Windows of every length that a day has, for rates from a row a minute to thousands a second. */
const traffic: readonly (readonly [string, () => number])[] = [
  ['as the baseline', normal],
  ['moved into one cell', () => 40 + normal()],
  ['narrow, between two edges', () => 0.001 * normal()],
  ['wide', () => 30 * normal()],
  ['spiked', () => (random() < 0.3 ? 0.7 : normal())],
]

test.each(traffic.flatMap(([name, draw]) => [40, 300, 4_000].map((rows) => [name, rows, draw] as const)))(
  'quantiles are within half a per cent in rank through all windows: %s, %d rows a pane',
  (_, rows, draw) => {
    const column = columns[0]?.[1] as Numbers
    const layout = numberLayout(column, ROWS)
    const windowsMs = [WINDOW_MS, 12 * WINDOW_MS, 288 * WINDOW_MS]
    const { windows, count } = countedWindows(column, ROWS, { windowsMs })
    const seen: { readonly timeMs: number; readonly values: number[] }[] = []
    // 300 panes of the shortest window: each was merged into the longest one by way of two others.
    for (let pane = 0; pane < 300; pane += 1) {
      const timeMs = (pane * WINDOW_MS) / 10
      const values = Array.from({ length: rows }, draw)
      count(values, timeMs)
      seen.push({ timeMs, values })
      if (pane % 3 === 0) windows.summaries()
    }
    for (const [window, pane] of windows.summaries().entries()) {
      const held = pane.rows
      const values = seen.slice(-held / rows).flatMap((one) => one.values)
      expect(values.length).toBe(held)
      const sorted = Float64Array.from(values).sort()
      const quantiles = quantilesOf(layout, pane, comparedCurve(layout, pane), EXPORTED_QUANTILES)
      for (const [place, q] of EXPORTED_QUANTILES.entries()) {
        const found = quantiles[place] as number
        let [below, upTo] = [0, 0]
        for (const value of sorted) {
          if (value < found) below += 1
          if (value <= found) upTo += 1
        }
        const error = Math.max(0, below / held - q, q - upTo / held)
        expect(error, `window ${window}, q ${q}`).toBeLessThan(0.005 + 1e-9)
      }
    }
  },
)
