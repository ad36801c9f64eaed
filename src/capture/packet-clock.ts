/**
 * Packet timestamps use the wall clock, frames the monotonic clock. The difference is measured again at each marker, so
 * that setting the wall clock causes one jump but no wrong latencies afterwards.
 */
import type { Clock } from '../lib/clock.ts'

/** Smaller differences are the clock's own correction. */
const STEP_MS = 100

export class PacketClock {
  readonly #clock: Clock
  #differenceMs: number
  /** How often the wall clock was set while packets arrived. */
  steps = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#differenceMs = clock.epochMs() - clock.monotonicMs()
  }

  readonly monotonicOf = (epochMs: number): number => epochMs - this.#differenceMs

  /** Age of a packet, seconds. */
  lagSeconds(epochMs: number): number {
    return Math.max(0, (this.#clock.epochMs() - epochMs) / 1000)
  }

  adjust(): void {
    const differenceMs = this.#clock.epochMs() - this.#clock.monotonicMs()
    if (Math.abs(differenceMs - this.#differenceMs) > STEP_MS) this.steps += 1
    this.#differenceMs = differenceMs
  }
}
