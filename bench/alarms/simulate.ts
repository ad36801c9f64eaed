/** One model over some days: learn a baseline, then watch every pane with everybody at once. */
import type { Comparison } from '../../src/drift/statistic.ts'
import { commonDispersions, withCommon } from '../../src/baseline/dispersion.ts'
import { SHAPES, SimulatedColumn, type ColumnShape } from './column.ts'
import { Random } from './random.ts'
import { PANE_SECONDS, Traffic, type TrafficOptions } from './traffic.ts'
import { AlarmLog, ChunkWatcher, fixedPsi, modeltap, testAt5Percent, type Watcher } from './watchers.ts'
import { CellWindows, DEFAULT_WINDOWS } from './windows.ts'

export interface Scenario {
  readonly name: string
  readonly features: number
  readonly days: number
  readonly traffic: TrafficOptions
  /** Rows of the baseline, drawn from the same traffic without drift, spread evenly over these days before it. */
  readonly baseline: {
    readonly rows: number
    readonly days: number
    /** Whether the product is told that it is so many days. */
    readonly isTimeKnown?: boolean
  }
  /** Seconds, where they are not the default. */
  readonly windows?: readonly number[]
}

export const WATCHERS = ['modeltap', 'PSI > 0.1', 'PSI > 0.2', 'p < 0.05', 'mean + 3 sd'] as const
export type WatcherName = (typeof WATCHERS)[number]
export type Outcome = Readonly<Record<WatcherName, AlarmLog>>

/** A window is looked at when it has moved by a tenth, and a long one every ten minutes. */
const MOST_PANES_BETWEEN = 20
const CHUNKS = 10

export function simulate(
  { features, days, traffic: options, baseline, windows: windowSeconds = DEFAULT_WINDOWS }: Scenario,
  seed: number,
): Outcome {
  const random = new Random(seed)
  const columns = Array.from(
    { length: features },
    (_, i) => new SimulatedColumn(SHAPES[i % SHAPES.length] as ColumnShape),
  )
  const chunks = learn(columns, new Traffic(columns, withoutDrift(options), random), baseline)
  const chunkWatchers = columns.map((column, i) => new ChunkWatcher(column, chunks[i] ?? []))
  const watchers: [WatcherName, Watcher][] = [
    ['modeltap', modeltap(columns, windowSeconds)],
    ['PSI > 0.1', fixedPsi(0.1)],
    ['PSI > 0.2', fixedPsi(0.2)],
    ['p < 0.05', testAt5Percent],
  ]
  const outcome = Object.fromEntries(WATCHERS.map((name) => [name, new AlarmLog()])) as unknown as Outcome
  const traffic = new Traffic(columns, options, random)
  const windows = columns.map(({ cells }) => new CellWindows(cells, windowSeconds))
  const every = windowSeconds.map((length) =>
    Math.min(MOST_PANES_BETWEEN, Math.ceil(length / PANE_SECONDS / 10)),
  )
  const cells = columns.map((column) => new Float64Array(column.cells))
  const panes = (days * 86_400) / PANE_SECONDS
  for (let pane = 0; pane < panes; pane += 1) {
    const seconds = pane * PANE_SECONDS
    traffic.pane(seconds, cells)
    for (const [index, column] of columns.entries()) {
      const counts = cells[index] as Float64Array
      if (chunkWatchers[index]?.push(counts) === true) outcome['mean + 3 sd'].note(index, seconds)
      const own = windows[index] as CellWindows
      own.push(counts)
      for (const [level, panesBetween] of every.entries()) {
        if (pane % panesBetween !== 0) continue
        const spanSeconds = Math.min(windowSeconds[level] as number, seconds + PANE_SECONDS)
        const comparison = compare(column, own.sums[level] as Float64Array)
        for (const [name, watcher] of watchers) {
          if (watcher(column, comparison, spanSeconds)) outcome[name].note(index, seconds + PANE_SECONDS)
        }
      }
    }
  }
  return outcome
}

function compare(column: SimulatedColumn, cells: Float64Array): Comparison {
  const rows = cells.reduce((sum, count) => sum + count, 0)
  return {
    live: column.sharesOf(cells, rows),
    baseline: column.baselineShares,
    liveRows: rows,
    baselineRows: column.baselineRows,
    numbers: rows === 0 ? undefined : column.numbers(cells, rows),
  }
}

function withoutDrift({ rowsPerSecond, dependence, season }: TrafficOptions): TrafficOptions {
  return season === undefined ? { rowsPerSecond, dependence } : { rowsPerSecond, dependence, season }
}

/** Draws the baseline and finishes the columns; returns the rows by cell of each tenth, per column. */
function learn(
  columns: readonly SimulatedColumn[],
  traffic: Traffic,
  { rows, days, isTimeKnown = true }: Scenario['baseline'],
): Float64Array[][] {
  const chunks = columns.map(({ cells }) => Array.from({ length: CHUNKS }, () => new Float64Array(cells)))
  const places = new Map(columns.map((column, index) => [column, index]))
  for (let row = 0; row < rows; row += 1) {
    const chunk = Math.floor((row * CHUNKS) / rows)
    traffic.row((row / rows - 1) * days * 86_400, (column, cell) => {
      column.learn(cell)
      const counts = chunks[places.get(column) ?? 0]?.[chunk] as Float64Array
      counts[cell] = (counts[cell] as number) + 1
    })
  }
  for (const column of columns) column.finish()
  const common = commonDispersions(columns.map(({ dispersions }) => dispersions))
  for (const column of columns) {
    column.dispersions = withCommon(column.dispersions, common)
    column.baselineSeconds = isTimeKnown ? 86_400 * days : undefined
  }
  return chunks
}
