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
  const analysis = await startAnalysis(start, { clock: systemClock, logger })
  parentPort?.on('message', (message: ToAnalysis) => {
    if (message.kind === 'stop') void analysis.stop().finally(() => process.exit(0))
  })
  tell({ kind: 'ready' })
} catch (error) {
  if (!(error instanceof ModeltapError)) throw error
  tell({ kind: 'failed', code: error.code, message: error.message, hint: error.hint })
  process.exitCode = 1
  parentPort?.close()
}
