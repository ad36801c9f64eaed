/**
 * Computes all scores once an interval, one column at a time, and publishes the result as a whole. Readers always see a
 * complete snapshot, and a scrape in the middle waits for one column, not for all.
 */
import type { Clock } from '../lib/clock.ts'
import { startInterval, type Timer } from '../lib/timers.ts'
import type { ModelRegistry } from './model-registry.ts'
import type { ModelSnapshot, Snapshot } from './snapshot.ts'

/** Longest computation before the event loop gets a turn. */
const SLICE_MS = 5

export interface EvaluatorOptions {
  readonly registry: Pick<ModelRegistry, 'evaluation'>
  readonly clock: Clock
  readonly intervalMs: number
}

export class Evaluator {
  readonly #options: EvaluatorOptions
  #snapshot: Snapshot
  #timer: Timer | undefined
  #running: Promise<void> | undefined

  constructor(options: EvaluatorOptions) {
    this.#options = options
    this.#snapshot = { takenEpochMs: options.clock.epochMs(), models: [] }
  }

  /** The latest complete result. */
  get snapshot(): Snapshot {
    return this.#snapshot
  }

  start(): void {
    this.#timer = startInterval(() => void this.evaluate(), this.#options.intervalMs)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** Runs one evaluation; returns the running one if there is one. */
  evaluate(): Promise<void> {
    this.#running ??= this.#evaluate().finally(() => (this.#running = undefined))
    return this.#running
  }

  async #evaluate(): Promise<void> {
    const { registry, clock } = this.#options
    const columns = registry.evaluation()
    for (;;) {
      const models = computeSlice(columns, clock)
      if (models !== undefined) {
        this.#snapshot = { takenEpochMs: clock.epochMs(), models }
        return
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** Works for at most `SLICE_MS`; returns the result once it is complete. */
function computeSlice(
  columns: Generator<undefined, readonly ModelSnapshot[]>,
  clock: Clock,
): readonly ModelSnapshot[] | undefined {
  const endMs = clock.monotonicMs() + SLICE_MS
  do {
    const step = columns.next()
    if (step.done === true) return step.value
  } while (clock.monotonicMs() < endMs)
  return undefined
}
