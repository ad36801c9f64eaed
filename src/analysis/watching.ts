// HOT: per request
/** Compares every row of one version of a model with its baseline. */
import type { Baseline } from '../baseline/baseline.ts'
import { writeDistances } from '../baseline/centroid.ts'
import { baselineHash } from '../baseline/hash.ts'
import { tailPerTest } from '../drift/false-alarms.ts'
import type { ColumnSet, RecordBatch } from '../records/record-batch.ts'
import { RowOutliers } from '../quality/row-outliers.ts'
import { RowQuality } from '../quality/row-quality.ts'
import { BaselineFit, type Tell } from './baseline-fit.ts'
import { ColumnMonitor, type BatchContext, type ColumnState } from './column-monitor.ts'
import { driftedFeatures } from './drifted-features.ts'
import { columnsOfWindow } from './live-columns.ts'
import type { ModelState } from './model-state.ts'
import type { MonitorOptions } from './options.ts'
import type { BaselineState, ColumnSnapshot, ModelSnapshot } from './snapshot.ts'

export interface WatchingOptions {
  readonly baseline: Baseline
  readonly origin: WatchedState['state']
  readonly options: MonitorOptions
  readonly nowMs: number
  readonly tell: Tell
}

type WatchedState = Exclude<BaselineState, { state: 'learning' }>

/** The parts of a model's snapshot that only a baseline gives. */
export type WatchingSnapshot = Required<
  Pick<
    ModelSnapshot,
    'columns' | 'driftedFeaturesRatio' | 'rowCounts' | 'rowOutliers' | 'columnsNotInBaseline'
  >
>

export class Watching {
  readonly baseline: Baseline
  readonly state: WatchedState
  /** Features first: the order of state and snapshot. */
  readonly monitors: readonly ColumnMonitor[]
  readonly #features: readonly ColumnMonitor[]
  readonly #predictions: readonly ColumnMonitor[]
  readonly #rowQuality: RowQuality
  readonly #rowOutliers: RowOutliers
  readonly #fit: BaselineFit
  /** False alarms that one test may give, 0…1. */
  readonly #tail: number
  readonly #context: BatchContext = { nowMs: 0, flags: new Uint16Array(0) }

  constructor({ baseline, origin, options, nowMs, tell }: WatchingOptions) {
    const { windows, drift, evaluation, quality } = options
    const settings = { windowsMs: windows, lowConfidence: quality?.lowConfidence, ...drift }
    const monitors = baseline.columns.map(
      (column, seed) => new ColumnMonitor({ column, baseline, settings, nowMs, seed }),
    )
    const { rows, created } = baseline
    this.baseline = baseline
    this.state = { state: origin, rows, hash: baselineHash(baseline), createdEpochMs: Date.parse(created) }
    this.#features = monitors.filter(({ column }) => column.role === 'feature')
    this.#predictions = monitors.filter(({ column }) => column.role === 'prediction')
    this.monitors = [...this.#features, ...this.#predictions]
    this.#fit = new BaselineFit(baseline, tell)
    this.#rowQuality = new RowQuality(this.#features.map(({ column }) => column.name))
    this.#rowOutliers = new RowOutliers(
      this.#features.filter(({ column }) => column.kind === 'numeric').length,
    )
    this.#tail = tailPerTest({
      budget: drift.falseAlarms,
      windowsMs: windows,
      evaluationIntervalMs: evaluation.interval,
      scores: monitors.reduce((sum, { statistics }) => sum + statistics.length, 0),
    })
  }

  accept(batch: RecordBatch, nowMs: number): void {
    const { rows } = batch
    const { centroid } = this.baseline
    if (centroid !== undefined) writeDistances(batch.predictions, rows, centroid)
    this.#fit.accept(batch)
    const context = this.#context
    context.nowMs = nowMs
    this.#rowOutliers.begin(rows)
    context.flags = this.#rowOutliers.flags
    // A side that nobody could read, such as a body over the limit, says nothing; its values are not missing.
    if (!batch.features.isEmpty) {
      this.#rowQuality.accept(batch.features, rows)
      acceptEach(this.#features, batch.features, rows, context)
      this.#rowOutliers.end(rows)
    }
    if (batch.predictions.isEmpty) return
    // Of predictions the flags are written too, and not read: a row is judged by what came in.
    acceptEach(this.#predictions, batch.predictions, rows, context)
  }

  /** One column between two yields. Rows may be accepted meanwhile. */
  *evaluation(now: () => number): Generator<undefined, WatchingSnapshot> {
    const columns: ColumnSnapshot[] = []
    for (const monitor of this.monitors) {
      columns.push(monitor.evaluate(now(), this.#tail))
      yield
    }
    return {
      columns,
      driftedFeaturesRatio: driftedFeatures(columns),
      rowCounts: this.#rowQuality.counts,
      rowOutliers: this.#rowOutliers.histogram,
      columnsNotInBaseline: this.#fit.extra,
    }
  }

  /** The rows of the window of that place, shortest first, as those of a baseline. */
  columnsOfWindow(nowMs: number, place: number, maxCategories: number): Pick<Baseline, 'rows' | 'columns'> {
    return columnsOfWindow(this.monitors, { nowMs, place, maxCategories })
  }

  get rowState(): Pick<ModelState, 'rowCounts' | 'rowOutliers'> {
    return { rowCounts: this.#rowQuality.counts, rowOutliers: this.#rowOutliers.histogram }
  }

  /** Takes up where `rowState` and the monitors' states left off; they are of the same baseline and windows. */
  restore({ rowCounts, rowOutliers }: ModelState, columns: readonly ColumnState[], nowMs: number): void {
    for (const [index, monitor] of this.monitors.entries())
      monitor.restore(columns[index] as ColumnState, nowMs)
    if (rowCounts !== undefined) this.#rowQuality.restore(rowCounts)
    if (rowOutliers !== undefined) this.#rowOutliers.restore(rowOutliers)
  }
}

/** Columns of the baseline and of a batch are mostly in the same order, so each is looked for in its place first. */
function acceptEach(
  monitors: readonly ColumnMonitor[],
  set: ColumnSet,
  rows: number,
  context: BatchContext,
): void {
  for (let place = 0; place < monitors.length; place += 1) {
    const monitor = monitors[place] as ColumnMonitor
    monitor.accept(set.find(monitor.column.name, place), rows, context)
  }
}
