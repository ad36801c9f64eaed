import { expect, test } from 'vitest'
import { ManualClock, systemClock } from '../../src/lib/clock.ts'
import { COARSE_MS, EventLoopStalls, FINE_MS } from '../../src/splice/event-loop-stalls.ts'

function setUp() {
  const clock = new ManualClock()
  const control = { eventLoopStallSeconds: 0 }
  let busy = 0
  const stalls = new EventLoopStalls({ control, clock, busyRatio: () => busy })
  /** Lets the timer fire once, late by this much. */
  const tick = (lateMs = 0): void => {
    clock.advance(stalls.intervalMs + lateMs)
    stalls.tick()
  }
  const seconds = (count: number): void => {
    const untilMs = clock.monotonicMs() + count * 1000
    while (clock.monotonicMs() < untilMs) tick()
  }
  return { control, stalls, tick, seconds, setBusy: (ratio: number) => (busy = ratio) }
}

test('the longest stall stays for a minute, then the next longest counts', () => {
  const { control, tick, seconds } = setUp()
  tick(30)
  seconds(2)
  expect(control.eventLoopStallSeconds).toBeCloseTo(0.03)
  seconds(10)
  tick(12)
  seconds(46)
  expect(control.eventLoopStallSeconds).toBeCloseTo(0.03)
  seconds(3)
  expect(control.eventLoopStallSeconds).toBeCloseTo(0.012)
  seconds(15)
  expect(control.eventLoopStallSeconds).toBeCloseTo(0)
})

test('a stall of seconds is seen at once and whole', () => {
  const { control, tick } = setUp()
  tick(4000)
  expect(control.eventLoopStallSeconds).toBeCloseTo(4)
})

test('the timer is fine only while the event loop is busy', () => {
  const { control, stalls, tick, seconds, setBusy } = setUp()
  expect(stalls.intervalMs).toBe(COARSE_MS)
  setBusy(0.5)
  seconds(2)
  expect(stalls.intervalMs).toBe(FINE_MS)
  tick(8)
  setBusy(0.001)
  seconds(2)
  expect(control.eventLoopStallSeconds).toBeCloseTo(0.008)
  expect(stalls.intervalMs).toBe(COARSE_MS)
})

test('a blocked event loop is measured', async () => {
  const control = { eventLoopStallSeconds: 0 }
  const stalls = new EventLoopStalls({ control, clock: systemClock })
  stalls.start()
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1200)
  await expect.poll(() => control.eventLoopStallSeconds, { timeout: 10_000 }).toBeGreaterThan(0.6)
  stalls.stop()
})
