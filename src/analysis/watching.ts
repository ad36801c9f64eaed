// HOT: per request
/** Compares every row of one version of a model with its baseline. */
import type { Baseline } from '../baseline/baseline.ts'
import { ageColumnOf } from '../baseline/baseline.ts'
import { writeDistances } from '../baseline/centroid.ts'
import { baselineHash } from '../baseline/hash.ts'
import { writeAges } from '../baseline/instant-ages.ts'
import type { InstantUnit } from '../baseline/instants.ts'
import { hasherOf, type HashName, newNameKey } from '../baseline/name-hash.ts'
import { DEFAULT_PRIVACY } from '../baseline/privacy.ts'
import { tailPerFile, tailsPerTest } from '../calibration/false-alarms.ts'
import { HourWindows } from '../calibration/hour-windows.ts'
import { BLOCK_ROWS } from '../calibration/row-clusters.ts'
import { Timetable } from '../calibration/timetable.ts'
import { tailPerTest } from '../drift/false-alarms.ts'
import { RowOutliers } from '../quality/row-outliers.ts'
import { RowQuality } from '../quality/row-quality.ts'
import type { ValueKind } from '../quality/value-counts.ts'
import type { ColumnSet, RecordBatch } from '../records/record-batch.ts'
import { BaselineFit, type Tell } from './baseline-fit.ts'
import { type BatchContext, ColumnMonitor, type ColumnState } from './column-monitor.ts'
import { driftedFeatures } from './drifted-features.ts'
import { columnsOfWindow } from './live-columns.ts'
import type { ModelState } from './model-state.ts'
import type { MonitorOptions } from './options.ts'
import { PresenceMonitor } from './presence-monitor.ts'
import type { BaselineState, ColumnSnapshot, ModelSnapshot } from './snapshot.ts'

export interface WatchingOptions {
  readonly baseline: Baseline
  readonly origin: WatchedState['state']
  readonly options: MonitorOptions
  readonly nowMs: number
  readonly tell: Tell
  /** Whether rows have a time of day; true when absent. */
  readonly isTimed?: boolean
  /** False for rows of a baseline, which have no drift. True when absent. */
  readonly isJudged?: boolean
}

type WatchedState = Exclude<BaselineState, { state: 'learning' }>

/** The parts of a model's snapshot that need a baseline. */
export type WatchingSnapshot = Required<
  Pick<
    ModelSnapshot,
    'columns' | 'uncompared' | 'driftedFeaturesRatio' | 'rowCounts' | 'rowOutliers' | 'columnsNotInBaseline'
  >
> &
  Pick<ModelSnapshot, 'calibrationDays'>

/** A timestamp column; its ages are compared. */
interface AgedColumn {
  readonly role: 'feature' | 'prediction'
  readonly name: string
  readonly unit: InstantUnit
}

export interface ColumnExcess extends Pick<ColumnSnapshot, 'role' | 'name'> {
  /** The highest score of the shortest window with scores, as a multiple of its threshold. */
  readonly excess: number | undefined
}

export class Watching {
  readonly baseline: Baseline
  readonly state: WatchedState
  /** Features first: the order of state and snapshot. */
  readonly monitors: readonly ColumnMonitor[]
  /** For columns that are not compared. */
  readonly presences: readonly PresenceMonitor[]
  readonly #aged: readonly AgedColumn[]
  readonly #options: MonitorOptions
  readonly #hashName: HashName | undefined
  readonly #features: readonly ColumnMonitor[]
  readonly #predictions: readonly ColumnMonitor[]
  readonly #rowQuality: RowQuality
  readonly #rowOutliers: RowOutliers
  readonly #fit: BaselineFit
  /** False-alarm probability of one test of a statistic, 0…1. */
  readonly #tail: number
  readonly #hours: HourWindows
  readonly #timetable: Timetable
  /** Rows since clusters were counted last. */
  #rows = 0
  readonly #context: BatchContext = { nowMs: 0, flags: new Uint16Array(0) }

  constructor({ baseline, origin, options, nowMs, tell, isTimed = true, isJudged = true }: WatchingOptions) {
    const { windows, drift, evaluation, quality } = options
    const { perFile } = options
    const plan = { budget: drift.falseAlarms, windowsMs: windows, columns: baseline.columns.length }
    const settings = {
      windowsMs: windows,
      lowConfidence: quality?.lowConfidence,
      tails:
        perFile === undefined
          ? tailsPerTest(plan)
          : windows.map(() => tailPerFile(perFile, baseline.columns.length)),
      waitsForDays: perFile === undefined && drift.waitForDays,
      ...drift,
    }
    const { uncompared = [] } = baseline
    const hashName = hasherOf(baseline.nameKey, options.privacy?.key)
    const monitors = baseline.columns.map(
      (column) => new ColumnMonitor({ column, baseline, settings, nowMs, hashName, isTimed, isJudged }),
    )
    this.#options = options
    this.#hashName = hashName
    this.presences = uncompared.map((column) => new PresenceMonitor(column))
    this.#aged = uncompared.flatMap(({ role, name, unit }) => {
      const age = ageColumnOf(name)
      const isCompared = baseline.columns.some((column) => column.role === role && column.name === age)
      return isCompared && unit !== undefined ? [{ role, name, unit }] : []
    })
    const { rows, created } = baseline
    this.baseline = baseline
    this.state = { state: origin, rows, hash: baselineHash(baseline), createdEpochMs: Date.parse(created) }
    this.#features = monitors.filter(({ column }) => column.role === 'feature')
    this.#predictions = monitors.filter(({ column }) => column.role === 'prediction')
    this.monitors = [...this.#features, ...this.#predictions]
    this.#fit = new BaselineFit(baseline, tell)
    this.#rowQuality = new RowQuality(
      this.#features.map(({ column }) => column.name),
      uncompared.flatMap(({ role, name }) => (role === 'feature' ? [name] : [])),
    )
    this.#rowOutliers = new RowOutliers(
      this.#features.filter(({ column }) => column.kind === 'numeric').length,
    )
    this.#hours = new HourWindows(windows, nowMs, isTimed)
    this.#timetable = new Timetable(windows, nowMs)
    this.#tail = tailPerTest({
      budget: drift.falseAlarms,
      windowsMs: windows,
      evaluationIntervalMs: evaluation.interval,
      scores: monitors.reduce((sum, { statistics }) => sum + statistics.length, 0),
    })
  }

  /**
   * @param nowMs of the monotonic clock
   * @param arrivedMs since 1970
   */
  accept(batch: RecordBatch, nowMs: number, arrivedMs: number): void {
    const { rows, features, predictions } = batch
    if (nowMs >= this.#timetable.nextMs) this.learn(nowMs)
    this.#hours.add(rows, nowMs)
    const { centroid } = this.baseline
    if (centroid !== undefined) writeDistances(predictions, rows, centroid)
    for (const { role, name, unit } of this.#aged)
      writeAges({ set: role === 'feature' ? features : predictions, rows, name, unit, nowMs: arrivedMs })
    for (const presence of this.presences) {
      const set = presence.column.role === 'feature' ? features : predictions
      if (!set.isEmpty) presence.accept(set.find(presence.column.name), rows)
    }
    this.#fit.accept(batch)
    const context = this.#context
    context.nowMs = nowMs
    this.#rowOutliers.begin(rows)
    context.flags = this.#rowOutliers.flags
    // An unreadable side, such as a body over the limit, has no information; its values are not missing.
    if (!batch.features.isEmpty) {
      this.#rowQuality.accept(batch.features, rows)
      acceptEach(this.#features, batch.features, rows, context)
      this.#rowOutliers.end(rows)
    }
    // Predictions set the flags too, but nothing reads those: a row is judged by its features.
    if (!batch.predictions.isEmpty) acceptEach(this.#predictions, batch.predictions, rows, context)
    this.#rows += rows
    if (this.#rows < BLOCK_ROWS) return
    this.#rows = 0
    for (const monitor of this.monitors) monitor.countClusters()
  }

  /** One column between two yields. Rows may be accepted meanwhile. */
  *evaluation(now: () => number): Generator<undefined, WatchingSnapshot> {
    const columns: ColumnSnapshot[] = []
    if (now() >= this.#timetable.nextMs) this.learn(now())
    for (const monitor of this.monitors) {
      const nowMs = now()
      columns.push(monitor.evaluate(nowMs, this.#tail, this.#hours.weights(nowMs)))
      yield
    }
    return {
      columns,
      uncompared: this.presences.map((presence) => presence.evaluate()),
      ...(this.#options.drift.waitForDays && {
        calibrationDays: Math.max(0, ...this.monitors.map(({ days }) => days)),
      }),
      driftedFeaturesRatio: driftedFeatures(columns),
      rowCounts: this.#rowQuality.counts,
      rowOutliers: this.#rowOutliers.histogram,
      columnsNotInBaseline: this.#fit.extra,
    }
  }

  /** How far each column is from its baseline now, for a line over time: costs a part of an evaluation. */
  excesses(nowMs: number): ColumnExcess[] {
    if (nowMs >= this.#timetable.nextMs) this.learn(nowMs)
    const weights = this.#hours.weights(nowMs)
    return this.monitors.map((monitor) => ({
      role: monitor.column.role,
      name: monitor.column.name,
      excess: monitor.excess(nowMs, this.#tail, weights),
    }))
  }

  /** The window at this index (shortest first) as baseline rows. */
  columnsOfWindow(nowMs: number, place: number): Pick<Baseline, 'rows' | 'columns' | 'nameKey'> {
    const { limits, privacy = DEFAULT_PRIVACY } = this.#options
    const names = this.baseline.columns.map((column) =>
      column.kind === 'categorical' ? column.categories : [],
    )
    const made = this.#hashName === undefined ? newNameKey(names, privacy.key) : undefined
    const nameKey = made?.nameKey ?? this.baseline.nameKey
    const hashName = this.#hashName ?? made?.hashName ?? String
    const columns = columnsOfWindow(this.monitors, {
      ...{ nowMs, place, privacy, hashName },
      maxCategories: limits.categories,
    })
    return { ...columns, nameKey }
  }

  /** @param nowMs monotonic */
  rowState(
    nowMs: number,
  ): Pick<ModelState, 'rowCounts' | 'rowOutliers' | 'presences' | 'hours' | 'dayElapsedMs'> {
    return {
      rowCounts: this.#rowQuality.counts,
      rowOutliers: this.#rowOutliers.histogram,
      presences: this.presences.map((presence) => presence.state()),
      hours: this.#hours.state(),
      dayElapsedMs: this.#timetable.elapsedMs(nowMs),
    }
  }

  /** Restores `rowState` and the states of the monitors, which belong to the same baseline and windows. */
  restore(
    { rowCounts, rowOutliers, presences, hours, dayElapsedMs }: ModelState,
    columns: readonly ColumnState[],
    nowMs: number,
  ): void {
    if (hours !== undefined) this.#hours.restore(hours, nowMs)
    if (dayElapsedMs !== undefined) this.#timetable.resume(dayElapsedMs, nowMs)
    for (const [index, monitor] of this.monitors.entries())
      monitor.restore(columns[index] as ColumnState, nowMs)
    if (presences?.length === this.presences.length)
      for (const [index, presence] of this.presences.entries())
        presence.restore(presences[index] as Readonly<Record<ValueKind, number>>)
    if (rowCounts !== undefined) this.#rowQuality.restore(rowCounts)
    if (rowOutliers !== undefined) this.#rowOutliers.restore(rowOutliers)
  }

  /** Learns from finished windows and days. */
  learn(nowMs: number): void {
    for (const moment of this.#timetable.due(nowMs)) {
      const weights = this.#hours.weights(moment.atMs)
      for (const monitor of this.monitors) monitor.learn(moment, weights)
    }
  }
}

/** Columns of the baseline and of a batch are usually in the same order, so the same position is tried first. */
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
