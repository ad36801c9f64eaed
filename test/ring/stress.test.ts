/** Two threads at full speed: RING_STRESS_MIB=20000 moves more. */
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { ControlBlock } from '../../src/ring/control.ts'
import { DIRECTION, FRAME } from '../../src/ring/frame.ts'
import { createTapMemory, POSITION, type TapMemory } from '../../src/ring/memory.ts'
import { NO_DIRECTION, RingWriter } from '../../src/ring/writer.ts'

const TOTAL_BYTES = Number(process.env['RING_STRESS_MIB'] ?? 60) * 1024 * 1024
const SIZES = [1, 7, 40, 49, 600, 4096, 65_536, 30_000, 181]

/** Resolves when the reader has read what there is, and sleeps: from then on it is a matter of microseconds. */
async function startReader(memory: TapMemory, found: SharedArrayBuffer): Promise<Worker> {
  const program = fileURLToPath(new URL('./stress-reader.ts', import.meta.url))
  const worker = new Worker(program, { workerData: { memory, found } })
  const positions = new Int32Array(memory.positions)
  Atomics.store(positions, POSITION.ASLEEP, 0)
  while (Atomics.load(positions, POSITION.ASLEEP) === 0) await pause()
  return worker
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))

test.each([
  ['one reader', 0, 1],
  ['readers that are ended anywhere and replaced', 6, 1],
  ['one reader, with an overflow', 0, 4],
  ['readers that are ended anywhere and replaced, with an overflow', 6, 4],
])('frames written while they are read, by %s', { timeout: 120_000 }, async (_name, restarts, ringMiB) => {
  const memory = createTapMemory({ ringBytes: ringMiB * 1024 * 1024, maxConnections: 4 })
  const found = new SharedArrayBuffer(4 * Float64Array.BYTES_PER_ELEMENT)
  const writer = new RingWriter(memory)
  const control = new ControlBlock(memory)
  const sources = Array.from({ length: 256 }, (_, byte) => Buffer.alloc(65_536, byte))
  let reader = await startReader(memory, found)
  let offset = 0
  let frames = 0
  let dropped = 0
  for (let part = 0; part <= restarts; part += 1) {
    while (offset < (TOTAL_BYTES * (part + 1)) / (restarts + 1)) {
      const droppedBefore = dropped
      for (let i = 0; i < 20; i += 1) {
        const size = SIZES[frames % SIZES.length] ?? 1
        const before = control.droppedBytes
        writer.data(
          1,
          DIRECTION.TO_SERVER,
          offset,
          frames,
          sources[frames & 0xff] ?? Buffer.alloc(0),
          0,
          size,
        )
        if (control.droppedBytes > before) dropped += 1
        offset += size
        frames += 1
      }
      // Also a full ring is part of it, but most frames are to be read.
      await (dropped > droppedBefore ? pause() : turn())
    }
    if (part === restarts) break
    await reader.terminate()
    reader = await startReader(memory, found)
  }
  const closed = once(reader, 'message')
  writer.lifecycle(FRAME.CLOSE, 1, NO_DIRECTION, 0, 0)
  while (writer.owedConnections > 0 || control.overflowBytes > 0) {
    await turn()
    writer.settle()
  }
  await closed
  const [bytes = 0, read = 0, wrong, backwards] = new Float64Array(found)
  expect({ wrong, backwards }).toEqual({ wrong: 0, backwards: 0 })
  expect(read).toBeGreaterThan(frames / 2)
  expect(control.tapBytes + control.droppedBytes).toBe(offset)
  // A reader that is ended takes the frame that it was at with it, counted or not.
  const lost = frames - dropped - read
  expect(lost).toBeGreaterThanOrEqual(0)
  expect(lost).toBeLessThanOrEqual(restarts)
  expect(control.tapBytes - bytes).toBeLessThanOrEqual(restarts * 65_536)
  await reader.terminate()
})
