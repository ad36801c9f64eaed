/** Messages between the two threads besides the ring. All of them are rare: start, stop, failure. */
import type { MessagePort } from 'node:worker_threads'
import type { Baseline } from '../baseline/baseline.ts'
import type { RunConfig } from '../config/schema.ts'
import type { ErrorCode } from '../errors.ts'
import type { ConfigReload, RestartReason } from '../instruments/self-snapshot.ts'
import type { Address } from '../lib/address.ts'
import type { LoggerSettings } from '../lib/logger.ts'
import type { TapMemory } from '../ring/memory.ts'

/** Input of an analysis thread; passed as `workerData`, so plain data only. */
export interface AnalysisStart {
  readonly config: RunConfig
  readonly memory: TapMemory
  /** The file of `baseline.file`, read and validated before anything listens. */
  readonly baseline: Baseline | undefined
  /** Source of admin port connections; each thread has its own. */
  readonly adminPort: MessagePort
  /** The splice's own addresses, for the status page; empty without a proxy. */
  readonly data: readonly Address[]
  readonly logger: LoggerSettings
  /** `Clock.monotonicMs` at which the process started. */
  readonly startedMs: number
  /** The previous thread could not start: its restored state may be the cause, so it is set aside. */
  readonly withoutState: boolean
  /** The checkpoint in memory from the previous thread, when nothing is stored on disk. */
  readonly checkpoint: SharedArrayBuffer | undefined
  /** `state.directory` is configured but owned by another process; `config` then omits it. */
  readonly isStateLocked: boolean
  /** Hashes of bodies that crashed earlier threads (`bodyHash`). */
  readonly fatalBodies: readonly number[]
  /** Number of earlier analysis threads, by the reason of their end. */
  readonly restarts: Readonly<Record<RestartReason, number>>
  readonly configReload: ConfigReload | undefined
}

export type FromAnalysis =
  | { readonly kind: 'ready' }
  | { readonly kind: 'checkpoint'; readonly checkpoint: SharedArrayBuffer }
  /** The state is restored, and no traffic has been read yet. */
  | { readonly kind: 'restored' }
  /** The thread cannot start. */
  | {
      readonly kind: 'failed'
      /** `undefined` for errors outside the catalogue. */
      readonly code: ErrorCode | undefined
      readonly message: string
      readonly hint: string | undefined
    }

export type ToAnalysis =
  | { readonly kind: 'stop' }
  /** Another process has released `state.directory`; now this process owns it. */
  | { readonly kind: 'state-directory'; readonly directory: string }
  | { readonly kind: 'config-reload'; readonly state: ConfigReload }
