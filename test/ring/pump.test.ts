import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { DIRECTION, FRAME } from '../../src/ring/frame.ts'
import { createTapMemory, POSITION, type TapMemory } from '../../src/ring/memory.ts'
import { NO_DIRECTION, RingWriter } from '../../src/ring/writer.ts'

/** A thread that sums what it reads and says so when a CLOSE comes. */
const reader = (memory: TapMemory): Worker =>
  new Worker(fileURLToPath(new URL('./pump-reader.ts', import.meta.url)), { workerData: memory })

const nextMessage = async (worker: Worker): Promise<unknown> =>
  ((await once(worker, 'message')) as [unknown])[0]

async function untilAsleep(memory: TapMemory): Promise<void> {
  const positions = new Int32Array(memory.positions)
  while (Atomics.load(positions, POSITION.ASLEEP) === 0)
    await new Promise((resolve) => setTimeout(resolve, 1))
}

test('a thread reads what another writes, sleeps without traffic, and wakes for the next frame', async () => {
  const memory = createTapMemory({ ringBytes: 256 * 1024, maxConnections: 4 })
  const writer = new RingWriter(memory)
  const worker = reader(memory)
  const chunk = Buffer.alloc(1000, 3)
  for (let round = 1; round <= 3; round += 1) {
    await untilAsleep(memory)
    for (let i = 0; i < 100; i += 1) writer.data(1, DIRECTION.TO_SERVER, i * 1000, 0, chunk, 0, 1000)
    writer.lifecycle(FRAME.CLOSE, 1, NO_DIRECTION, 0, 0)
    expect(await nextMessage(worker)).toEqual({ frames: 101 * round, sum: 300_000 * round })
  }
  await worker.terminate()
})

test('dense traffic leaves turns for what else the thread does, and is all read; sleep follows', async () => {
  const memory = createTapMemory({ ringBytes: 16 * 1024 * 1024, maxConnections: 4 })
  const writer = new RingWriter(memory)
  const worker = reader(memory)
  const answers: unknown[] = []
  worker.on('message', (message) => answers.push(message))
  const chunk = Buffer.alloc(100, 1)
  let frames = 0
  // At least 150,000 frames a second, for as long as it takes to ask three times, one question after the other.
  for (let asked = 0; answers.length < 3;) {
    if (asked === answers.length) worker.postMessage((asked += 1))
    for (let i = 0; i < 300; i += 1) writer.data(1, DIRECTION.TO_SERVER, 100 * frames++, 0, chunk, 0, 100)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  expect(answers).toEqual([1, 2, 3])
  const last = nextMessage(worker)
  writer.lifecycle(FRAME.CLOSE, 1, NO_DIRECTION, 0, 0)
  expect(await last).toEqual({ frames: frames + 1, sum: 100 * frames })
  await untilAsleep(memory)
  await worker.terminate()
})

test('a thread that was ended anywhere is followed by one that goes on with the next frame', async () => {
  const memory = createTapMemory({ ringBytes: 256 * 1024, maxConnections: 4 })
  const writer = new RingWriter(memory)
  for (let life = 0; life < 8; life += 1) {
    const worker = reader(memory)
    if (life % 2 === 0) await untilAsleep(memory)
    else await once(worker, 'online')
    writer.data(1, DIRECTION.TO_SERVER, 0, 0, Buffer.alloc(100, 1), 0, 100)
    await worker.terminate()
    // Whether the frame was read before the end is a matter of luck; that the next one is read is not.
    const next = reader(memory)
    writer.lifecycle(FRAME.CLOSE, 1, NO_DIRECTION, 0, 0)
    expect(await nextMessage(next)).toMatchObject({ sum: expect.toBeOneOf([0, 100]) as number })
    await next.terminate()
  }
})
