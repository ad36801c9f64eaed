/**
 * Preloaded into a child with `--import`: SIGUSR2 ends the analysis thread the hard way, as a crash would, and SIGWINCH
 * makes it stand still for good, as an endless loop would. The product has no such doors, so the test makes its own by
 * wrapping the constructor of worker threads.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type * as WorkerThreads from 'node:worker_threads'

const threads = createRequire(import.meta.url)('node:worker_threads') as {
  -readonly [Name in keyof typeof WorkerThreads]: (typeof WorkerThreads)[Name]
}

const STALLED = 'thread that stands still'

if (threads.isMainThread) {
  let latest: WorkerThreads.Worker | undefined
  threads.Worker = class extends threads.Worker {
    constructor(...settings: ConstructorParameters<typeof WorkerThreads.Worker>) {
      super(...settings)
      latest = this
    }
  }
  syncBuiltinESMExports()
  process.on('SIGUSR2', () => void latest?.terminate())
  const stalled = new Int32Array(new SharedArrayBuffer(4))
  threads.setEnvironmentData(STALLED, stalled)
  process.on('SIGWINCH', () => {
    stalled[0] = latest?.threadId ?? 0
  })
} else {
  const stalled = threads.getEnvironmentData(STALLED) as Int32Array
  setInterval(() => {
    // Waits while the word is what it is: nobody changes it.
    if (stalled[0] === threads.threadId) Atomics.wait(stalled, 0, threads.threadId)
  }, 20).unref()
}
