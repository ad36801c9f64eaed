// HOT: per request
/** Watches one version of one model: learns its baseline or takes the given one, then compares every row with it. */
import type { Baseline } from '../baseline/baseline.ts'
import { writeDistances } from '../baseline/centroid.ts'
import { baselineHash } from '../baseline/hash.ts'
import type { BaselineOptions } from '../baseline/options.ts'
import { tailPerTest } from '../drift/false-alarms.ts'
import type { DriftOptions } from '../drift/options.ts'
import type { Clock } from '../lib/clock.ts'
import { formatDuration } from '../lib/duration.ts'
import type { ColumnSet, RecordBatch } from '../protocols/record-batch.ts'
import { BoundsCheck } from '../quality/bounds-check.ts'
import type { Bounds, QualityOptions } from '../quality/options.ts'
import { RowOutliers } from '../quality/row-outliers.ts'
import { RowQuality } from '../quality/row-quality.ts'
import { BaselineFit, tellLimits, type Tell } from './baseline-fit.ts'
import { BaselineLearner } from './baseline-learner.ts'
import { ColumnMonitor, type BatchContext, type ColumnState } from './column-monitor.ts'
import { driftedFeatures } from './drifted-features.ts'
import { columnsOfWindow } from './live-columns.ts'
import type { OnMonitorEvent } from './monitor-event.ts'
import type { ModelState, StatePart } from './model-state.ts'
import type { MonitorLimits } from './options.ts'
import type { BaselineState, ColumnSnapshot, ModelSnapshot } from './snapshot.ts'

/** The parts of the configuration that monitors read. */
export interface MonitorOptions {
  readonly baseline: BaselineOptions
  /** Lengths in milliseconds, strictly increasing. */
  readonly windows: readonly number[]
  readonly drift: DriftOptions
  readonly limits: MonitorLimits
  readonly evaluation: { readonly interval: number }
  readonly bounds?: Bounds
  readonly quality?: QualityOptions
}

export interface ModelMonitorOptions {
  readonly model: string
  readonly version: string
  readonly protocol: string
  readonly options: MonitorOptions
  readonly clock: Clock
  /** Compared with from the first row on; without one it is learned. */
  readonly baseline: Baseline | undefined
  readonly onEvent: OnMonitorEvent
}

interface Frozen {
  readonly baseline: Baseline
  readonly state: Exclude<BaselineState, { state: 'learning' }>
  readonly features: readonly ColumnMonitor[]
  readonly predictions: readonly ColumnMonitor[]
  readonly rowQuality: RowQuality
  readonly rowOutliers: RowOutliers
  readonly fit: BaselineFit
  /** False alarms that one test may give, 0…1. */
  readonly tail: number
}

export class ModelMonitor {
  readonly model: string
  readonly version: string
  readonly #options: MonitorOptions
  readonly #clock: Clock
  readonly #onEvent: OnMonitorEvent
  #protocol: string
  #predictionRows = 0
  readonly #bounds: BoundsCheck
  readonly #context: BatchContext = { nowMs: 0, flags: new Uint16Array(0) }
  #learner: BaselineLearner | undefined
  #frozen: Frozen | undefined

  constructor({ model, version, protocol, options, clock, baseline, onEvent }: ModelMonitorOptions) {
    this.model = model
    this.version = version
    this.#protocol = protocol
    this.#options = options
    this.#clock = clock
    this.#onEvent = onEvent
    this.#bounds = new BoundsCheck(options.bounds ?? {})
    if (baseline === undefined) this.#learner = this.#newLearner()
    else this.#frozen = this.#freeze(baseline, 'loaded')
  }

  /** Counts the rows of a batch; keeps nothing of it. Rows that a baseline is learned from are not compared with it. */
  accept(batch: RecordBatch): void {
    this.#predictionRows += batch.rows
    this.#bounds.accept(batch)
    if (this.#learner !== undefined) {
      this.#learn(this.#learner, batch)
      return
    }
    if (this.#frozen === undefined) return
    const { baseline, features, predictions, rowQuality, rowOutliers, fit } = this.#frozen
    const { rows } = batch
    if (baseline.centroid !== undefined) writeDistances(batch.predictions, rows, baseline.centroid)
    fit.accept(batch)
    const context = this.#context
    context.nowMs = this.#clock.monotonicMs()
    rowOutliers.begin(rows)
    context.flags = rowOutliers.flags
    // A side that nobody could read, such as a body over the limit, says nothing; its values are not missing.
    if (!batch.features.isEmpty) {
      rowQuality.accept(batch.features, rows)
      acceptEach(features, batch.features, rows, context)
      rowOutliers.end(rows)
    }
    if (batch.predictions.isEmpty) return
    // Of predictions the flags are written too, and not read: a row is judged by what came in.
    acceptEach(predictions, batch.predictions, rows, context)
  }

  /** The payload format of the latest batch, for `modeltap_model_info`. */
  set protocol(protocol: string) {
    this.#protocol = protocol
  }

  /** The baseline in use; undefined while it is being learned. */
  get baseline(): Baseline | undefined {
    return this.#frozen?.baseline
  }

  /** Names the content of the baseline in use. */
  get baselineHash(): string | undefined {
    return this.#frozen?.state.hash
  }

  /** Throws the baseline and all windows away and learns anew from the next rows. */
  relearn(): void {
    this.#frozen = undefined
    this.#learner = this.#newLearner()
  }

  /** What this version has seen lately, as a baseline: its longest window with at least `minRows` rows. */
  liveBaseline(minRows: number): Baseline | undefined {
    const frozen = this.#frozen
    if (frozen === undefined) return undefined
    const { windows, limits } = this.#options
    const place = windows.length - 1
    const live = columnsOfWindow(monitorsOf(frozen), {
      nowMs: this.#clock.monotonicMs(),
      place,
      maxCategories: limits.categories,
    })
    if (live.rows < minRows) return undefined
    return {
      ...frozen.baseline,
      ...live,
      model: this.model,
      version: this.version,
      source: `the last ${formatDuration(windows[place] ?? 0)} of version ${this.version}`,
      created: new Date(this.#clock.epochMs()).toISOString(),
      // How a stretch of the old baseline varied is not known of the rows of the window.
      durationSeconds: undefined,
    }
  }

  /** All scores at once; `evaluation` for when something else has to run in between. */
  evaluate(): ModelSnapshot {
    const slices = this.evaluation()
    for (;;) {
      const slice = slices.next()
      if (slice.done === true) return slice.value
    }
  }

  /** One column between two yields. Rows may be accepted meanwhile. */
  *evaluation(): Generator<undefined, ModelSnapshot> {
    const frozen = this.#frozen
    const columns: ColumnSnapshot[] = []
    for (const monitor of monitorsOf(frozen)) {
      columns.push(monitor.evaluate(this.#clock.monotonicMs(), frozen?.tail ?? 0))
      yield
    }
    return {
      model: this.model,
      version: this.version,
      protocol: this.#protocol,
      predictionRows: this.#predictionRows,
      baseline: frozen?.state ?? this.#learning(),
      columns,
      driftedFeaturesRatio: driftedFeatures(columns),
      boundsViolations: this.#bounds.violations.map((violations) => ({ ...violations })),
      ...(frozen === undefined
        ? {}
        : {
            rowCounts: frozen.rowQuality.counts,
            rowOutliers: frozen.rowOutliers.histogram,
            columnsNotInBaseline: frozen.fit.extra,
          }),
    }
  }

  /** The model, then its columns one by one. */
  *state(): Generator<StatePart> {
    const frozen = this.#frozen
    yield {
      kind: 'model',
      model: this.model,
      version: this.version,
      protocol: this.#protocol,
      predictionRows: this.#predictionRows,
      windowsMs: this.#options.windows,
      baselineHash: this.baselineHash,
      baseline: frozen?.state.state === 'learned' ? frozen.baseline : undefined,
      learner: this.#learner?.state(),
      boundsViolations: this.#bounds.violations,
      rowCounts: frozen?.rowQuality.counts,
      rowOutliers: frozen?.rowOutliers.histogram,
    }
    for (const monitor of monitorsOf(frozen)) yield { kind: 'column', state: monitor.state() }
  }

  /**
   * Takes up where `state` left off, as far as it still fits: a learned baseline only where none is configured,
   * windows only when they are as long as they were and of the same baseline.
   */
  restore(state: ModelState, columns: readonly ColumnState[]): void {
    this.#predictionRows = state.predictionRows
    this.#bounds.restore(state.boundsViolations)
    if (this.#learner !== undefined && state.learner !== undefined) this.#learner.restore(state.learner)
    if (this.#learner !== undefined && state.baseline !== undefined) {
      this.#learner = undefined
      this.#frozen = this.#freeze(state.baseline, 'learned')
    }
    const monitors = monitorsOf(this.#frozen)
    const nowMs = this.#clock.monotonicMs()
    const sameWindows = state.windowsMs.join() === this.#options.windows.join()
    if (!sameWindows || this.baselineHash !== state.baselineHash || monitors.length !== columns.length) return
    for (const [index, monitor] of monitors.entries()) monitor.restore(columns[index] as ColumnState, nowMs)
    if (state.rowCounts !== undefined) this.#frozen?.rowQuality.restore(state.rowCounts)
    if (state.rowOutliers !== undefined) this.#frozen?.rowOutliers.restore(state.rowOutliers)
  }

  #learning(): BaselineState {
    const { rows, targetRows } = this.#learner ?? { rows: 0, targetRows: this.#options.baseline.learn.rows }
    return { state: 'learning', rows, targetRows }
  }

  #newLearner(): BaselineLearner {
    const { baseline, limits } = this.#options
    return new BaselineLearner({
      model: this.model,
      version: this.version,
      learn: baseline.learn,
      limits: { ...limits, kinds: baseline.kinds },
      clock: this.#clock,
      onEvent: this.#onEvent,
    })
  }

  #learn(learner: BaselineLearner, batch: RecordBatch): void {
    const baseline = learner.add(batch)
    if (baseline === undefined) return
    this.#learner = undefined
    this.#frozen = this.#freeze(baseline, 'learned')
  }

  #freeze(baseline: Baseline, state: 'learned' | 'loaded'): Frozen {
    const tell: Tell = (event) =>
      this.#onEvent({ ...event, level: 'warn', model: this.model, version: this.version })
    // Of a loaded one whoever loaded it has told.
    if (state === 'learned') tellLimits(baseline, tell)
    const { windows, drift, evaluation } = this.#options
    const nowMs = this.#clock.monotonicMs()
    const lowConfidence = this.#options.quality?.lowConfidence
    const settings = { windowsMs: windows, lowConfidence, ...drift }
    const monitors = baseline.columns.map(
      (column, seed) => new ColumnMonitor({ column, baseline, settings, nowMs, seed }),
    )
    const features = monitors.filter(({ column }) => column.role === 'feature')
    return {
      baseline,
      state: {
        state,
        rows: baseline.rows,
        hash: baselineHash(baseline),
        createdEpochMs: Date.parse(baseline.created),
      },
      features,
      fit: new BaselineFit(baseline, tell),
      rowQuality: new RowQuality(features.map(({ column }) => column.name)),
      rowOutliers: new RowOutliers(features.filter(({ column }) => column.kind === 'numeric').length),
      predictions: monitors.filter(({ column }) => column.role === 'prediction'),
      tail: tailPerTest({
        budget: drift.falseAlarms,
        windowsMs: windows,
        evaluationIntervalMs: evaluation.interval,
        scores: monitors.reduce((sum, { statistics }) => sum + statistics.length, 0),
      }),
    }
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

/** In the order of state and snapshot. */
function monitorsOf(frozen: Frozen | undefined): readonly ColumnMonitor[] {
  return frozen === undefined ? [] : [...frozen.features, ...frozen.predictions]
}
