/** Composition root of the analysis thread: ring → observer → pipeline → monitors → instruments → admin port. */
import { parentPort, workerData } from 'node:worker_threads'
import { ModeltapError } from '../errors.ts'
import { systemClock } from '../lib/clock.ts'
import { createLogger } from '../lib/logger.ts'
import { startAnalysis } from './analysis.ts'
import type { AnalysisStart, FromAnalysis, ToAnalysis } from './messages.ts'

const start = workerData as AnalysisStart
const logger = createLogger(start.logger)

const tell = (message: FromAnalysis): void => parentPort?.postMessage(message)

try {
  const keepInMemory = (checkpoint: SharedArrayBuffer): void => tell({ kind: 'checkpoint', checkpoint })
  const analysis = await startAnalysis(start, {
    clock: systemClock,
    logger,
    keepInMemory,
    onRestored: () => tell({ kind: 'restored' }),
  })
  parentPort?.on('message', (message: ToAnalysis) => {
    if (message.kind === 'stop') void analysis.stop().finally(() => process.exit(0))
    else if (message.kind === 'config-reload') analysis.tellReload(message.state)
    else analysis.useStateDirectory(message.directory)
  })
  tell({ kind: 'ready' })
} catch (error) {
  const { code, hint } = error instanceof ModeltapError ? error : { code: undefined, hint: undefined }
  if (code === undefined) logger.error({ err: error }, 'cannot start the analysis; traffic continues')
  tell({ kind: 'failed', code, message: (error as Error).message, hint })
  process.exitCode = 1
  parentPort?.close()
}
