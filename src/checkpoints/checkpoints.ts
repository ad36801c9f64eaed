/** Saves and restores the state for a restart. Failures here never stop or delay anything else. */
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { zeros } from '../lib/zeros.ts'
import type { CheckpointStore } from './store.ts'

/** Results of saving or restoring a checkpoint. */
export const CHECKPOINT_OUTCOMES = ['saved', 'failed', 'set_aside'] as const
export type CheckpointOutcome = (typeof CHECKPOINT_OUTCOMES)[number]

/** The state to save, in parts, so that a large state is never serialised in one step. */
export interface CheckpointSource {
  /** Version of the parts' meaning. */
  readonly version: number
  readonly parts: () => Iterable<unknown>
  /** The problem of the parts; nothing is restored unless this returns `undefined`. */
  readonly check: (parts: readonly unknown[]) => string | undefined
  /** @throws when a part does not fit */
  readonly restore: (parts: readonly unknown[]) => void
  /** Discards the parts that `restore` restored before it threw. */
  readonly reset: () => void
}

export interface CheckpointsOptions {
  readonly store: CheckpointStore
  readonly source: CheckpointSource
  readonly clock: Clock
  readonly logger: Logger
}

export class Checkpoints {
  /** Since the start of this thread. */
  readonly outcomes = zeros(CHECKPOINT_OUTCOMES)
  /** Of the latest checkpoint; undefined before the first. */
  savedEpochMs: number | undefined
  savedBytes = 0
  readonly #options: CheckpointsOptions
  #store: CheckpointStore
  #problem: string | undefined
  #saving: Promise<void> | undefined

  constructor(options: CheckpointsOptions) {
    this.#options = options
    this.#store = options.store
  }

  /** Writes further checkpoints to another store. */
  moveTo(store: CheckpointStore): void {
    this.#store = store
  }

  /** Restores the last checkpoint if it fits. */
  async load(): Promise<'restored' | 'none'> {
    const { source, logger } = this.#options
    const read = await this.#store.read(source.version)
    if ('problem' in read) {
      if (read.problem !== 'absent') await this.setAside(read.problem, read.detail)
      return 'none'
    }
    const problem = source.check(read.parts)
    if (problem !== undefined) {
      await this.setAside('does-not-fit', problem)
      return 'none'
    }
    try {
      source.restore(read.parts)
    } catch (error) {
      source.reset()
      await this.setAside('does-not-fit', (error as Error).message)
      return 'none'
    }
    logger.info({ from: this.#store.place }, 'restored windows and baselines from the last checkpoint')
    return 'restored'
  }

  /** Prevents the last checkpoint from being restored, now or later. */
  async setAside(problem: string, detail?: string): Promise<void> {
    const { logger } = this.#options
    this.outcomes.set_aside += 1
    const movedTo = await this.#store.setAside()
    logger.warn(
      { problem, detail, checkpoint: this.#store.place, movedTo },
      'cannot use the checkpoint; windows start empty',
    )
  }

  /** Writes a checkpoint; while one is being written, waits for that one. */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => (this.#saving = undefined))
    return this.#saving
  }

  async #save(): Promise<void> {
    const { source, clock, logger } = this.#options
    const { version } = source
    const written = await this.#store.write({ version, parts: source.parts() })
    if ('bytes' in written) {
      this.savedBytes = written.bytes
      this.savedEpochMs = clock.epochMs()
      this.outcomes.saved += 1
      if (this.#problem !== undefined)
        logger.info({ checkpoint: this.#store.place }, 'writing checkpoints works again')
      this.#problem = undefined
      return
    }
    this.outcomes.failed += 1
    // Logged once for each reason: a disk may stay full for hours.
    if (written.problem !== this.#problem)
      logger.warn({ reason: written.problem, checkpoint: this.#store.place }, 'cannot write a checkpoint')
    this.#problem = written.problem
  }
}
