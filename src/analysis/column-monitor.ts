/** Counts one column: kinds of values, bins, windows. What the windows say is for its scores. */
import type { Baseline, BaselineColumn, CategoricalColumn } from '../baseline/baseline.ts'
import type { ColumnIdentity } from '../baseline/column-facts.ts'
import { columnFromWindow } from '../baseline/from-window.ts'
import { binCounts, layoutOf, type Layout } from '../baseline/layout.ts'
import type { HashName } from '../baseline/name-hash.ts'
import type { Statistic } from '../drift/statistic.ts'
import type { Column } from '../records/record-batch.ts'
import { CategoryClassifier } from '../quality/classify-categories.ts'
import { NumberClassifier } from '../quality/classify-numbers.ts'
import { fencesOf } from '../quality/fences.ts'
import { ValueCounts, type ValueKind } from '../quality/value-counts.ts'
import { EMPTY_CURVE } from '../sketches/curve.ts'
import { ColumnWindows, type ColumnWindowsState } from '../windows/column-windows.ts'
import { ColumnScores, type ScoreSettings } from './column-scores.ts'
import type { ColumnSnapshot } from './snapshot.ts'

/** Plain data that a restart has to know. */
export interface ColumnState {
  readonly values: Readonly<Record<ValueKind, number>>
  readonly outliers: number
  readonly totals: Float64Array
  readonly windows: ColumnWindowsState
}

export interface ColumnMonitorOptions {
  readonly column: BaselineColumn
  readonly baseline: Pick<Baseline, 'rows' | 'durationSeconds'>
  readonly settings: ScoreSettings
  readonly nowMs: number
  /** How the baseline's names were hashed; undefined for one without hashes, or with a key that is not known. */
  readonly hashName?: HashName | undefined
}

/** A window that becomes a baseline. */
export interface WindowChoice extends Pick<ColumnIdentity, 'maxCategories' | 'privacy' | 'hashName'> {
  readonly nowMs: number
  /** Of the window among the configured ones, shortest first. */
  readonly place: number
}

/** What the columns of one batch share. */
export interface BatchContext {
  nowMs: number
  /** Outliers by row, added to. */
  flags: Uint16Array
}

export class ColumnMonitor {
  readonly column: BaselineColumn
  readonly #layout: Layout
  readonly #scores: ColumnScores
  readonly #classifier: NumberClassifier | CategoryClassifier
  readonly #values = new ValueCounts()
  readonly #windows: ColumnWindows

  constructor({ column, baseline, settings, nowMs, hashName }: ColumnMonitorOptions) {
    this.column = column
    const layout = layoutOf(column, column.rows ?? baseline.rows)
    this.#layout = layout
    this.#scores = new ColumnScores({ column, layout, baseline, settings })
    this.#classifier =
      column.kind === 'categorical' || layout.numbers === undefined
        ? new CategoryClassifier(column as CategoricalColumn, layout.bins, hashName)
        : new NumberClassifier(
            column,
            layout,
            layout.numbers,
            fencesOf(column, this.#scores.baselineCurve ?? EMPTY_CURVE),
          )
    this.#windows = new ColumnWindows({ windowsMs: settings.windowsMs, layout, nowMs })
  }

  /** Those that are computed for a column of this kind. */
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

  /** @param tail false alarms that one test may give, 0…1 */
  evaluate(nowMs: number, tail: number): ColumnSnapshot {
    const { role, name, kind } = this.column
    this.#windows.advance(nowMs)
    const windows = this.#windows.summaries().map((pane, place) => {
      const spanMs = this.#windows.spanMs(nowMs, place)
      return this.#scores.window({ pane, place, spanMs, tail })
    })
    const { bins: known } = this.#layout
    const totals = binCounts(this.#layout, this.#windows.totals())
    const bins = known.labels.map((label, bin) => ({
      label,
      position: bin < known.ordered ? bin + 1 : undefined,
      baselineRatio: known.shares[bin] as number,
      total: totals[bin] as number,
    }))
    const snapshot = { role, name, kind, values: this.#values.snapshot(), bins, windows }
    return kind === 'numeric' ? { ...snapshot, outliers: this.#outliers } : snapshot
  }

  /** Rows of the window of that place, shortest first. */
  rows(nowMs: number, place: number): number {
    this.#windows.advance(nowMs)
    const pane = this.#windows.summaries()[place]
    return pane === undefined ? 0 : pane.rows
  }

  /** The column as a baseline of its own, from the window of that place, shortest first. */
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
    }
  }

  /** Takes up where `state` left off; the state is of the same baseline and the same windows. */
  restore(state: ColumnState, nowMs: number): void {
    this.#values.restore(state.values)
    if (this.#classifier instanceof NumberClassifier) this.#classifier.outliers = state.outliers
    this.#windows.restore(state.windows, state.totals, nowMs)
  }

  get #outliers(): number {
    return this.#classifier instanceof NumberClassifier ? this.#classifier.outliers : 0
  }
}
