/** Saves and restores what a restart has to know. Nothing that goes wrong here stops or delays anything else. */
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { zeros } from '../lib/zeros.ts'
import type { CheckpointStore } from './store.ts'

/** How an attempt to save or to take up a checkpoint ended. */
export const CHECKPOINT_OUTCOMES = ['saved', 'failed', 'set_aside'] as const
export type CheckpointOutcome = (typeof CHECKPOINT_OUTCOMES)[number]

/** What is saved: in parts, so that a large state is never serialised at one stretch. */
export interface CheckpointSource {
  /** Of what the parts mean. */
  readonly version: number
  readonly parts: () => Iterable<unknown>
  /** What is wrong with the parts; nothing is taken up before this says `undefined`. */
  readonly check: (parts: readonly unknown[]) => string | undefined
  /** @throws whatever does not fit */
  readonly restore: (parts: readonly unknown[]) => void
  /** Forgets what `restore` took up before it threw. */
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

  /** From now on checkpoints go there. */
  moveTo(store: CheckpointStore): void {
    this.#store = store
  }

  /** Takes up the last checkpoint when there is one that fits. */
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

  /** The last checkpoint is not to be taken up, now or later. */
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
    // Once for each reason: a disk stays full for hours.
    if (written.problem !== this.#problem)
      logger.warn({ reason: written.problem, checkpoint: this.#store.place }, 'cannot write a checkpoint')
    this.#problem = written.problem
  }
}
