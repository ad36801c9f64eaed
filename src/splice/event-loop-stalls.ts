/**
 * Measures the longest stall of the main thread's event loop. A timer that is late waited for the rest of a stall, so a
 * figure is too small by one interval at most.
 */
import { performance } from 'node:perf_hooks'
import type { Clock } from '../lib/clock.ts'
import { startInterval, type Timer } from '../lib/timers.ts'
import type { ControlBlock } from '../ring/control.ts'

const SLOT_MS = 1000
/** Scrapes are up to a minute apart. */
const SLOTS = 60
export const FINE_MS = 5
/** At rest, each wake-up counts: ten a second cost 0.15 % of a core on a busy machine. */
export const COARSE_MS = 500
/** Share of time in which the loop works. The fine timer alone makes 0.01 to 0.02 of it. */
const BUSY_RATIO = 0.05

export interface EventLoopStallsOptions {
  readonly control: Pick<ControlBlock, 'eventLoopStallSeconds'>
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Share of time since the last call in which the event loop worked. */
  readonly busyRatio?: () => number
}

export class EventLoopStalls {
  readonly #control: EventLoopStallsOptions['control']
  readonly #clock: EventLoopStallsOptions['clock']
  readonly #busyRatio: () => number
  /** Of each of the last seconds, in ms. */
  readonly #longest = new Float64Array(SLOTS)
  #slot = 0
  #slotEndMs: number
  #lastMs: number
  #intervalMs = COARSE_MS
  #timer: Timer | undefined

  constructor({ control, clock, busyRatio = loopUtilization() }: EventLoopStallsOptions) {
    this.#control = control
    this.#clock = clock
    this.#busyRatio = busyRatio
    this.#lastMs = clock.monotonicMs()
    this.#slotEndMs = this.#lastMs + SLOT_MS
  }

  get intervalMs(): number {
    return this.#intervalMs
  }

  start(): void {
    this.#timer = startInterval(() => this.tick(), this.#intervalMs, { keepsAlive: false })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  tick(): void {
    const nowMs = this.#clock.monotonicMs()
    const lateMs = nowMs - this.#lastMs - this.#intervalMs
    this.#lastMs = nowMs
    if (lateMs > (this.#longest[this.#slot] as number)) this.#longest[this.#slot] = lateMs
    if (nowMs >= this.#slotEndMs) this.#endSlot(nowMs)
  }

  #endSlot(nowMs: number): void {
    this.#control.eventLoopStallSeconds = Math.max(...this.#longest) / 1000
    this.#slotEndMs = nowMs + SLOT_MS
    this.#slot = (this.#slot + 1) % SLOTS
    this.#longest[this.#slot] = 0
    const intervalMs = this.#busyRatio() > BUSY_RATIO ? FINE_MS : COARSE_MS
    if (intervalMs === this.#intervalMs) return
    this.#intervalMs = intervalMs
    if (this.#timer === undefined) return
    this.stop()
    this.start()
  }
}

function loopUtilization(): () => number {
  let before = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    return utilization
  }
}
