/** Preloaded with `--import`: SIGALRM moves the wall clock of all threads, a day forth and two days back in turn. */
import { createRequire } from 'node:module'
import type * as WorkerThreads from 'node:worker_threads'

const threads = createRequire(import.meta.url)('node:worker_threads') as typeof WorkerThreads
const OFFSET = 'offset of the wall clock'
const DAY_MS = 86_400_000

if (threads.isMainThread) {
  const offset = new Float64Array(new SharedArrayBuffer(8))
  threads.setEnvironmentData(OFFSET, offset)
  let turn = 0
  process.on('SIGALRM', () => {
    turn += 1
    offset[0] = (offset[0] ?? 0) + (turn % 2 === 1 ? DAY_MS : -2 * DAY_MS)
  })
}
const shared = threads.getEnvironmentData(OFFSET) as Float64Array
const now = Date.now
Date.now = () => now() + (shared[0] ?? 0)
