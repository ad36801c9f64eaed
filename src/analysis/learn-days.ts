/**
 * Learns the variation between days from a baseline's own rows: they pass through the same windows as live rows,
 * unjudged.
 */
import type { Baseline } from '../baseline/baseline.ts'
import type { Clock } from '../lib/clock.ts'
import type { RecordBatch } from '../records/record-batch.ts'
import type { MonitorOptions } from './options.ts'
import { Watching } from './watching.ts'

const DAY_SECONDS = 86_400
/** Minimum number of days to learn a variation. */
const FEWEST_DAYS = 2

export class DayLearner {
  readonly #baseline: Baseline
  readonly #options: MonitorOptions
  readonly #clock: Clock
  #watching: Watching | undefined
  #startMs = 0

  /** @param clock of the rows */
  constructor(baseline: Baseline, options: MonitorOptions, clock: Clock) {
    this.#baseline = baseline
    this.#options = options
    this.#clock = clock
  }

  /** Accepts rows in order of time; keeps no reference to the batch. */
  accept(batch: RecordBatch): void {
    const nowMs = this.#clock.monotonicMs()
    if (this.#watching === undefined) this.#startMs = nowMs
    this.#watching ??= new Watching({
      baseline: this.#baseline,
      origin: 'loaded',
      options: this.#options,
      nowMs,
      tell: () => undefined,
      isTimed: this.#clock.isTimed?.() ?? true,
      isJudged: false,
    })
    this.#watching.accept(batch, nowMs, this.#clock.epochMs())
  }

  /** The baseline with the learned variation; unchanged when there were too few days. */
  baseline(): Baseline {
    const watching = this.#watching
    if (watching === undefined) return this.#baseline
    const endMs = this.#clock.monotonicMs()
    watching.learn(endMs)
    const memories = new Map(
      watching.monitors.map(({ column, memory }) => [`${column.role} ${column.name}`, memory]),
    )
    const seconds = (endMs - this.#startMs) / 1_000
    if (seconds < FEWEST_DAYS * DAY_SECONDS) return this.#baseline
    return {
      ...this.#baseline,
      durationSeconds: this.#baseline.durationSeconds ?? seconds,
      columns: this.#baseline.columns.map((column) => ({
        ...column,
        memory: memories.get(`${column.role} ${column.name}`),
      })),
    }
  }
}
