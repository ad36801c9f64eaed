/**
 * What one frame costs the data plane and the analysis thread, beside the plain copy of its bytes; and what the splice's
 * look at the connection table costs per chunk. `node bench/micro/ring.ts` fails above a budget.
 *
 * One thread plays both parts in turn, as the two do with a reader that keeps up: 64 frames in, 64 out.
 */
import { systemClock } from '../../src/lib/clock.ts'
import { ConnectionTable } from '../../src/ring/connection-table.ts'
import { DIRECTION, type FrameSink } from '../../src/ring/frame.ts'
import { createTapMemory } from '../../src/ring/memory.ts'
import { RingReader } from '../../src/ring/reader.ts'
import { RingWriter } from '../../src/ring/writer.ts'

const FRAMES = 64
const ROUNDS = 40
const CALLS = 400

/** Nanoseconds over the plain copy that writing a frame may cost, up to `JUDGED_BYTES`; measured 22 to 65. */
const WRITE_BUDGET_NS = 300
/** Nanoseconds of reading one; measured 16 to 32. */
const READ_BUDGET_NS = 200
/** Nanoseconds of asking whether bytes are to be skipped; measured 5. */
const SKIP_BUDGET_NS = 50
/** Larger frames are memory bandwidth: 64 of them do not fit the cache that the copy beside them runs in. */
const JUDGED_BYTES = 4096

const memory = createTapMemory({ ringBytes: 16 * 1024 * 1024, maxConnections: 1024 })
const writer = new RingWriter(memory)
const reader = new RingReader(memory)
const table = new ConnectionTable(memory)
let seen = 0
const sink: FrameSink = {
  frame: (_kind, _connection, _direction, _offset, _timeMs, _bytes, start, end) => {
    seen += end - start
  },
}

/** Best of all rounds, nanoseconds a frame: what else the machine does makes a round slower, never faster. */
function best(work: () => void, after: () => void = () => undefined): number {
  let least = Infinity
  for (let round = 0; round < ROUNDS; round += 1) {
    let totalMs = 0
    for (let call = 0; call < CALLS; call += 1) {
      const startMs = systemClock.monotonicMs()
      work()
      totalMs += systemClock.monotonicMs() - startMs
      after()
    }
    least = Math.min(least, (totalMs * 1e6) / (CALLS * FRAMES))
  }
  return least
}

let failed = false
const judge = (ns: number, budgetNs: number): string => {
  failed ||= ns > budgetNs
  return ns > budgetNs ? `  OVER ${budgetNs}` : ''
}

for (const size of [64, 600, 4096, 65_536]) {
  const chunk = Buffer.alloc(65_536, 7)
  const target = Buffer.alloc(FRAMES * 65_536)
  const write = (): void => {
    for (let i = 0; i < FRAMES; i += 1) writer.data(5, DIRECTION.TO_SERVER, i, 1, chunk, 0, size)
  }
  const read = (): void => {
    while (reader.drain(sink, 1000) > 0);
  }
  // The copy as the data plane makes it: from the read buffer, of a part of it.
  const copy = (): void => {
    for (let i = 0; i < FRAMES; i += 1) target.set(chunk.subarray(0, size), i * size)
  }
  const copyNs = best(copy)
  const writeNs = best(write, read)
  const readNs = best(read, write)
  read()
  console.log(
    `${String(size).padStart(6)} bytes: copy ${copyNs.toFixed(0)} ns, write ${writeNs.toFixed(0)} ns${size > JUDGED_BYTES ? '' : judge(writeNs - copyNs, WRITE_BUDGET_NS)}, read ${readNs.toFixed(0)} ns${judge(readNs, READ_BUDGET_NS)}`,
  )
}

let skipped = 0
const skipNs = best(() => {
  for (let i = 0; i < FRAMES; i += 1) skipped += table.skipEnd(i + 1, DIRECTION.TO_CLIENT)
})
console.log(`skip request looked up: ${skipNs.toFixed(1)} ns${judge(skipNs, SKIP_BUDGET_NS)}`)
if (seen === 0 || skipped !== 0) throw new Error('nothing was measured')
process.exitCode = failed ? 1 : 0
