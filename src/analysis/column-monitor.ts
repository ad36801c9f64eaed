/** Everything that is watched about one column: kinds of values, bins, windows, scores. */
import type { Baseline, BaselineColumn } from '../baseline/baseline.ts'
import { expectedDispersion, type ExpectedDispersion } from '../baseline/expected-dispersion.ts'
import { isConstant } from '../baseline/warnings.ts'
import { clustersOf, digestOfColumn } from '../baseline/merge.ts'
import { columnFromWindow } from '../baseline/from-window.ts'
import { binsOf, type Bins } from '../baseline/bins.ts'
import { findStatistic, type StatisticName } from '../drift/index.ts'
import type { Comparison, Null, NumberComparison, Statistic } from '../drift/statistic.ts'
import { formatDuration } from '../lib/duration.ts'
import type { Column } from '../protocols/record-batch.ts'
import { CategoryClassifier } from '../quality/classify-categories.ts'
import { NumberClassifier } from '../quality/classify-numbers.ts'
import { fencesOf } from '../quality/fences.ts'
import { ValueCounts, type ValueKind } from '../quality/value-counts.ts'
import { curveOf, quantile, shareUpTo, spreadIntegral, type Curve } from '../sketches/curve.ts'
import { effectiveCount } from '../sketches/digest.ts'
import { ColumnWindows, type ColumnWindowsState } from '../windows/column-windows.ts'
import { rowsOf, WINDOW_CLUSTERS, type Pane } from '../windows/pane.ts'
import type { ColumnSnapshot, ColumnWindowSnapshot, ScoreSnapshot } from './snapshot.ts'

/** Quantiles that are exported per window: the middle, the middle half and the middle nine tenths. */
export const EXPORTED_QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const

/** As the protocols name the highest score of a prediction. */
const CONFIDENCE_NAME = /(?:^|_)confidence$/

const EMPTY_CURVE: Curve = { x: new Float64Array(0), below: new Float64Array(0), upto: new Float64Array(0) }

/** A constant column is measured in this part of its value, or of 1 when that is 0. */
const CONSTANT_SCALE = 1e-3

export interface ScoreSettings {
  readonly windowsMs: readonly number[]
  readonly statistics: readonly StatisticName[]
  readonly minSamples: number
  /** Highest confidence that counts as low; without it no share is computed. */
  readonly lowConfidence: number | undefined
  /** Overrides of the statistics' own effects. */
  readonly effect: { readonly [name in StatisticName]?: number | undefined }
}

/** Plain data that a restart has to know. */
export interface ColumnState {
  readonly values: Readonly<Record<ValueKind, number>>
  readonly outliers: number
  readonly totals: Float64Array
  readonly windows: ColumnWindowsState
}

interface BaselineNumbers extends Pick<NumberComparison, 'standardDeviation' | 'spread'> {
  readonly curve: Curve
  readonly values: number
}

export interface ColumnMonitorOptions {
  readonly column: BaselineColumn
  readonly baseline: Pick<Baseline, 'rows' | 'durationSeconds'>
  readonly settings: ScoreSettings
  readonly nowMs: number
  /** For the sample of a busy column. */
  readonly seed: number
}

/** What the columns of one batch share. */
export interface BatchContext {
  nowMs: number
  /** Outliers by row, added to. */
  flags: Uint16Array
}

export class ColumnMonitor {
  readonly column: BaselineColumn
  readonly statistics: readonly Statistic[]
  readonly #settings: ScoreSettings
  readonly #bins: Bins
  readonly #baselineRows: number
  readonly #expected: (spanMs: number, liveRows: number) => ExpectedDispersion
  readonly #numbers: BaselineNumbers | undefined
  readonly #classifier: NumberClassifier | CategoryClassifier
  readonly #values = new ValueCounts()
  readonly #windows: ColumnWindows

  constructor({ column, baseline, settings, nowMs, seed }: ColumnMonitorOptions) {
    const baselineRows = column.rows ?? baseline.rows
    this.column = column
    this.#expected = expectedDispersion(baseline, column)
    this.#settings = settings
    this.#bins = binsOf(column)
    this.#baselineRows = baselineRows
    const numeric = column.kind !== 'categorical'
    this.#numbers = numeric ? baselineNumbers(column, baselineRows) : undefined
    this.#classifier = numeric
      ? new NumberClassifier(column, this.#bins, fencesOf(column, this.#numbers?.curve ?? EMPTY_CURVE))
      : new CategoryClassifier(column, this.#bins)
    this.statistics = settings.statistics
      .map(findStatistic)
      .filter(({ accepts }) => accepts.includes(column.kind))
    this.#windows = new ColumnWindows({
      windowsMs: settings.windowsMs,
      bins: this.#bins.labels.length,
      numeric,
      nowMs,
      seed,
    })
  }

  /** @param column undefined when the batch lacks it */
  accept(column: Column | undefined, rows: number, { nowMs, flags }: BatchContext): void {
    const windows = this.#windows
    if (nowMs >= windows.paneEndMs) windows.advance(nowMs)
    this.#classifier.accept(column, rows, windows.openCounts, this.#values, windows.openDigest, flags)
  }

  /** @param tail false alarms that one test may give, 0…1 */
  evaluate(nowMs: number, tail: number): ColumnSnapshot {
    const { role, name, kind } = this.column
    this.#windows.advance(nowMs)
    const windows = this.#windows.summaries().map((pane, index) => {
      const expected = { tail, ...this.#expected(this.#windows.spanMs(nowMs, index), rowsOf(pane)) }
      return this.#window(pane, index, expected)
    })
    const totals = this.#windows.totals()
    const bins = this.#bins.labels.map((label, bin) => ({
      label,
      position: bin < this.#bins.ordered ? bin + 1 : undefined,
      baselineRatio: this.#bins.shares[bin] as number,
      total: totals[bin] as number,
    }))
    const snapshot = { role, name, kind, values: this.#values.snapshot(), bins, windows }
    return kind === 'numeric' ? { ...snapshot, outliers: this.#outliers } : snapshot
  }

  /** Rows of the window of that place, shortest first. */
  rows(nowMs: number, place: number): number {
    this.#windows.advance(nowMs)
    const pane = this.#windows.summaries()[place]
    return pane === undefined ? 0 : rowsOf(pane)
  }

  /** The column as a baseline of its own, from the window of that place, shortest first. */
  asBaseline(nowMs: number, place: number, maxCategories: number): BaselineColumn {
    this.#windows.advance(nowMs)
    const pane = this.#windows.summaries()[place]
    return pane === undefined ? this.column : columnFromWindow(this.column, pane, maxCategories)
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

  #window(pane: Pane, index: number, expected: Null): ColumnWindowSnapshot {
    const rows = rowsOf(pane)
    const curve = pane.digest.total > 0 ? curveOf(pane.digest, WINDOW_CLUSTERS) : undefined
    return {
      window: formatDuration(this.#settings.windowsMs[index] ?? 0),
      observations: rows,
      scores: this.#scores(pane, rows, curve, expected),
      quantiles: curve === undefined ? [] : EXPORTED_QUANTILES.map((q) => ({ q, value: quantile(curve, q) })),
      classes: this.#classes(pane, rows),
      ...(rows < this.#settings.minSamples ? {} : this.#sameness(pane, rows)),
      ...(rows < this.#settings.minSamples || expected.excess === 0 ? {} : { excess: expected.excess }),
      ...this.#confidence(curve, pane),
    }
  }

  #scores(pane: Pane, rows: number, curve: Curve | undefined, expected: Null): ScoreSnapshot[] {
    const { minSamples, effect } = this.#settings
    if (rows < minSamples) return []
    const enoughNumbers = pane.digest.total >= minSamples
    const comparison: Comparison = {
      live: pane.counts.map((count) => count / rows),
      baseline: this.#bins.shares,
      liveRows: rows,
      baselineRows: this.#baselineRows,
      numbers:
        curve === undefined || !enoughNumbers
          ? undefined
          : this.#compareNumbers(curve, effectiveCount(pane.digest)),
    }
    return this.statistics.flatMap((statistic) => {
      const value = statistic.compute(comparison)
      if (!Number.isFinite(value)) return []
      const smallest = effect[statistic.name as StatisticName] ?? statistic.effect
      const scaled = statistic.scaledEffect?.(smallest, comparison) ?? smallest
      const threshold = Math.max(scaled, statistic.nullQuantile(comparison, expected))
      const score = { statistic: statistic.name, value, threshold }
      const pValue = statistic.pValue?.(value, comparison, expected)
      return [pValue === undefined ? score : { ...score, pValue }]
    })
  }

  #compareNumbers(live: Curve, liveValues: number): NumberComparison | undefined {
    if (this.#numbers === undefined) return undefined
    const { curve, values, ...scale } = this.#numbers
    return { live, liveValues, baseline: curve, baselineValues: values, ...scale }
  }

  /** All values alike, though they were not before: a frozen sensor, a default that fills every field. */
  #sameness({ counts, digest }: Pane, rows: number): { constant: boolean } {
    if (isConstant(this.column)) return { constant: false }
    const oneNumber = digest.total === rows && digest.min === digest.max
    const own = this.column.kind === 'categorical' ? this.column.categories.length : 0
    return { constant: oneNumber || counts.subarray(0, own).some((count) => count === rows) }
  }

  #confidence(curve: Curve | undefined, { digest }: Pane): { lowConfidenceRatio?: number } {
    const { role, name } = this.column
    const { lowConfidence, minSamples } = this.#settings
    if (role !== 'prediction' || !CONFIDENCE_NAME.test(name)) return {}
    if (curve === undefined || lowConfidence === undefined || digest.total < minSamples) return {}
    return { lowConfidenceRatio: shareUpTo(curve, lowConfidence) }
  }

  #classes({ counts }: Pane, rows: number): { label: string; ratio: number }[] {
    if (this.column.kind === 'numeric' || rows === 0) return []
    const own = this.column.kind === 'discrete' ? this.column.values.map(String) : undefined
    return this.#bins.labels.map((label, bin) => ({
      label: own?.[bin] ?? label,
      ratio: (counts[bin] as number) / rows,
    }))
  }
}

function baselineNumbers(
  column: Exclude<BaselineColumn, { kind: 'categorical' }>,
  baselineRows: number,
): BaselineNumbers {
  const digest = digestOfColumn(column, baselineRows)
  const curve = curveOf(digest, clustersOf(column))
  const floor = CONSTANT_SCALE * (Math.abs(column.mean) > 0 ? Math.abs(column.mean) : 1)
  return {
    curve,
    values: digest.total,
    standardDeviation: column.standardDeviation > 0 ? column.standardDeviation : floor,
    spread: spreadIntegral(curve),
  }
}
