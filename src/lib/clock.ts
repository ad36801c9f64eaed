/**
 * Time as a parameter. Everything that waits, stamps or ages takes a `Clock`, so that tests advance time instead of
 * sleeping. This is the only place in src/ that reads the system clocks.
 */
export interface Clock {
  /** Wall clock in milliseconds since the Unix epoch; may jump. For displayed timestamps. */
  readonly epochMs: () => number
  /** Monotonic, milliseconds with a fraction since an arbitrary start; for durations and windows. */
  readonly monotonicMs: () => number
  /** False when the time of day is meaningless: a file without timestamps. True when absent. */
  readonly isTimed?: () => boolean
}

/**
 * `monotonicMs` counts from the Unix epoch at process start (`performance.timeOrigin`), because the two threads have
 * different time origins and read each other's frame times.
 */
export const systemClock: Clock = {
  epochMs: () => Date.now(),
  monotonicMs: () => performance.timeOrigin + performance.now(),
}

/** A clock that only moves when `advance` is called. */
export class ManualClock implements Clock {
  #nowMs: number

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs
  }

  epochMs = (): number => this.#nowMs

  monotonicMs = (): number => this.#nowMs

  advance(milliseconds: number): void {
    this.#nowMs += milliseconds
  }
}
