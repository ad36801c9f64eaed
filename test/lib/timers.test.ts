/** Delays beyond Node's 24.8 days. vitest's fake timers turn too long a delay into 1 ms, as Node.js does. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nodeTimeout, startInterval, startTimer, timeoutSignal, wait } from '../../src/lib/timers.ts'

const DAY_MS = 86_400_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the fake timers of this file have the fault that the timers avoid', () => {
  const callback = vi.fn()
  setTimeout(callback, 30 * DAY_MS)
  vi.advanceTimersByTime(1)
  expect(callback).toHaveBeenCalledTimes(1)
})

test('a timer calls back once, neither earlier nor later than it should', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 * DAY_MS }), (delayMs) => {
      const callback = vi.fn()
      startTimer(callback, delayMs)
      vi.advanceTimersByTime(Math.max(0, delayMs - 1))
      if (delayMs > 1) expect(callback).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1)
      expect(callback).toHaveBeenCalledTimes(1)
      vi.advanceTimersByTime(300 * DAY_MS)
      expect(callback).toHaveBeenCalledTimes(1)
    }),
    { numRuns: 50 },
  )
})

test('an interval of 30 days calls back each 30 days, and not after it is cancelled', () => {
  const callback = vi.fn()
  const interval = startInterval(callback, 30 * DAY_MS)
  vi.advanceTimersByTime(30 * DAY_MS - 1)
  expect(callback).toHaveBeenCalledTimes(0)
  vi.advanceTimersByTime(60 * DAY_MS + 1)
  expect(callback).toHaveBeenCalledTimes(3)
  interval.cancel()
  vi.advanceTimersByTime(90 * DAY_MS)
  expect(callback).toHaveBeenCalledTimes(3)
})

test.each([10, 30 * DAY_MS])(
  'a cancelled timer of %i ms never calls back, also between two steps',
  (delayMs) => {
    const callback = vi.fn()
    const timer = startTimer(callback, delayMs)
    vi.advanceTimersByTime(delayMs - 1)
    timer.cancel()
    vi.advanceTimersByTime(60 * DAY_MS)
    expect(callback).not.toHaveBeenCalled()
  },
)

test('a wait ends early when its signal aborts', async () => {
  const stopping = new AbortController()
  const waiting = wait(40 * DAY_MS, stopping.signal)
  stopping.abort()
  await waiting
  await wait(40 * DAY_MS, stopping.signal)
  expect(vi.getTimerCount()).toBe(0)
})

test('a signal of 30 days aborts after 30 days', () => {
  const signal = timeoutSignal(30 * DAY_MS)
  vi.advanceTimersByTime(30 * DAY_MS - 1)
  expect(signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
})

test("what is handed to Node's own time-outs is never more than they take", () => {
  expect(nodeTimeout(30 * DAY_MS)).toBe(2 ** 31 - 1)
  expect(nodeTimeout(5000)).toBe(5000)
})
