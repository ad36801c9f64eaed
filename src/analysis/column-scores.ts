/** Compares a window of a column with its baseline: scores with thresholds, quantiles, classes. */
import type { Baseline, BaselineColumn, DiscreteColumn, NumericColumn } from '../baseline/baseline.ts'
import { fillUnseen } from '../baseline/bins.ts'
import { binCounts, type Layout, type NumberLayout, scaleOf } from '../baseline/layout.ts'
import { isConstant } from '../baseline/warnings.ts'
import type { CalibratedVerdict, ColumnCalibration } from '../calibration/column-calibration.ts'
import type { WindowFacts } from '../calibration/directions.ts'
import { calibratedThreshold } from '../calibration/threshold.ts'
import { DEVIATION } from '../calibration/verdict.ts'
import { findStatistic, type StatisticName } from '../drift/index.ts'
import {
  chanceThreshold,
  type Comparison,
  type Null,
  type NumberComparison,
  type Statistic,
} from '../drift/statistic.ts'
import { formatDuration } from '../lib/duration.ts'
import { curveOfCells, totalOf } from '../sketches/cells.ts'
import { type Curve, momentsOf, quantile, shareUpTo, spreadIntegral } from '../sketches/curve.ts'
import type { Pane } from '../windows/pane.ts'
import { comparedCurve, detailedCurve, quantilesOf, valuesOf } from '../windows/window-values.ts'
import type { ColumnWindowSnapshot, ScoreSnapshot } from './snapshot.ts'

/** Quantiles that are exported per window: the middle, the middle half and the middle nine tenths. */
export const EXPORTED_QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const

export interface ScoreSettings {
  readonly windowsMs: readonly number[]
  readonly statistics: readonly StatisticName[]
  readonly minSamples: number
  /** False-alarm probability of one direction of a window, by window. */
  readonly tails: readonly number[]
  /** Whether directions that depend on the hour of the day wait until days of traffic are known; true by default. */
  readonly waitsForDays?: boolean
  /** Highest confidence that counts as low; without it, no share is computed. */
  readonly lowConfidence: number | undefined
  /** Overrides of the statistics' own effects. */
  readonly effect: { readonly [name in StatisticName]?: number | undefined }
}

export interface ColumnScoresOptions {
  readonly column: BaselineColumn
  readonly layout: Layout
  readonly baseline: Pick<Baseline, 'rows' | 'durationSeconds'>
  readonly settings: ScoreSettings
}

/** A window at the time of an evaluation. */
export interface EvaluatedWindow {
  readonly pane: Pane
  /** Index among the configured windows, shortest first. */
  readonly place: number
  /** Time that it covers so far. */
  readonly spanMs: number
  /** False-alarm probability of one test of a statistic, 0…1. */
  readonly tail: number
  readonly calibration: ColumnCalibration
  /** Its rows by hour of the day. */
  readonly weights: Float64Array
}

/** Rows of a window by bin, and how many of them hold a number. */
interface CountedWindow {
  readonly counts: Float64Array
  readonly rows: number
  readonly values: number
  readonly compared: Curve | undefined
}

export interface BaselineNumbers extends Pick<NumberComparison, 'standardDeviation' | 'spread'> {
  readonly curve: Curve
  readonly values: number
}

export class ColumnScores {
  readonly statistics: readonly Statistic[]
  readonly #column: BaselineColumn
  readonly #settings: ScoreSettings
  readonly #layout: Layout
  readonly #baselineRows: number
  readonly #numbers: BaselineNumbers | undefined

  constructor({ column, layout, baseline, settings }: ColumnScoresOptions) {
    this.#column = column
    this.#settings = settings
    this.#layout = layout
    this.#baselineRows = column.rows ?? baseline.rows
    this.#numbers =
      column.kind === 'categorical' || layout.numbers === undefined
        ? undefined
        : baselineNumbers(column, layout.numbers)
    this.statistics = settings.statistics
      .map(findStatistic)
      .filter(({ accepts }) => accepts.includes(column.kind))
  }

  /** Numeric summary of the baseline; undefined for categories. */
  get baselineNumbers(): BaselineNumbers | undefined {
    return this.#numbers
  }

  /** Mean and median of the baseline's numbers; undefined without any. */
  get baselineCentre(): { readonly mean: number; readonly median: number } | undefined {
    const column = this.#column
    const curve = this.#numbers?.curve
    if (column.kind === 'categorical' || curve === undefined) return undefined
    const median = quantile(curve, 0.5)
    return Number.isFinite(median) ? { mean: column.mean, median } : undefined
  }

  /** The facts on which a window's limits depend. */
  facts(pane: Pane, calibration: ColumnCalibration): WindowFacts {
    const layout = this.#layout.numbers
    const hasNumbers = layout !== undefined && valuesOf(layout, pane) > 0
    const compared = hasNumbers ? comparedCurve(layout, pane) : undefined
    return calibration.facts(binCounts(this.#layout, pane.counts), pane.rows, compared)
  }

  /** The highest score as a multiple of its threshold; undefined without a score. */
  excess({ pane, place, spanMs, tail, calibration, weights }: EvaluatedWindow): number | undefined {
    const rows = pane.rows
    if (rows < this.#settings.minSamples) return undefined
    const layout = this.#layout.numbers
    const values = layout === undefined ? 0 : valuesOf(layout, pane)
    const compared = layout === undefined || values === 0 ? undefined : comparedCurve(layout, pane)
    const counts = binCounts(this.#layout, pane.counts)
    const facts = calibration.facts(counts, rows, compared)
    const verdict = calibration.judge({
      ...{ place, spanMs, facts, weights },
      tail: this.#settings.tails[place] ?? 0,
    })
    const scores = this.#scores({ counts, rows, values, compared }, { tail, verdict })
    return scores.length === 0
      ? undefined
      : Math.max(...scores.map(({ value, threshold }) => value / threshold))
  }

  window({ pane, place, spanMs, tail, calibration, weights }: EvaluatedWindow): ColumnWindowSnapshot {
    const rows = pane.rows
    const layout = this.#layout.numbers
    const values = layout === undefined ? 0 : valuesOf(layout, pane)
    const compared = layout === undefined || values === 0 ? undefined : comparedCurve(layout, pane)
    const counts = binCounts(this.#layout, pane.counts)
    const isEnough = rows >= this.#settings.minSamples
    const facts = calibration.facts(counts, rows, compared)
    const window = { place, spanMs, facts, weights, tail: this.#settings.tails[place] ?? 0 }
    const verdict = isEnough ? calibration.judge(window) : undefined
    return {
      window: formatDuration(this.#settings.windowsMs[place] ?? 0),
      observations: rows,
      scores:
        verdict === undefined ? [] : this.#scores({ counts, rows, values, compared }, { tail, verdict }),
      quantiles: layout === undefined || compared === undefined ? [] : exported(layout, pane, compared),
      ...(compared !== undefined && { mean: momentsOf(compared).mean }),
      classes: this.#classes(counts, rows),
      ...(isEnough && { constant: this.#isFrozen(pane, { counts, rows, values, compared }) }),
      ...(verdict !== undefined && verdict.clusters > 0 && { excess: verdict.clusters }),
      ...(verdict !== undefined && calibration.explain(verdict)),
      ...(rows > 0 && { binLimits: calibration.binLimits(window, this.#settings.minSamples) }),
      ...this.#confidence(pane, values),
    }
  }

  #scores(
    { counts, rows, values, compared }: CountedWindow,
    { tail, verdict }: { readonly tail: number; readonly verdict: CalibratedVerdict },
  ): ScoreSnapshot[] {
    const expected: Null = { tail, excess: verdict.clusters }
    const { minSamples, effect } = this.#settings
    const { bins } = this.#layout
    const live = counts.map((count) => count / rows)
    const comparison: Comparison = {
      live: fillUnseen(bins, live),
      baseline: bins.shares,
      liveRows: rows,
      baselineRows: this.#baselineRows,
      numbers: values < minSamples ? undefined : this.#compareNumbers(compared, values),
    }
    const classical = this.statistics.flatMap((statistic) => {
      const value = statistic.compute(comparison)
      if (!Number.isFinite(value)) return []
      const smallest = effect[statistic.name as StatisticName] ?? statistic.effect
      const chance = chanceThreshold(statistic, comparison, expected, smallest)
      const threshold = calibratedThreshold({ statistic, comparison, value, chance, verdict })
      if (threshold === undefined) return []
      const score = { statistic: statistic.name, value, threshold }
      const pValue = statistic.pValue?.(value, comparison, expected)
      return [pValue === undefined ? score : { ...score, pValue }]
    })
    if (verdict.direction === undefined) return classical
    return [...classical, { statistic: DEVIATION, value: verdict.score, threshold: 1 }]
  }

  #compareNumbers(live: Curve | undefined, liveValues: number): NumberComparison | undefined {
    if (this.#numbers === undefined || live === undefined) return undefined
    const { curve, values, ...scale } = this.#numbers
    return { live, liveValues, baseline: curve, baselineValues: values, ...scale }
  }

  /** All values are equal although the baseline's are not: a frozen sensor, or a default in every field. */
  #isFrozen(pane: Pane, { counts, rows, values }: CountedWindow): boolean {
    const column = this.#column
    if (isConstant(column)) return false
    const oneNumber = values === rows && pane.numbers?.min === pane.numbers?.max && values > 0
    const own = column.kind === 'categorical' ? column.categories.length : 0
    return oneNumber || counts.subarray(0, own).some((count) => count === rows)
  }

  #confidence(pane: Pane, values: number): { lowConfidenceRatio?: number } {
    const column = this.#column
    const { lowConfidence, minSamples } = this.#settings
    const layout = this.#layout.numbers
    if (column.kind === 'categorical' || column.meaning !== 'confidence') return {}
    if (layout === undefined || lowConfidence === undefined || values < minSamples) return {}
    return { lowConfidenceRatio: shareUpTo(detailedCurve(layout, pane), lowConfidence) }
  }

  #classes(counts: Float64Array, rows: number): { label: string; ratio: number }[] {
    const column = this.#column
    if (column.kind === 'numeric' || rows === 0) return []
    const own = column.kind === 'discrete' ? column.values.map(String) : undefined
    return this.#layout.bins.labels.map((label, bin) => ({
      label: own?.[bin] ?? label,
      ratio: (counts[bin] as number) / rows,
    }))
  }
}

function exported(layout: NumberLayout, pane: Pane, compared: Curve): ColumnWindowSnapshot['quantiles'] {
  const values = quantilesOf(layout, pane, compared, EXPORTED_QUANTILES)
  return EXPORTED_QUANTILES.map((q, i) => ({ q, value: values[i] as number }))
}

export function baselineNumbers(
  column: NumericColumn | DiscreteColumn,
  layout: NumberLayout,
): BaselineNumbers {
  const { cells, singles } = layout
  const curve = curveOfCells(cells.edges, cells, singles)
  return {
    curve,
    values: totalOf(cells),
    standardDeviation: scaleOf(column),
    spread: spreadIntegral(curve),
  }
}
