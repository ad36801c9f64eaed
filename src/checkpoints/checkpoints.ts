/** Saves and restores what a restart has to know. Nothing that goes wrong here stops or delays anything else. */
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { zeros } from '../lib/zeros.ts'
import { readCheckpoint, writeCheckpoint, type CheckpointProblem } from './checkpoint-file.ts'

const FILE = 'windows.checkpoint'
/** What a file that could not be used is renamed to; one is kept, for whoever wants to know why. */
const SET_ASIDE = `${FILE}.unusable`

/** How an attempt to save or to take up a checkpoint ended. */
export const CHECKPOINT_OUTCOMES = ['saved', 'failed', 'set_aside'] as const
export type CheckpointOutcome = (typeof CHECKPOINT_OUTCOMES)[number]

/** What is saved: in parts, so that a large state is never serialised at one stretch. */
export interface CheckpointSource {
  /** Of what the parts mean. */
  readonly version: number
  readonly parts: () => Iterable<unknown>
  /** @throws whatever does not fit; the file is then set aside */
  readonly restore: (parts: readonly unknown[]) => void
}

export interface CheckpointsOptions {
  readonly directory: string
  readonly source: CheckpointSource
  readonly clock: Clock
  readonly logger: Logger
}

export class Checkpoints {
  /** Since the start of this thread. */
  readonly outcomes = zeros(CHECKPOINT_OUTCOMES)
  /** Of the latest checkpoint that is on the disk; undefined before the first. */
  savedEpochMs: number | undefined
  savedBytes = 0
  readonly #options: CheckpointsOptions
  readonly #path: string
  #saving: Promise<void> | undefined

  constructor(options: CheckpointsOptions) {
    this.#options = options
    this.#path = join(options.directory, FILE)
  }

  /** Takes up the last checkpoint when there is one that fits. */
  async load(): Promise<'restored' | 'none'> {
    const { source, logger } = this.#options
    const read = await readCheckpoint(this.#path, source.version)
    if ('problem' in read) {
      if (read.problem !== 'absent') await this.#setAside(read.problem)
      return 'none'
    }
    try {
      source.restore(read.parts)
    } catch (error) {
      logger.warn({ err: error }, 'the checkpoint does not fit')
      await this.#setAside('corrupt')
      return 'none'
    }
    logger.info({ file: this.#path }, 'windows and baselines go on from the last checkpoint')
    return 'restored'
  }

  /** Writes a checkpoint; while one is being written, waits for that one. */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => (this.#saving = undefined))
    return this.#saving
  }

  async #save(): Promise<void> {
    const { directory, source, clock, logger } = this.#options
    try {
      await mkdir(directory, { recursive: true })
      const { version } = source
      this.savedBytes = await writeCheckpoint(this.#path, { version, parts: source.parts() })
      this.savedEpochMs = clock.epochMs()
      this.outcomes.saved += 1
    } catch (error) {
      this.outcomes.failed += 1
      logger.warn(
        { err: error, directory },
        'no checkpoint could be written; state.directory has to be writable',
      )
    }
  }

  async #setAside(problem: CheckpointProblem): Promise<void> {
    const { directory, logger } = this.#options
    this.outcomes.set_aside += 1
    const aside = join(directory, SET_ASIDE)
    logger.warn(
      { problem, file: this.#path, movedTo: aside },
      'the checkpoint cannot be used; windows start empty',
    )
    await rename(this.#path, aside).catch((error: unknown) => {
      logger.warn({ err: error }, 'the unusable checkpoint could not be moved away')
    })
  }
}
