/** What the two threads say to each other beside the ring. All of it rare: start, stop, failure. */
import type { MessagePort } from 'node:worker_threads'
import type { Baseline } from '../baseline/baseline.ts'
import type { RunConfig } from '../config/schema.ts'
import type { ErrorCode } from '../errors.ts'
import type { ConfigReload, RestartReason } from '../instruments/self-snapshot.ts'
import type { Address } from '../lib/address.ts'
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
  /** The splice's own addresses, for the status page; none when no traffic is passed. */
  readonly data: readonly Address[]
  readonly logger: LoggerSettings
  /** `Clock.monotonicMs` at which the process started. */
  readonly startedMs: number
  /** The thread before could not start: what it took up may be why, so it is set aside. */
  readonly withoutState: boolean
  /** What the thread before kept in memory, where nothing is kept on disk. */
  readonly checkpoint: SharedArrayBuffer | undefined
  /** `state.directory` is configured and another process has it; in `config` it is left out then. */
  readonly isStateLocked: boolean
  /** Hashes of bodies at which threads before this one ended (`bodyHash`). */
  readonly fatalBodies: readonly number[]
  /** How many analysis threads there were before this one, by what ended them. */
  readonly restarts: Readonly<Record<RestartReason, number>>
  readonly configReload: ConfigReload | undefined
}

export type FromAnalysis =
  | { readonly kind: 'ready' }
  | { readonly kind: 'checkpoint'; readonly checkpoint: SharedArrayBuffer }
  /** What was kept is taken up, and nothing of the traffic was read yet. */
  | { readonly kind: 'restored' }
  /** It cannot start. */
  | {
      readonly kind: 'failed'
      /** `undefined` for what is no error of the catalogue. */
      readonly code: ErrorCode | undefined
      readonly message: string
      readonly hint: string | undefined
    }

export type ToAnalysis =
  | { readonly kind: 'stop' }
  /** Another process had `state.directory`; now this one has it. */
  | { readonly kind: 'state-directory'; readonly directory: string }
  | { readonly kind: 'config-reload'; readonly state: ConfigReload }
