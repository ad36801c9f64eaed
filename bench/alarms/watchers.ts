/** Who raises alarms: the product's default, and what others do. */
import { expectedDispersion } from '../../src/baseline/expected-dispersion.ts'
import { chiSquaredTail, kolmogorovTail } from '../../src/drift/distributions.ts'
import { tailPerTest } from '../../src/drift/false-alarms.ts'
import { findStatistic } from '../../src/drift/index.ts'
import { driftOptions } from '../../src/drift/options.ts'
import type { Comparison } from '../../src/drift/statistic.ts'
import { psi } from '../../src/drift/psi.ts'
import { jensenShannon } from '../../src/drift/jensen-shannon.ts'
import { ks } from '../../src/drift/ks.ts'
import type { SimulatedColumn } from './column.ts'

const EVALUATION_SECONDS = 10
const options = driftOptions.parse({})

/** Says whether a column is in alarm in one window, which covers so many seconds. */
export type Watcher = (column: SimulatedColumn, comparison: Comparison, spanSeconds: number) => boolean

/** The product with its default options but for the windows, for a model of these columns. */
export function modeltap(columns: readonly SimulatedColumn[], windowSeconds: readonly number[]): Watcher {
  const statistics = options.statistics.map(findStatistic)
  const scores = columns.reduce(
    (sum, { shape }) => sum + statistics.filter(({ accepts }) => accepts.includes(shape.kind)).length,
    0,
  )
  const tail = tailPerTest({
    budget: options.falseAlarms,
    windowsMs: windowSeconds.map((seconds) => 1_000 * seconds),
    evaluationIntervalMs: 1_000 * EVALUATION_SECONDS,
    scores,
  })
  const expectedOf = new Map(
    columns.map((column) => [
      column,
      expectedDispersion(
        { rows: column.baselineRows, durationSeconds: column.baselineSeconds },
        { dispersions: column.dispersions, overdispersion: Math.max(1, ...column.dispersions) },
      ),
    ]),
  )
  return (column, comparison, spanSeconds) => {
    const { shape } = column
    const dispersion = expectedOf.get(column)?.(1_000 * spanSeconds, comparison.liveRows)
    if (comparison.liveRows < options.minSamples || dispersion === undefined) return false
    const expected = { tail, ...dispersion }
    return statistics.some((statistic) => {
      if (!statistic.accepts.includes(shape.kind)) return false
      const value = statistic.compute(comparison)
      return value > statistic.effect && value > statistic.nullQuantile(comparison, expected)
    })
  }
}

export const fixedPsi =
  (threshold: number): Watcher =>
  (_, comparison) =>
    comparison.liveRows >= options.minSamples && psi.compute(comparison) > threshold

/** KS for numbers, chi-square for categories, each at p < 0.05: Evidently's choice for small baselines. */
export const testAt5Percent: Watcher = (_, comparison) => {
  if (comparison.liveRows < options.minSamples) return false
  if (comparison.numbers !== undefined) {
    const { liveValues, baselineValues } = comparison.numbers
    const root = Math.sqrt((liveValues * baselineValues) / (liveValues + baselineValues))
    return kolmogorovTail(ks.compute(comparison) * root) < 0.05
  }
  const { live, baseline, liveRows } = comparison
  let chiSquared = 0
  let bins = 0
  for (const [bin, share] of baseline.entries()) {
    if (share === 0) continue
    chiSquared += (liveRows * ((live[bin] as number) - share) ** 2) / share
    bins += 1
  }
  return chiSquaredTail(chiSquared, bins - 1) < 0.05
}

const CHUNKS = 10

/** NannyML's default: Jensen–Shannon per chunk of a tenth of the baseline, alarm above mean + 3 sd of its chunks. */
export class ChunkWatcher {
  readonly #column: SimulatedColumn
  readonly #chunkRows: number
  readonly #threshold: number
  readonly #cells: Float64Array
  #rows = 0

  constructor(column: SimulatedColumn, baselineChunks: readonly Float64Array[]) {
    this.#column = column
    this.#chunkRows = column.baselineRows / CHUNKS
    const scores = baselineChunks.map((cells) => this.#score(cells, this.#chunkRows))
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
    const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length
    this.#threshold = mean + 3 * Math.sqrt(variance)
    this.#cells = new Float64Array(column.cells)
  }

  /** Adds a pane; true when it completes a chunk that is in alarm. */
  push(pane: Float64Array): boolean {
    for (let cell = 0; cell < pane.length; cell += 1) {
      this.#cells[cell] = (this.#cells[cell] as number) + (pane[cell] as number)
      this.#rows += pane[cell] as number
    }
    if (this.#rows < this.#chunkRows) return false
    const isAlarm = this.#score(this.#cells, this.#rows) > this.#threshold
    this.#cells.fill(0)
    this.#rows = 0
    return isAlarm
  }

  #score(cells: Float64Array, rows: number): number {
    const { baselineShares, baselineRows } = this.#column
    const live = this.#column.sharesOf(cells, rows)
    return jensenShannon.compute({ live, baseline: baselineShares, liveRows: rows, baselineRows })
  }
}

/** Turns "in alarm or not" into alarms: a column alarms anew after an hour without one. */
export class AlarmLog {
  alarms = 0
  /** Seconds of each column's first alarm. */
  readonly first = new Map<number, number>()
  readonly #last = new Map<number, number>()

  note(column: number, seconds: number): void {
    const last = this.#last.get(column)
    if (last === undefined || seconds - last > 3_600) this.alarms += 1
    this.#last.set(column, seconds)
    if (!this.first.has(column)) this.first.set(column, seconds)
  }
}
