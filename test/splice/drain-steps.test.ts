/** The steps of a drain on connections that are no sockets; test/splice/drain.test.ts drains real ones. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Clock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { ControlBlock, DRAIN } from '../../src/ring/control.ts'
import { createTapMemory, MIN_RING_BYTES } from '../../src/ring/memory.ts'
import { type Drain, drain } from '../../src/splice/drain.ts'

const DAY_MS = 86_400_000
const clock: Clock = { epochMs: () => Date.now(), monotonicMs: () => Date.now() }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** One whose exchange is over when `isOver` is set. */
class FakeConnection {
  isDraining = false
  isOver = false
  isCut = false
  readonly #onEnd: () => void

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  startDraining(): void {
    this.isDraining = true
  }

  drain(): boolean {
    if (this.isOver) this.#onEnd()
    return this.isOver
  }

  abort(): void {
    this.isCut = true
    this.#onEnd()
  }
}

function draining(count: number) {
  const connections = new Map<number, FakeConnection>()
  const all: FakeConnection[] = []
  let onEmpty: (() => void) | undefined
  for (let id = 1; id <= count; id += 1) {
    const connection = new FakeConnection(() => {
      connections.delete(id)
      if (connections.size === 0) onEmpty?.()
    })
    connections.set(id, connection)
    all.push(connection)
  }
  const server = { hasGone: false }
  const closePort = vi.fn()
  const settings: Drain = {
    connections,
    upstream: { hasGone: () => server.hasGone },
    control: new ControlBlock(createTapMemory({ ringBytes: MIN_RING_BYTES, maxConnections: 8 })),
    clock,
    logger: silentLogger,
    shrinkQueue: vi.fn(),
    closePort,
    empty: () => (connections.size === 0 ? Promise.resolve() : new Promise((resolve) => (onEmpty = resolve))),
  }
  return { all, server, closePort, settings }
}

test('says at once that it drains, and keeps the port open until the delay is over', async () => {
  const { closePort, settings, all } = draining(1)
  const done = drain(settings, { delayMs: 5000, timeoutMs: 1000 })
  expect(settings.control.drainState).toBe(DRAIN.DRAINING)
  await vi.advanceTimersByTimeAsync(4900)
  expect(closePort).not.toHaveBeenCalled()
  expect(all[0]?.isDraining).toBe(false)
  await vi.advanceTimersByTimeAsync(200)
  expect(closePort).toHaveBeenCalledTimes(1)
  expect(all[0]?.isDraining).toBe(true)
  await vi.advanceTimersByTimeAsync(1000)
  await done
  expect(settings.control.drainState).toBe(DRAIN.DRAINED)
})

test('does not wait for the delay when the model server has gone', async () => {
  const { server, closePort, settings } = draining(0)
  const done = drain(settings, { delayMs: 30 * DAY_MS, timeoutMs: 1000 })
  await vi.advanceTimersByTimeAsync(100)
  server.hasGone = true
  await vi.advanceTimersByTimeAsync(100)
  await done
  expect(closePort).toHaveBeenCalledTimes(1)
})

test.each([1000, 30 * DAY_MS])('cuts what is left after %i ms and not before', async (timeoutMs) => {
  const { all, settings } = draining(2)
  const done = drain(settings, { delayMs: 0, timeoutMs })
  await vi.advanceTimersByTimeAsync(500)
  const [first, second] = all
  if (first !== undefined) first.isOver = true
  // With real steps of 1 ms a month would take minutes of the test; the deadline is a timer of its own.
  await vi.advanceTimersByTimeAsync(50)
  expect(settings.connections.size).toBe(1)
  expect(second?.isCut).toBe(false)
  if (timeoutMs > DAY_MS) {
    if (second !== undefined) second.isOver = true
    await vi.advanceTimersByTimeAsync(10)
  } else {
    await vi.advanceTimersByTimeAsync(timeoutMs)
    expect(second?.isCut).toBe(true)
  }
  await done
})

test('ends one connection in a turn of the event loop', async () => {
  const { all, settings } = draining(3)
  for (const connection of all) connection.isOver = true
  const sizes: number[] = []
  const done = drain(settings, { delayMs: 0, timeoutMs: 1000 })
  const look = (): void => {
    sizes.push(settings.connections.size)
    if (settings.connections.size > 0) setImmediate(look)
  }
  setImmediate(look)
  await vi.advanceTimersByTimeAsync(50)
  await done
  for (const [index, size] of sizes.entries())
    expect((sizes[index - 1] ?? size) - size).toBeLessThanOrEqual(1)
})

test('closes the port only after looks at which no client came, and with a short queue', async () => {
  const { closePort, settings } = draining(0)
  const done = drain(settings, { delayMs: 0, timeoutMs: 1000 })
  expect(settings.shrinkQueue).not.toHaveBeenCalled()
  for (let client = 1; client <= 20; client += 1) {
    await vi.advanceTimersByTimeAsync(2)
    settings.control.connectionsAccepted += 1
  }
  expect(settings.shrinkQueue).toHaveBeenCalledTimes(1)
  expect(closePort).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(20)
  expect(closePort).toHaveBeenCalledTimes(1)
  await done
})
