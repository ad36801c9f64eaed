/**
 * Loads and validates the configuration and the baseline for `modeltap run`. It runs in a thread that ends afterwards;
 * otherwise schema and YAML libraries would stay in the memory of the data plane (25 MB).
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Baseline } from '../baseline/baseline.ts'
import type { LoadedConfig } from '../config/load.ts'
import { type ErrorCode, ModeltapError } from '../errors.ts'
import type { ConfigFlags } from './configuration.ts'

export interface RunSettings extends LoadedConfig {
  /** The file of `baseline.file`; undefined when a baseline is learned. */
  readonly baseline: Baseline | undefined
}

export type RunSettingsAnswer =
  | { readonly settings: RunSettings }
  | { readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string } }

const WORKER_URL = new URL(`./run-settings-worker${extname(import.meta.filename)}`, import.meta.url)

/** @throws ModeltapError as `loadConfig` and `loadBaseline` do */
export async function loadRunSettings(flags: ConfigFlags): Promise<RunSettings> {
  const worker = new Worker(WORKER_URL, { workerData: flags })
  const answer = await new Promise<RunSettingsAnswer>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  await worker.terminate()
  if ('settings' in answer) return answer.settings
  throw new ModeltapError(answer.error.code, answer.error)
}
