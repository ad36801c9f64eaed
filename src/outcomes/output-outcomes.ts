/** The state of one output's labels: counters, windows, reference, concept drift. */
import type { OutputPerformance } from '../baseline/baseline.ts'
import type { FalseAlarmBudget } from '../drift/options.ts'
import { formatDuration } from '../lib/duration.ts'
import { Classification } from './classification.ts'
import { Concept } from './concept.ts'
import { LabelledRows } from './labelled-rows.ts'
import type { OutcomesOptions } from './options.ts'
import { LABEL_REMARKS, zeroCounts } from './outcome.ts'
import type { Metrics } from './performance/evaluate.ts'
import { METRIC_NAMES, type MetricName } from './performance/index.ts'
import { Regression } from './regression.ts'
import type { MetricSnapshot, OutputSnapshot, PerformanceWindow } from './snapshot.ts'
import { type LabelledRow, taskOf } from './task.ts'
import { intervalOf, isWorse, performanceTail, type ReferenceMetric, thresholdOf } from './thresholds.ts'

export type Reference = Partial<Record<MetricName, ReferenceMetric>>

export interface OutputOutcomesOptions {
  readonly model: string
  readonly version: string
  readonly output: string
  readonly options: OutcomesOptions
  readonly falseAlarms: FalseAlarmBudget
  readonly evaluationIntervalMs: number
  /** From the baseline; otherwise learned from the first labels. */
  readonly reference: Reference | undefined
  /** Origin for the true values: the baseline's mean, the same for all replicas. */
  readonly center: number
}

export interface PerformanceChunk {
  readonly rows: number
  readonly firstMs?: number
  readonly lastMs?: number
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>
}

/** Rows before the output is classified as classes or numbers. */
const FIRST_ROWS = 50

/** The result of a labelled row. */
export type CountedRow = 'counted' | 'wrong_type'

export class OutputOutcomes {
  readonly #given: OutputOutcomesOptions
  readonly #settings: ReturnType<typeof settingsOf>
  readonly #rows: LabelledRows
  readonly #concept: Concept
  readonly #remarks = zeroCounts(LABEL_REMARKS)
  /** Buffered until the task is decided. */
  #first: LabelledRow[] = []
  readonly #onFirst: ((counted: CountedRow) => void)[] = []
  #firstAtLastLook = 0
  #task: Classification | Regression | undefined
  #reference: Reference | undefined
  #referenceState: 'learning' | 'learned' | 'loaded' = 'learning'

  constructor(given: OutputOutcomesOptions) {
    this.#given = given
    this.#settings = settingsOf(given)
    this.#rows = new LabelledRows(given.options.windowRows)
    this.#concept = new Concept(given.options.detectors)
    if (given.reference !== undefined) {
      this.#reference = given.reference
      this.#referenceState = 'loaded'
    }
  }

  /** @param onRow called for every counted row; later for buffered rows */
  add(row: LabelledRow, nowMs: number, onRow: (counted: CountedRow) => void): void {
    if (this.#task !== undefined) {
      onRow(this.#count(this.#task, row, nowMs))
      return
    }
    this.#first.push(row)
    this.#onFirst.push(onRow)
    if (this.#first.length >= FIRST_ROWS || this.#settings.task !== 'auto') this.#decide(nowMs)
  }

  /** @param final decide now, even with few rows */
  evaluate(nowMs: number, final = false): OutputSnapshot | undefined {
    const { model, version, output, options } = this.#given
    if (this.#task === undefined && this.#first.length > 0) {
      // Decide early when labels no longer arrive; ten labels give the same decision as fifty.
      const isQuiet = this.#first.length === this.#firstAtLastLook
      this.#firstAtLastLook = this.#first.length
      if (final || isQuiet || this.#first.length >= 10) this.#decide(nowMs)
    }
    const task = this.#task
    if (task === undefined) return undefined
    if (this.#reference === undefined && this.#rows.total >= options.referenceRows) this.#learn(task)
    const windows = options.windows.map((windowMs) => this.#window(task, windowMs, nowMs))
    const base = {
      model,
      version,
      output,
      observations: this.#rows.total,
      remarks: { ...this.#remarks },
      windows,
      concept: this.#concept.snapshot(),
      reference: {
        state: this.#referenceState,
        rows: this.#referenceState === 'learning' ? this.#rows.total : (rowsOf(this.#reference) ?? 0),
      },
    }
    return task instanceof Regression
      ? { ...base, task: 'regression', errors: task.totals() }
      : { ...base, task: 'classification', cells: task.cells(), scores: task.scoreSums() }
  }

  /** The stored rows in chunks, in order; the last one may be smaller. For reports. */
  chunks(size: number): readonly PerformanceChunk[] {
    const task = this.#task
    if (task === undefined) return []
    const chunks: PerformanceChunk[] = []
    for (let from = 0; from < this.#rows.total; from += size) {
      const part = this.#rows.slice(from, from + size)
      const { metrics } = task.evaluate(part, part.total)
      const values = Object.entries(metrics).map(([metric, { value }]) => [metric, value] as const)
      chunks.push({ rows: part.total, ...part.span, metrics: Object.fromEntries(values) })
    }
    return chunks
  }

  /** What the kept rows say, as a reference for others; `undefined` before the task is decided. */
  learnedReference(): Reference | undefined {
    return this.#task === undefined ? undefined : this.#referenceOf(this.#task)
  }

  /** Predicted minus actual of the stored numeric rows; empty for classes. For reports. */
  residuals(): readonly number[] {
    if (!(this.#task instanceof Regression)) return []
    const residuals: number[] = []
    this.#rows.visit(this.#rows.countSince(-Infinity), (predicted, actual) =>
      residuals.push(predicted - actual),
    )
    return residuals
  }

  #decide(nowMs: number): void {
    const rows = this.#first
    const listeners = this.#onFirst.splice(0)
    this.#first = []
    const { maxClasses, scoreBins } = this.#given.options
    const { task, ...settings } = this.#settings
    const decided = task === 'auto' ? taskOf(rows, maxClasses) : task
    this.#task =
      decided === 'regression'
        ? new Regression(this.#given.center)
        : new Classification({ ...settings, maxClasses, scoreBins }, rows)
    for (const [index, row] of rows.entries()) listeners[index]?.(this.#count(this.#task, row, nowMs))
  }

  #count(task: Classification | Regression, row: LabelledRow, nowMs: number): CountedRow {
    const counted = task.add(row, this.#rows, nowMs)
    if (counted === undefined) return 'wrong_type'
    this.#concept.add(counted.error, nowMs)
    if (counted.remark !== undefined) this.#remarks[counted.remark] += 1
    return 'counted'
  }

  #learn(task: Classification | Regression): void {
    this.#reference = this.#referenceOf(task)
    this.#referenceState = 'learned'
  }

  #referenceOf(task: Classification | Regression): Reference {
    const { metrics } = task.evaluate(this.#rows, this.#rows.countSince(-Infinity))
    return referenceOf(metrics, this.#rows.total)
  }

  #window(task: Classification | Regression, windowMs: number, nowMs: number): PerformanceWindow {
    const { options, falseAlarms, evaluationIntervalMs } = this.#given
    const observations = this.#rows.countSince(nowMs - windowMs)
    const window = formatDuration(windowMs)
    if (observations < options.minSamples) return { window, observations, metrics: [], classes: [] }
    const { metrics, classes } = task.evaluate(this.#rows, observations)
    const tail = performanceTail({
      budget: falseAlarms,
      windowsMs: options.windows,
      evaluationIntervalMs,
      metrics: Object.keys(metrics).length,
    })
    return { window, observations, classes, metrics: this.#told(metrics, observations, tail) }
  }

  #told(metrics: Metrics, observations: number, tail: number): MetricSnapshot[] {
    return METRIC_NAMES.flatMap((metric) => {
      const estimate = metrics[metric]
      if (estimate === undefined) return []
      const reference = this.#reference?.[metric]
      const threshold =
        reference === undefined ? undefined : thresholdOf(metric, reference, observations, tail)
      const interval = intervalOf(metric, estimate, observations)
      const isBelow = threshold !== undefined && isWorse(metric, estimate.value, threshold)
      return [
        {
          metric,
          value: estimate.value,
          lower: interval?.lower,
          upper: interval?.upper,
          threshold,
          isWorse: isBelow,
        },
      ]
    })
  }
}

/** Metrics of a baseline that this version does not know are ignored. */
export function referenceFrom({ rows, metrics }: OutputPerformance): Reference {
  return Object.fromEntries(
    METRIC_NAMES.flatMap((name) => {
      const metric = metrics[name]
      return metric === undefined ? [] : [[name, { value: metric.value, error: metric.error, rows }]]
    }),
  )
}

export function referenceOf(metrics: Metrics, rows: number): Reference {
  return Object.fromEntries(Object.entries(metrics).map(([name, estimate]) => [name, { ...estimate, rows }]))
}

function rowsOf(reference: Reference | undefined): number | undefined {
  return reference === undefined ? undefined : Object.values(reference)[0]?.rows
}

/** The configuration of this output: its own keys first. */
function settingsOf({ output, options }: OutputOutcomesOptions) {
  const own = options.outputs[output]
  return {
    task: own?.task ?? options.task,
    positive: own?.positive ?? options.positive,
    threshold: own?.threshold ?? options.threshold,
    classes: own?.classes ?? options.classes,
  }
}
