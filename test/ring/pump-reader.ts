import { parentPort, workerData } from 'node:worker_threads'
import { FRAME, type FrameSink } from '../../src/ring/frame.ts'
import type { TapMemory } from '../../src/ring/memory.ts'
import { startPump } from '../../src/ring/pump.ts'

let frames = 0
let sum = 0
const sink: FrameSink = {
  frame(kind, _connection, _direction, _offset, _timeMs, bytes, start, end) {
    frames += 1
    for (let i = start; i < end; i += 1) sum += bytes[i] ?? 0
    if (kind === FRAME.CLOSE) parentPort?.postMessage({ frames, sum })
  },
}
startPump({ memory: workerData as TapMemory, sink })
// A port keeps the thread alive, and wants an answer now and then, as the admin server does in the product.
parentPort?.on('message', (question) => parentPort?.postMessage(question))
