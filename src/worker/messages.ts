/** What the two threads say to each other beside the ring. All of it rare: start, stop, failure. */
import type { MessagePort } from 'node:worker_threads'
import type { Baseline } from '../baseline/baseline.ts'
import type { Address } from '../lib/address.ts'
import type { RunConfig } from '../config/schema.ts'
import type { ErrorCode } from '../errors.ts'
import type { RestartReason } from '../instruments/self-snapshot.ts'
import type { LoggerSettings } from '../lib/logger.ts'
import type { TapMemory } from '../ring/memory.ts'

/** Everything an analysis thread starts from; handed over as `workerData`, so plain data only. */
export interface AnalysisStart {
  readonly config: RunConfig
  readonly memory: TapMemory
  /** The file of `baseline.file`, read and validated before anything listens. */
  readonly baseline: Baseline | undefined
  /** Where connections of the admin port come from; each thread has its own. */
  readonly adminPort: MessagePort
  /** The splice's own address, for the status page; `undefined` when no traffic is passed. */
  readonly data: Address | undefined
  readonly logger: LoggerSettings
  /** `Clock.monotonicMs` at which the process started. */
  readonly startedMs: number
  /** The thread before ended before it was ready: what it took up may be why, so it is set aside. */
  readonly withoutState: boolean
  /** How many analysis threads there were before this one, by what ended them. */
  readonly restarts: Readonly<Record<RestartReason, number>>
}

export type FromAnalysis =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint: string }

export interface ToAnalysis {
  readonly kind: 'stop'
}
