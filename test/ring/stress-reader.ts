import { parentPort, workerData } from 'node:worker_threads'
import { FRAME, type FrameSink } from '../../src/ring/frame.ts'
import type { TapMemory } from '../../src/ring/memory.ts'
import { startPump } from '../../src/ring/pump.ts'

/**
 * Totals that outlive this thread, which may be ended anywhere: bytes, frames, wrong bytes, frames out of order. Each
 * byte of a frame must be the low byte of its time.
 */
const { memory, found } = workerData as { memory: TapMemory; found: SharedArrayBuffer }
const totals = new Float64Array(found)
let nextOffset = 0

const sink: FrameSink = {
  frame(kind, _connection, _direction, offset, timeMs, bytes, start, end) {
    if (kind === FRAME.CLOSE) {
      parentPort?.postMessage('closed')
      return
    }
    if (offset < nextOffset) totals[3] = (totals[3] ?? 0) + 1
    nextOffset = offset + end - start
    const expected = timeMs & 0xff
    for (let i = start; i < end; i += 1) if (bytes[i] !== expected) totals[2] = (totals[2] ?? 0) + 1
    totals[0] = (totals[0] ?? 0) + end - start
    totals[1] = (totals[1] ?? 0) + 1
  },
}
startPump({ memory, sink })
parentPort?.on('message', () => undefined)
