/** Counts one column: kinds of values, bins, windows. column-scores.ts computes scores from its windows. */
import type { Baseline, BaselineColumn, CategoricalColumn } from '../baseline/baseline.ts'
import type { ColumnIdentity } from '../baseline/column-facts.ts'
import { columnFromWindow } from '../baseline/from-window.ts'
import { binCounts, type Layout, layoutOf } from '../baseline/layout.ts'
import type { ColumnMemoryState } from '../baseline/memory.ts'
import type { HashName } from '../baseline/name-hash.ts'
import { ColumnCalibration, type ColumnCalibrationState } from '../calibration/column-calibration.ts'
import type { Moment } from '../calibration/timetable.ts'
import type { Statistic } from '../drift/statistic.ts'
import { CategoryClassifier } from '../quality/classify-categories.ts'
import { NumberClassifier } from '../quality/classify-numbers.ts'
import { fencesOf } from '../quality/fences.ts'
import { ValueCounts, type ValueKind } from '../quality/value-counts.ts'
import type { Column } from '../records/record-batch.ts'
import { EMPTY_CURVE } from '../sketches/curve.ts'
import { ColumnWindows, type ColumnWindowsState } from '../windows/column-windows.ts'
import { ColumnScores, type ScoreSettings } from './column-scores.ts'
import type { ColumnSnapshot } from './snapshot.ts'

/** For rows without a time: no weighting by hour. */
const NO_HOURS = new Float64Array(0)
/** Share of a day's windows in alarm above which the day is not used for learning. */
const MOST_ALARMS = 0.25

/** Plain data to restore after a restart. */
export interface ColumnState {
  readonly values: Readonly<Record<ValueKind, number>>
  readonly outliers: number
  readonly totals: Float64Array
  readonly windows: ColumnWindowsState
  readonly calibration: ColumnCalibrationState
  /** Judged windows of the day, and those in alarm. */
  readonly looks: number
  readonly alarms: number
}

export interface ColumnMonitorOptions {
  readonly column: BaselineColumn
  readonly baseline: Pick<Baseline, 'rows' | 'durationSeconds'>
  readonly settings: ScoreSettings
  readonly nowMs: number
  /** How the baseline's names were hashed; undefined without hashes, or when the key is unknown. */
  readonly hashName?: HashName | undefined
  /** Whether rows have a time of day. */
  readonly isTimed?: boolean
  /** False for rows without drift: those of a baseline. */
  readonly isJudged?: boolean
}

/** A window that becomes a baseline. */
export interface WindowChoice extends Pick<ColumnIdentity, 'maxCategories' | 'privacy' | 'hashName'> {
  readonly nowMs: number
  /** Index among the configured windows, shortest first. */
  readonly place: number
}

/** State that the columns of one batch share. */
export interface BatchContext {
  nowMs: number
  /** Outlier counts by row; the column adds to them. */
  flags: Uint16Array
}

export class ColumnMonitor {
  readonly column: BaselineColumn
  readonly #layout: Layout
  readonly #scores: ColumnScores
  readonly #classifier: NumberClassifier | CategoryClassifier
  readonly #values = new ValueCounts()
  readonly #windows: ColumnWindows
  readonly #calibration: ColumnCalibration
  readonly #tails: readonly number[]
  readonly #isJudged: boolean
  readonly #minSamples: number
  /** Judged windows of the day, and those in alarm. */
  #looks = 0
  #alarms = 0

  constructor({
    column,
    baseline,
    settings,
    nowMs,
    hashName,
    isTimed = true,
    isJudged = true,
  }: ColumnMonitorOptions) {
    this.column = column
    this.#tails = settings.tails
    this.#isJudged = isJudged
    this.#minSamples = settings.minSamples
    const { durationSeconds } = baseline
    const layout = layoutOf(column, column.rows ?? baseline.rows)
    this.#layout = layout
    this.#scores = new ColumnScores({ column, layout, baseline, settings })
    this.#calibration = new ColumnCalibration({
      column,
      bins: layout.bins,
      numbers: this.#scores.baselineNumbers,
      baselineRows: column.rows ?? baseline.rows,
      levelDays: durationSeconds === undefined ? Infinity : durationSeconds / 86_400,
      windowsMs: settings.windowsMs,
      isTimed,
      waitsForDays: settings.waitsForDays ?? true,
    })
    this.#classifier =
      column.kind === 'categorical' || layout.numbers === undefined
        ? new CategoryClassifier(column as CategoricalColumn, layout.bins, hashName)
        : new NumberClassifier(
            column,
            layout,
            layout.numbers,
            fencesOf(column, this.#scores.baselineNumbers?.curve ?? EMPTY_CURVE),
          )
    this.#windows = new ColumnWindows({ windowsMs: settings.windowsMs, layout, nowMs })
  }

  /** Statistics that apply to columns of this kind. */
  get statistics(): readonly Statistic[] {
    return this.#scores.statistics
  }

  /** @param column undefined when the batch lacks it */
  accept(column: Column | undefined, rows: number, { nowMs, flags }: BatchContext): void {
    const windows = this.#windows
    if (nowMs >= windows.paneEndMs) windows.advance(nowMs)
    const classifier = this.#classifier
    if (classifier instanceof CategoryClassifier)
      classifier.accept(column, rows, windows.openCounts, this.#values)
    else if (windows.openNumbers !== undefined)
      classifier.accept(column, rows, windows.openCounts, this.#values, windows.openNumbers, flags)
  }

  /** Compares the rows since the last call with those before, to estimate the effective number of independent rows. */
  countClusters(): void {
    this.#calibration.countClusters(binCounts(this.#layout, this.#windows.openCounts))
  }

  /** Learns from finished windows. @param weights rows of each window by hour of the day */
  learn({ atMs, windows, hasNewRows, isDayEnd }: Moment, weights: readonly Float64Array[]): void {
    this.#windows.advance(atMs)
    const calibration = this.#calibration
    for (const place of windows) {
      const facts = this.#scores.facts(this.#windows.summary(place), calibration)
      const hours = weights[place] as Float64Array
      if (place === 0 && hasNewRows) calibration.addRows(facts, hours)
      if (this.#isJudged && facts.rows >= this.#minSamples) {
        const { score, isProvisional } = calibration.judge({
          place,
          spanMs: this.#windows.spanMs(atMs, place),
          facts,
          weights: hours,
          tail: this.#tails[place] ?? 0,
        })
        this.#looks += 1
        if (score > 1 && !isProvisional) this.#alarms += 1
      }
      calibration.endWindow(place, facts, hours)
    }
    if (!isDayEnd) return
    calibration.endDay(this.#alarms > MOST_ALARMS * this.#looks ? undefined : this.#alarms === 0)
    this.#looks = 0
    this.#alarms = 0
  }

  /** Complete days that the limits are based on. */
  get days(): number {
    return this.#calibration.memory.days
  }

  /** What modeltap learned from the days so far, for storage in a baseline. */
  get memory(): ColumnMemoryState {
    return this.#calibration.memory.state()
  }

  /** The highest score of the shortest window with scores, as a multiple of its threshold. */
  excess(nowMs: number, tail: number, weights: readonly Float64Array[]): number | undefined {
    this.#windows.advance(nowMs)
    for (const [place, hours] of weights.entries()) {
      const excess = this.#scores.excess({
        pane: this.#windows.summary(place),
        place,
        spanMs: this.#windows.spanMs(nowMs, place),
        tail,
        calibration: this.#calibration,
        weights: hours,
      })
      if (excess !== undefined) return excess
    }
    return undefined
  }

  /**
   * @param tail false alarms that one test of a statistic may give, 0…1
   * @param weights rows of each window by hour of the day
   */
  evaluate(nowMs: number, tail: number, weights: readonly Float64Array[] = []): ColumnSnapshot {
    const { role, name, kind } = this.column
    this.#windows.advance(nowMs)
    const windows = this.#windows.summaries().map((pane, place) => {
      const spanMs = this.#windows.spanMs(nowMs, place)
      const hours = weights[place] ?? NO_HOURS
      return this.#scores.window({
        pane,
        place,
        spanMs,
        tail,
        calibration: this.#calibration,
        weights: hours,
      })
    })
    const { bins: known } = this.#layout
    const totals = binCounts(this.#layout, this.#windows.totals())
    const bins = known.labels.map((label, bin) => ({
      label,
      position: bin < known.ordered ? bin + 1 : undefined,
      baselineRatio: known.shares[bin] as number,
      total: totals[bin] as number,
    }))
    const { baselineCentre } = this.#scores
    const snapshot = {
      ...{ role, name, kind, values: this.#values.snapshot(), bins, windows },
      ...(baselineCentre !== undefined && { baselineCentre }),
    }
    return kind === 'numeric' ? { ...snapshot, outliers: this.#outliers } : snapshot
  }

  /** Rows of the window at this index, shortest first. */
  rows(nowMs: number, place: number): number {
    this.#windows.advance(nowMs)
    const pane = this.#windows.summaries()[place]
    return pane === undefined ? 0 : pane.rows
  }

  /** The window at this index (shortest first) as a baseline column. */
  asBaseline({ nowMs, place, ...how }: WindowChoice): BaselineColumn {
    this.#windows.advance(nowMs)
    const pane = this.#windows.summaries()[place]
    return pane === undefined ? this.column : columnFromWindow(this.column, this.#layout, pane, how)
  }

  state(): ColumnState {
    const totals = this.#windows.totals()
    return {
      values: this.#values.snapshot(),
      outliers: this.#outliers,
      totals: totals.slice(),
      windows: this.#windows.state(),
      calibration: this.#calibration.state(),
      looks: this.#looks,
      alarms: this.#alarms,
    }
  }

  /** Restores `state`, which belongs to the same baseline and the same windows. */
  restore(state: ColumnState, nowMs: number): void {
    this.#values.restore(state.values)
    if (this.#classifier instanceof NumberClassifier) this.#classifier.outliers = state.outliers
    this.#windows.restore(state.windows, state.totals, nowMs)
    this.#calibration.restore(state.calibration)
    this.#looks = state.looks
    this.#alarms = state.alarms
  }

  get #outliers(): number {
    return this.#classifier instanceof NumberClassifier ? this.#classifier.outliers : 0
  }
}
