/**
 * Time as a parameter. Everything that waits, stamps or ages takes a `Clock`, so that tests move time
 * instead of sleeping. The only place of src/ that reads the machine's clocks.
 */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch; may jump. For time stamps that people read. */
  readonly epochMs: () => number
  /** Monotonic, milliseconds with a fraction since an arbitrary start; for durations and windows. */
  readonly monotonicMs: () => number
  /** False when the time of day means nothing: that of a file without time stamps. True when absent. */
  readonly isTimed?: () => boolean
}

/**
 * `monotonicMs` is measured from the Unix epoch at process start (`performance.timeOrigin`), because the two
 * threads have different time origins and frames stamped by one are read by the other.
 */
export const systemClock: Clock = {
  epochMs: () => Date.now(),
  monotonicMs: () => performance.timeOrigin + performance.now(),
}

/** A clock that stands still until `advance` is called. */
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
