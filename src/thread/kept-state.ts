/** What survives a restart: windows, bins and baselines, saved at an interval and at the end. Off without a directory. */
import { STATE_VERSION, type StatePart } from '../analysis/model-state.ts'
import type { ModelLabels } from '../analysis/model-labels.ts'
import type { ModelRegistry } from '../analysis/model-registry.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { SavedOffset } from '../sources/tail-offsets.ts'
import { Checkpoints } from '../state/checkpoints.ts'
import type { StateOptions } from '../state/options.ts'

/** A way in that goes on where it stopped: its place belongs to the same checkpoint as the rows from before it. */
export interface Follower {
  readonly offsets: () => readonly SavedOffset[]
  readonly hold: <Result>(work: () => Promise<Result>) => Promise<Result>
}

export interface KeptState {
  readonly checkpoints: Checkpoints
  /** Of the checkpoint that was taken up; undefined when there was none, or none in it. */
  readonly offsets: readonly SavedOffset[] | undefined
  /** From now on its offsets are part of every checkpoint. */
  readonly follow: (follower: Follower) => void
  /** Saves a last time. */
  readonly stop: () => Promise<void>
}

interface OffsetsPart {
  readonly kind: 'offsets'
  readonly offsets: readonly SavedOffset[]
}

export interface KeptStateDependencies {
  readonly registry: ModelRegistry
  readonly labels: ModelLabels
  readonly clock: Clock
  readonly logger: Logger
}

/** Takes up the last checkpoint, and saves from then on. Never rejects: without a checkpoint windows start empty. */
export async function keepState(
  { directory, interval }: StateOptions,
  { registry, labels, clock, logger }: KeptStateDependencies,
): Promise<KeptState | undefined> {
  if (directory === undefined) return undefined
  let follower: Follower | undefined
  let offsets: readonly SavedOffset[] | undefined
  const checkpoints = new Checkpoints({
    directory,
    clock,
    logger,
    source: {
      version: STATE_VERSION,
      *parts() {
        yield* registry.state()
        if (follower !== undefined) yield { kind: 'offsets', offsets: follower.offsets() }
      },
      restore: (parts) => {
        // The file is ours by its hash and its version, so its parts are what was written above.
        const known = parts as readonly (StatePart | OffsetsPart)[]
        offsets = known.find((part) => part.kind === 'offsets')?.offsets
        registry.restore(known.filter((part) => part.kind !== 'offsets'))
      },
    },
  })
  await checkpoints.load()
  // A restored model is a known one: its first failing request belongs to it, not to `other`.
  for (const { model, version } of registry.monitors) labels.label(model, version, true)
  const save = (): Promise<void> =>
    follower === undefined ? checkpoints.save() : follower.hold(() => checkpoints.save())
  const timer = setInterval(() => void save(), interval)
  return {
    checkpoints,
    offsets,
    follow: (source) => {
      follower = source
      // At once, so that a crash before the first interval has a place to go on from.
      void save()
    },
    stop: async () => {
      clearInterval(timer)
      await save()
    },
  }
}
