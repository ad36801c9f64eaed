/** Learns a baseline from a model's first rows and reports the progress. */
import type { Baseline } from '../baseline/baseline.ts'
import { BaselineBuilder, type BaselineLimits } from '../baseline/builder.ts'
import type { BaselineOptions } from '../baseline/options.ts'
import type { Clock } from '../lib/clock.ts'
import { formatDuration } from '../lib/duration.ts'
import type { RecordBatch } from '../records/record-batch.ts'
import type { LearnerState } from './model-state.ts'
import type { MonitorEvent, OnMonitorEvent } from './monitor-event.ts'
import type { BaselineState } from './snapshot.ts'

const PROGRESS_STEPS = 10

export interface LearningOptions {
  readonly model: string
  readonly version: string
  readonly learn: BaselineOptions['learn']
  readonly limits: BaselineLimits
  readonly clock: Clock
  readonly onEvent: OnMonitorEvent
}

export class Learning {
  readonly #options: LearningOptions
  readonly #builder: BaselineBuilder
  #startedMs: number
  version: string
  #step = 0

  constructor(options: LearningOptions) {
    this.#options = options
    this.version = options.version
    this.#builder = new BaselineBuilder(options.limits)
    this.#startedMs = options.clock.monotonicMs()
    const { rows, minDuration } = options.learn
    this.#tell(
      'learning-started',
      `learning the baseline from the next ${rows} rows, for at least ${formatDuration(minDuration)}; drift has no score until then`,
    )
  }

  state(): LearnerState {
    return { builder: this.#builder.state(), elapsedMs: this.#options.clock.monotonicMs() - this.#startedMs }
  }

  /** Continues from the state before a restart. */
  restore({ builder, elapsedMs }: LearnerState): void {
    this.#builder.restore(builder)
    this.#startedMs -= elapsedMs
  }

  get progress(): Extract<BaselineState, { state: 'learning' }> {
    const { rows } = this.#builder
    return { state: 'learning', rows, targetRows: this.#options.learn.rows, ratio: this.#part() }
  }

  /** Adds rows; returns the baseline once enough rows came over enough time. */
  accept(batch: RecordBatch): Baseline | undefined {
    this.#builder.add(batch, this.#options.clock.epochMs() - batch.waitedMs)
    const { clock, model } = this.#options
    const part = this.#part()
    if (part < 1) {
      this.#tellProgress(part)
      return undefined
    }
    const baseline = this.#builder.build({
      model,
      version: this.version,
      source: 'live traffic',
      createdEpochMs: clock.epochMs(),
      durationMs: clock.monotonicMs() - this.#startedMs,
    })
    this.#tell('baseline-frozen', `the baseline is learned from ${this.#builder.rows} rows and frozen`)
    return baseline
  }

  #part(): number {
    const { learn, clock } = this.#options
    const elapsedMs = clock.monotonicMs() - this.#startedMs
    return Math.min(1, this.#builder.rows / learn.rows, elapsedMs / learn.minDuration)
  }

  #tellProgress(part: number): void {
    const step = Math.floor(part * PROGRESS_STEPS)
    if (step <= this.#step) return
    this.#step = step
    const share = `${(100 * step) / PROGRESS_STEPS} % of the baseline is learned`
    this.#tell('learning-progress', `${share}${this.#timeLeft(part)}`)
  }

  /** Estimate at the current rate: the longer of the remaining rows and the remaining time. */
  #timeLeft(part: number): string {
    const elapsedMs = this.#options.clock.monotonicMs() - this.#startedMs
    const leftMs = Math.round((elapsedMs * (1 - part)) / part / 1000) * 1000
    return leftMs > 0 ? `, about ${formatDuration(leftMs)} left` : ''
  }

  #tell(kind: MonitorEvent['kind'], message: string): void {
    const { model, onEvent } = this.#options
    const { version } = this
    onEvent({
      kind,
      level: 'info',
      model,
      version,
      message,
      details: { rows: this.#builder.rows, targetRows: this.#options.learn.rows },
    })
  }
}
