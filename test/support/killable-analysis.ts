/**
 * Preloaded into a child with `--import`: SIGUSR2 ends the analysis thread the hard way, as a crash would. The
 * product has no such door, so the test makes its own by wrapping the constructor of worker threads.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type * as WorkerThreads from 'node:worker_threads'

const threads = createRequire(import.meta.url)('node:worker_threads') as {
  -readonly [Name in keyof typeof WorkerThreads]: (typeof WorkerThreads)[Name]
}

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
}
