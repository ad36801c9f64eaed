import fc from 'fast-check'
import { expect, test } from 'vitest'
import { singleCells } from '../../src/sketches/cells.ts'
import { ColumnWindows } from '../../src/windows/column-windows.ts'

const MINUTE = 60_000
const START = 1_700_000_040_000

/** Cells of the values 0 and 1, what is beyond, and rows without a number. */
const edges = Float64Array.of(0, 1)
const cells = { edges, counts: [1, 1, 1], min: 0, max: 2, lowMean: 0, highMean: 2 }
const layout = { counters: 4, numbers: { cells, total: 3, singles: singleCells(edges), step: 2 ** -30 } }

function windowsOf(windowsMs: readonly number[]): ColumnWindows {
  return new ColumnWindows({ windowsMs, layout, nowMs: START })
}

/** One row in `bin` at `nowMs`, as classifiers do it. */
function count(windows: ColumnWindows, nowMs: number, bin = 0): void {
  windows.advance(nowMs)
  windows.openCounts[bin] = (windows.openCounts[bin] ?? 0) + 1
  if (windows.openNumbers?.marks[bin] !== 0) windows.openNumbers?.note(bin, bin)
  windows.openNumbers?.counted(1, bin, bin, windows.openCounts)
}

const rows = (windows: ColumnWindows, nowMs: number): number[] => {
  windows.advance(nowMs)
  return windows.summaries().map(({ rows: held }) => held)
}

test('a window holds the rows of its last 0.9 to 1 lengths, in every window at once', () => {
  const lengths = [5 * MINUTE, 60 * MINUTE, 1440 * MINUTE]
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 200 * MINUTE }), { minLength: 1, maxLength: 120 }),
      fc.integer({ min: 0, max: 60 * MINUTE }),
      (gaps, idle) => {
        const windows = windowsOf(lengths)
        const times: number[] = []
        let now = START
        for (const gap of gaps) {
          now += gap % (gap > 190 * MINUTE ? 300 * MINUTE : 3 * MINUTE)
          times.push(now)
          count(windows, now)
        }
        now += idle
        for (const [index, found] of rows(windows, now).entries()) {
          const length = lengths[index] ?? 0
          const within = (ms: number): number => times.filter((time) => time > now - ms).length
          expect(found).toBeGreaterThanOrEqual(within(0.9 * length))
          expect(found).toBeLessThanOrEqual(within(length))
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('rows leave a window when nothing else comes', () => {
  const windows = windowsOf([5 * MINUTE, 60 * MINUTE])
  count(windows, START)
  expect(rows(windows, START + 4 * MINUTE)).toEqual([1, 1])
  expect(rows(windows, START + 6 * MINUTE)).toEqual([0, 1])
  expect(rows(windows, START + 61 * MINUTE)).toEqual([0, 0])
})

test('totals never fall', () => {
  const windows = windowsOf([5 * MINUTE])
  count(windows, START, 1)
  count(windows, START + 30 * MINUTE, 2)
  windows.advance(START + 100 * MINUTE)
  expect([...windows.totals()]).toEqual([0, 1, 1, 0])
})

test('windows whose panes do not divide each other lose at most one short pane at the edge', () => {
  const windows = windowsOf([3 * MINUTE, 7 * MINUTE])
  for (let second = 0; second < 20 * 60; second += 1) count(windows, START + second * 1_000)
  const now = START + 20 * MINUTE - 1_000
  const [short, long] = rows(windows, now) as [number, number]
  expect(short).toBeGreaterThanOrEqual(0.9 * 180)
  expect(short).toBeLessThanOrEqual(180)
  expect(long).toBeGreaterThanOrEqual(0.9 * 420 - 18)
  expect(long).toBeLessThanOrEqual(420 + 18)
})

test('a clock that jumps back does not break or lose anything', () => {
  const windows = windowsOf([5 * MINUTE])
  count(windows, START + MINUTE)
  count(windows, START)
  expect(rows(windows, START + MINUTE)).toEqual([2])
})

test('what is restored goes on as what was saved', () => {
  const lengths = [5 * MINUTE, 60 * MINUTE]
  const original = windowsOf(lengths)
  for (let minute = 0; minute < 90; minute += 1) count(original, START + minute * MINUTE, minute % 3)
  const restored = windowsOf(lengths)
  restored.restore(structuredClone(original.state()), original.totals(), START + 90 * MINUTE)
  for (const minute of [90, 94, 120, 148, 160]) {
    const now = START + minute * MINUTE
    expect(rows(restored, now)).toEqual(rows(original, now))
    expect(restored.summaries()).toEqual(original.summaries())
  }
  expect(restored.totals()).toEqual(original.totals())
})

test('a saved state does not change when rows go on coming', () => {
  const windows = windowsOf([5 * MINUTE])
  count(windows, START)
  const state = windows.state()
  const before = structuredClone(state)
  for (let minute = 0; minute < 9; minute += 1) count(windows, START + minute * MINUTE)
  windows.summaries()
  expect(state).toEqual(before)
})

test('what was saved before the clock was set back does not stay for ever', () => {
  const original = windowsOf([5 * MINUTE])
  for (let minute = 0; minute < 8; minute += 1) count(original, START + 600 * MINUTE + minute * MINUTE)
  const restored = windowsOf([5 * MINUTE])
  restored.restore(original.state(), original.totals(), START)
  expect(rows(restored, START)).toEqual([5])
  expect(rows(restored, START + 6 * MINUTE)).toEqual([0])
})
