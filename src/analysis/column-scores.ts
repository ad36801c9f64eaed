/** What a window of a column says beside its baseline: scores with their thresholds, quantiles, classes. */
import type { Baseline, BaselineColumn } from '../baseline/baseline.ts'
import { fillUnseen, type Bins } from '../baseline/bins.ts'
import { cellsOfColumn } from '../baseline/column-cells.ts'
import { expectedDispersion, type ExpectedDispersion } from '../baseline/expected-dispersion.ts'
import { isConstant } from '../baseline/warnings.ts'
import { findStatistic, type StatisticName } from '../drift/index.ts'
import type { Comparison, Null, NumberComparison, Statistic } from '../drift/statistic.ts'
import { formatDuration } from '../lib/duration.ts'
import { curveOfCells, totalOf } from '../sketches/cells.ts'
import { curveOf, quantile, shareUpTo, spreadIntegral, type Curve } from '../sketches/curve.ts'
import { effectiveCount } from '../sketches/digest.ts'
import { rowsOf, WINDOW_CLUSTERS, type Pane } from '../windows/pane.ts'
import type { ColumnWindowSnapshot, ScoreSnapshot } from './snapshot.ts'

/** Quantiles that are exported per window: the middle, the middle half and the middle nine tenths. */
export const EXPORTED_QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const

/** As the protocols name the highest score of a prediction. */
const CONFIDENCE_NAME = /(?:^|_)confidence$/

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

export interface ColumnScoresOptions {
  readonly column: BaselineColumn
  readonly bins: Bins
  readonly baseline: Pick<Baseline, 'rows' | 'durationSeconds'>
  readonly settings: ScoreSettings
}

/** One window at the moment of an evaluation. */
export interface EvaluatedWindow {
  readonly pane: Pane
  /** Among the configured windows, shortest first. */
  readonly place: number
  /** Time that it covers by now. */
  readonly spanMs: number
  /** False alarms that one test may give, 0…1. */
  readonly tail: number
}

interface BaselineNumbers extends Pick<NumberComparison, 'standardDeviation' | 'spread'> {
  readonly curve: Curve
  readonly values: number
}

export class ColumnScores {
  readonly statistics: readonly Statistic[]
  readonly #column: BaselineColumn
  readonly #settings: ScoreSettings
  readonly #bins: Bins
  readonly #baselineRows: number
  readonly #expected: (spanMs: number, liveRows: number) => ExpectedDispersion
  readonly #numbers: BaselineNumbers | undefined

  constructor({ column, bins, baseline, settings }: ColumnScoresOptions) {
    this.#column = column
    this.#settings = settings
    this.#bins = bins
    this.#baselineRows = column.rows ?? baseline.rows
    this.#expected = expectedDispersion(baseline, column)
    this.#numbers = column.kind === 'categorical' ? undefined : baselineNumbers(column, this.#baselineRows)
    this.statistics = settings.statistics
      .map(findStatistic)
      .filter(({ accepts }) => accepts.includes(column.kind))
  }

  /** The values of the baseline; undefined for categories. */
  get baselineCurve(): Curve | undefined {
    return this.#numbers?.curve
  }

  window({ pane, place, spanMs, tail }: EvaluatedWindow): ColumnWindowSnapshot {
    const rows = rowsOf(pane)
    const expected = { tail, ...this.#expected(spanMs, rows) }
    const curve = pane.digest.total > 0 ? curveOf(pane.digest, WINDOW_CLUSTERS) : undefined
    const isEnough = rows >= this.#settings.minSamples
    return {
      window: formatDuration(this.#settings.windowsMs[place] ?? 0),
      observations: rows,
      scores: isEnough ? this.#scores(pane, rows, curve, expected) : [],
      quantiles: curve === undefined ? [] : EXPORTED_QUANTILES.map((q) => ({ q, value: quantile(curve, q) })),
      classes: this.#classes(pane, rows),
      ...(isEnough && { constant: this.#isFrozen(pane, rows) }),
      ...(isEnough && expected.excess > 0 && { excess: expected.excess }),
      ...this.#confidence(curve, pane),
    }
  }

  #scores(pane: Pane, rows: number, curve: Curve | undefined, expected: Null): ScoreSnapshot[] {
    const { minSamples, effect } = this.#settings
    const enoughNumbers = pane.digest.total >= minSamples
    const live = pane.counts.map((count) => count / rows)
    const comparison: Comparison = {
      live: fillUnseen(this.#bins, live),
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
  #isFrozen({ counts, digest }: Pane, rows: number): boolean {
    const column = this.#column
    if (isConstant(column)) return false
    const oneNumber = digest.total === rows && digest.min === digest.max
    const own = column.kind === 'categorical' ? column.categories.length : 0
    return oneNumber || counts.subarray(0, own).some((count) => count === rows)
  }

  #confidence(curve: Curve | undefined, { digest }: Pane): { lowConfidenceRatio?: number } {
    const { role, name } = this.#column
    const { lowConfidence, minSamples } = this.#settings
    if (role !== 'prediction' || !CONFIDENCE_NAME.test(name)) return {}
    if (curve === undefined || lowConfidence === undefined || digest.total < minSamples) return {}
    return { lowConfidenceRatio: shareUpTo(curve, lowConfidence) }
  }

  #classes({ counts }: Pane, rows: number): { label: string; ratio: number }[] {
    const column = this.#column
    if (column.kind === 'numeric' || rows === 0) return []
    const own = column.kind === 'discrete' ? column.values.map(String) : undefined
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
  const cells = cellsOfColumn(column, baselineRows)
  const curve = curveOfCells(cells.edges, cells)
  const floor = CONSTANT_SCALE * (Math.abs(column.mean) > 0 ? Math.abs(column.mean) : 1)
  return {
    curve,
    values: totalOf(cells),
    standardDeviation: column.standardDeviation > 0 ? column.standardDeviation : floor,
    spread: spreadIntegral(curve),
  }
}
