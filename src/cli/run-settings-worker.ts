/** The thread of `loadRunSettings`: input in `workerData`, output as one message. */
import { parentPort, workerData } from 'node:worker_threads'
import { loadBaseline } from '../baseline/load.ts'
import { restrictNames } from '../baseline/restrict-names.ts'
import { ModeltapError } from '../errors.ts'
import { type ConfigFlags, loadFromFlags } from './configuration.ts'
import type { RunSettings, RunSettingsAnswer } from './run-settings.ts'

async function load(): Promise<RunSettings> {
  const loaded = loadFromFlags(workerData as ConfigFlags)
  const { baseline, privacy } = loaded.config
  if (baseline.file === undefined) return { ...loaded, baseline: undefined }
  return { ...loaded, baseline: restrictNames(await loadBaseline(baseline.file), privacy) }
}

async function answer(): Promise<RunSettingsAnswer> {
  try {
    return { settings: await load() }
  } catch (error) {
    if (!(error instanceof ModeltapError)) throw error
    return { error: { code: error.code, message: error.message, hint: error.hint } }
  }
}

parentPort?.postMessage(await answer())
