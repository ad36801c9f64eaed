import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { saveMemory } from '../../src/lib/v8-flags.ts'
import { keepHeapSmall } from '../../src/worker/small-heap.ts'

const MB = 1024 * 1024

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A heap of which `live` bytes outlive a collection. */
function heapOf(live: number) {
  const heap = { garbage: 0, collections: 0 }
  const stop = keepHeapSmall({
    usedBytes: () => live + heap.garbage,
    collect: () => {
      heap.collections += 1
      heap.garbage = 0
    },
  })
  const gather = (bytes: number): number => {
    heap.garbage += bytes
    vi.advanceTimersByTime(10_000)
    return heap.collections
  }
  return { gather, stop }
}

test('garbage is collected when a megabyte of it has gathered', () => {
  const { gather } = heapOf(5 * MB)
  expect(gather(0.6 * MB)).toBe(0)
  expect(gather(0.6 * MB)).toBe(1)
  expect(gather(0.6 * MB)).toBe(1)
  expect(gather(3 * MB)).toBe(2)
})

test('a large heap is left to V8', () => {
  const { gather } = heapOf(60 * MB)
  expect(gather(5 * MB)).toBe(0)
  expect(gather(-4 * MB + 1.5 * MB)).toBe(1)
})

test('no more after the end, and never where V8 was not told to give a collection', () => {
  const { gather, stop } = heapOf(5 * MB)
  stop()
  expect(gather(50 * MB)).toBe(0)
  const usedBytes = vi.fn(() => 0)
  keepHeapSmall({ usedBytes, collect: undefined })()
  vi.advanceTimersByTime(60_000)
  expect(usedBytes).not.toHaveBeenCalled()
})

test('a thread that is started after `saveMemory` has a collection', async () => {
  vi.useRealTimers()
  saveMemory()
  const code = 'require("node:worker_threads").parentPort.postMessage(typeof globalThis.gc)'
  const [kind] = (await once(new Worker(code, { eval: true }), 'message')) as [string]
  expect(kind).toBe('function')
})
