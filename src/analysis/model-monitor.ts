// HOT: per request
/** One version of one model: learns its baseline or takes the given one, then watches every row. */
import { type Baseline, BASELINE_FORMAT_VERSION } from '../baseline/baseline.ts'
import type { Clock } from '../lib/clock.ts'
import { formatDuration } from '../lib/duration.ts'
import { BoundsCheck } from '../quality/bounds-check.ts'
import type { DeclaredColumn } from '../records/declared-column.ts'
import type { RecordBatch } from '../records/record-batch.ts'
import { type Tell, tellLimits } from './baseline-fit.ts'
import type { ColumnState } from './column-monitor.ts'
import { Learning } from './learning.ts'
import { ModelColumns, type NamingBaseline } from './model-columns.ts'
import { OTHER_MODEL } from './model-labels.ts'
import type { ModelState, StatePart } from './model-state.ts'
import type { OnMonitorEvent } from './monitor-event.ts'
import type { MonitorOptions } from './options.ts'
import type { ModelSnapshot } from './snapshot.ts'
import { type ColumnExcess, Watching } from './watching.ts'

export interface ModelMonitorOptions {
  readonly model: string
  readonly version: string
  readonly protocol: string
  readonly options: MonitorOptions
  readonly clock: Clock
  /** Used from the first row on; without it, a baseline is learned. */
  readonly baseline: Baseline | undefined
  readonly onEvent: OnMonitorEvent
}

export interface ModelCourse extends Pick<ModelSnapshot, 'model' | 'version' | 'predictionRows'> {
  readonly columns: readonly ColumnExcess[]
}

export class ModelMonitor {
  readonly model: string
  #version: string
  readonly #options: MonitorOptions
  readonly #clock: Clock
  readonly #onEvent: OnMonitorEvent
  #protocol: string
  #predictionRows = 0
  readonly #bounds: BoundsCheck
  #columns = new ModelColumns()
  #declared: readonly DeclaredColumn[] | undefined
  readonly #categories = new Map<string, ReadonlySet<string>>()
  #phase: Learning | Watching

  constructor({ model, version, protocol, options, clock, baseline, onEvent }: ModelMonitorOptions) {
    this.model = model
    this.#version = version
    this.#protocol = protocol
    this.#options = options
    this.#clock = clock
    this.#onEvent = onEvent
    this.#bounds = new BoundsCheck(options.bounds ?? {})
    this.#phase = baseline === undefined ? this.#learn() : this.#watch(baseline, 'loaded')
  }

  get version(): string {
    return this.#version
  }

  /** For a model that was watched before anything named its version. */
  set version(version: string) {
    this.#version = version
    if (this.#phase instanceof Learning) this.#phase.version = version
  }

  /** Counts the rows of a batch; keeps no reference to it. Rows used to learn the baseline are not compared with it. */
  accept(batch: RecordBatch): void {
    this.#predictionRows += batch.rows
    if (this.model !== OTHER_MODEL.model) this.#columns.unify(batch, this.#protocol, this.#naming)
    if (batch.declared !== undefined && batch.declared !== this.#declared) this.#declare(batch.declared)
    this.#bounds.accept(batch)
    const phase = this.#phase
    if (phase instanceof Watching) {
      phase.accept(batch, this.#clock.monotonicMs(), this.#clock.epochMs() - batch.waitedMs)
      return
    }
    const baseline = phase.accept(batch)
    if (baseline !== undefined) this.#phase = this.#watch(baseline, 'learned')
  }

  /** The payload format of the latest batch, for `modeltap_model_info`. */
  get protocol(): string {
    return this.#protocol
  }

  set protocol(protocol: string) {
    this.#protocol = protocol
  }

  /** The baseline in use; undefined while it is being learned. */
  get baseline(): Baseline | undefined {
    return this.#watching?.baseline
  }

  /** Hash of the baseline in use. */
  get baselineHash(): string | undefined {
    return this.#watching?.state.hash
  }

  /** Discards the baseline and all windows and learns again from the next rows. */
  relearn(): void {
    this.#columns = new ModelColumns()
    this.#phase = this.#learn()
  }

  /** Recent rows of this version as a baseline: its longest window with at least `minRows` rows. */
  liveBaseline(minRows: number): Baseline | undefined {
    const watching = this.#watching
    if (watching === undefined) return undefined
    const { windows } = this.#options
    const place = windows.length - 1
    const live = watching.columnsOfWindow(this.#clock.monotonicMs(), place)
    if (live.rows < minRows) return undefined
    return {
      ...watching.baseline,
      ...live,
      formatVersion: BASELINE_FORMAT_VERSION,
      model: this.model,
      version: this.version,
      source: `the last ${formatDuration(windows[place] ?? 0)} of version ${this.version}`,
      created: new Date(this.#clock.epochMs()).toISOString(),
      // The variation of the old baseline does not apply to the rows of the window.
      durationSeconds: undefined,
    }
  }

  /** One point of the course of each column; no columns while the baseline is learned. */
  course(): ModelCourse {
    const { model, version } = this
    const columns = this.#watching?.excesses(this.#clock.monotonicMs()) ?? []
    return { model, version, predictionRows: this.#predictionRows, columns }
  }

  /** All scores at once; use `evaluation` when other work must run in between. */
  evaluate(): ModelSnapshot {
    const slices = this.evaluation()
    for (;;) {
      const slice = slices.next()
      if (slice.done === true) return slice.value
    }
  }

  /** One column between two yields. Rows may be accepted meanwhile. */
  *evaluation(): Generator<undefined, ModelSnapshot> {
    const phase = this.#phase
    const watched =
      phase instanceof Watching
        ? { baseline: phase.state, ...(yield* phase.evaluation(() => this.#clock.monotonicMs())) }
        : { baseline: phase.progress, columns: [], driftedFeaturesRatio: [] }
    return {
      model: this.model,
      version: this.version,
      protocol: this.#protocol,
      predictionRows: this.#predictionRows,
      ...watched,
      boundsViolations: this.#bounds.violations.map((violations) => ({ ...violations })),
    }
  }

  /** The model, then its columns one by one. */
  *state(): Generator<StatePart> {
    const phase = this.#phase
    const watching = phase instanceof Watching ? phase : undefined
    yield {
      kind: 'model',
      model: this.model,
      version: this.version,
      protocol: this.#protocol,
      predictionRows: this.#predictionRows,
      windowsMs: this.#options.windows,
      baselineHash: watching?.state.hash,
      baseline: watching?.state.state === 'learned' ? watching.baseline : undefined,
      learner: phase instanceof Watching ? undefined : phase.state(),
      boundsViolations: this.#bounds.violations,
      ...(watching?.rowState(this.#clock.monotonicMs()) ?? {
        rowCounts: undefined,
        rowOutliers: undefined,
        presences: undefined,
        hours: undefined,
        dayElapsedMs: undefined,
      }),
    }
    for (const monitor of watching?.monitors ?? []) yield { kind: 'column', state: monitor.state() }
  }

  /**
   * Restores `state` as far as it still applies: a learned baseline only when none is configured, windows only with the
   * same lengths and baseline.
   */
  restore(state: ModelState, columns: readonly ColumnState[]): void {
    this.#predictionRows = state.predictionRows
    this.#bounds.restore(state.boundsViolations)
    if (this.#phase instanceof Learning) {
      if (state.learner !== undefined) this.#phase.restore(state.learner)
      if (state.baseline !== undefined) this.#phase = this.#watch(state.baseline, 'learned')
    }
    const phase = this.#phase
    const sameWindows = state.windowsMs.join() === this.#options.windows.join()
    if (!(phase instanceof Watching) || !sameWindows) return
    if (phase.state.hash !== state.baselineHash || phase.monitors.length !== columns.length) return
    phase.restore(state, columns, this.#clock.monotonicMs())
  }

  readonly #naming = (): NamingBaseline | undefined => {
    const watching = this.#watching
    if (watching === undefined) return undefined
    return { baseline: watching.baseline, isFromTraffic: watching.state.state === 'learned' }
  }

  get #watching(): Watching | undefined {
    return this.#phase instanceof Watching ? this.#phase : undefined
  }

  /** What the model server says of the values of columns. */
  #declare(columns: readonly DeclaredColumn[]): void {
    this.#declared = columns
    this.#bounds.declare(columns)
    for (const { role, name, values } of columns)
      if (values.categories !== undefined && this.#categories.size < this.#options.limits.features)
        this.#categories.set(`${role} ${name}`, values.categories)
  }

  #learn(): Learning {
    const { baseline, limits, privacy } = this.#options
    return new Learning({
      model: this.model,
      version: this.version,
      learn: baseline.learn,
      limits: {
        declared: (role, name) => this.#categories.get(`${role} ${name}`),
        ...limits,
        kinds: baseline.kinds,
        ...(privacy !== undefined && { privacy }),
      },
      clock: this.#clock,
      onEvent: this.#onEvent,
    })
  }

  #watch(baseline: Baseline, origin: 'learned' | 'loaded'): Watching {
    const tell: Tell = (event) =>
      this.#onEvent({ ...event, level: 'warn', model: this.model, version: this.version })
    // The loader has already reported the limits of a loaded baseline.
    if (origin === 'learned') tellLimits(baseline, tell)
    const nowMs = this.#clock.monotonicMs()
    const isTimed = this.#clock.isTimed?.() ?? true
    return new Watching({ baseline, origin, options: this.#options, nowMs, tell, isTimed })
  }
}
