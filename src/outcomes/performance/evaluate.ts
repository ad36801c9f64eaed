/** Computes all metrics of labelled rows, with their standard errors. */
import { type ClassMetrics, classMetrics, type Confusion, confusionMetrics } from './confusion.ts'
import { add, addError, emptySums, errorMetrics, type ErrorSums, without } from './errors.ts'
import type { MetricName } from './index.ts'
import { type Estimate, probabilityMetrics, rankMetrics, type ScoredRows } from './scores.ts'

export type Metrics = Partial<Record<MetricName, Estimate>>

/** Groups of rows that are left out in turn to estimate the variance of a metric (delete-a-group jackknife). */
const GROUPS = 20
/** With fewer rows, a group is too small to leave out. */
const LEAST_JACKKNIFE_ROWS = 2 * GROUPS

export interface ClassRows {
  /** Class numbers, at most `classes - 1`. */
  readonly predicted: ArrayLike<number>
  readonly actual: ArrayLike<number>
  readonly classes: number
  /** The positive class of two; `undefined` with more. */
  readonly positive: number | undefined
  readonly scored: ScoredRows | undefined
}

export interface Classification {
  readonly metrics: Metrics
  readonly confusion: Confusion
  readonly perClass: readonly (ClassMetrics | undefined)[]
}

export function evaluateClasses({ predicted, actual, classes, positive, scored }: ClassRows): Classification {
  const n = predicted.length
  const groups = n < LEAST_JACKKNIFE_ROWS ? 1 : GROUPS
  const parts = Array.from({ length: groups }, () => new Float64Array(classes * classes))
  for (let row = 0; row < n; row += 1) {
    const part = parts[row % groups] as Float64Array
    const cell = (predicted[row] as number) * classes + (actual[row] as number)
    part[cell] = (part[cell] as number) + 1
  }
  const cells = new Float64Array(classes * classes)
  for (const part of parts)
    for (let cell = 0; cell < cells.length; cell += 1)
      cells[cell] = (cells[cell] as number) + (part[cell] as number)
  const confusion = { classes, cells }
  const whole = metricsOf(confusion, positive)
  const left =
    groups === 1
      ? []
      : parts.map((part) =>
          metricsOf({ classes, cells: cells.map((count, cell) => count - (part[cell] as number)) }, positive),
        )
  const metrics: Metrics = withErrors(whole, left, (value) => shareFloor(value, n))
  const perClass = Array.from({ length: classes }, (_, index) => classMetrics(confusion, index))
  if (scored === undefined) return { metrics, confusion, perClass }
  const calibration = probabilityMetrics(scored)
  // The score of the predicted class of many says how often it is right, and nothing of the other classes.
  const ofScores =
    positive === undefined
      ? calibration && { ece: calibration.ece }
      : { ...rankMetrics(scored), ...calibration }
  return { metrics: { ...metrics, ...ofScores }, confusion, perClass }
}

function metricsOf(confusion: Confusion, positive: number | undefined): Partial<Record<MetricName, number>> {
  const metrics = confusionMetrics(confusion)
  if (metrics === undefined) return {}
  const { precision_macro: precision, recall_macro: recall, f1_macro: f1 } = metrics
  const ofPositive = positive === undefined ? undefined : classMetrics(confusion, positive)
  return {
    ...metrics,
    precision: ofPositive?.precision ?? (positive === undefined ? precision : 0),
    recall: ofPositive?.recall ?? (positive === undefined ? recall : 0),
    f1: ofPositive?.f1 ?? (positive === undefined ? f1 : 0),
  }
}

export interface NumberRows {
  readonly predicted: ArrayLike<number>
  readonly actual: ArrayLike<number>
}

export function evaluateNumbers({ predicted, actual }: NumberRows): Metrics {
  const n = predicted.length
  const groups = n < LEAST_JACKKNIFE_ROWS ? 1 : GROUPS
  const center = n === 0 ? 0 : (actual[0] as number)
  const parts = Array.from({ length: groups }, emptySums)
  for (let row = 0; row < n; row += 1)
    addError(parts[row % groups] as ErrorSums, predicted[row] as number, actual[row] as number, center)
  const whole = emptySums()
  for (const part of parts) add(whole, part)
  const metrics = errorMetrics(whole)
  if (metrics === undefined) return {}
  const left = groups === 1 ? [] : parts.map((part) => ({ ...errorMetrics(without(whole, part)) }))
  return withErrors({ ...metrics }, left, () => 0)
}

/** @param floor minimum standard error: rows without any mistake still vary */
function withErrors(
  whole: Partial<Record<MetricName, number | undefined>>,
  left: readonly Partial<Record<MetricName, number | undefined>>[],
  floor: (value: number) => number,
): Metrics {
  const metrics: Metrics = {}
  for (const [key, value] of Object.entries(whole)) {
    const name = key as MetricName
    if (value === undefined || !Number.isFinite(value)) continue
    const others = left.flatMap((part) => part[name] ?? [])
    const error = others.length < GROUPS ? undefined : Math.max(jackknife(others), floor(value))
    metrics[name] = { value, error }
  }
  return metrics
}

function jackknife(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return Math.sqrt(((values.length - 1) / values.length) * squares)
}

/** Agresti & Coull 1998: adds two rows on each side. */
function shareFloor(value: number, n: number): number {
  if (value > 0 && value < 1) return 0
  const share = (Math.min(Math.max(value, 0), 1) * n + 2) / (n + 4)
  return Math.sqrt((share * (1 - share)) / (n + 4))
}
