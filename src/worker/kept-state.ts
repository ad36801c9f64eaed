/** What survives a restart: windows, bins and baselines, saved at an interval and at the end. Off without a directory. */
import { STATE_VERSION, withoutCounters, type StatePart } from '../analysis/model-state.ts'
import type { ModelLabels } from '../analysis/model-labels.ts'
import type { ModelRegistry } from '../analysis/model-registry.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startInterval } from '../lib/timers.ts'
import type { SavedOffset } from '../sources/tail-offsets.ts'
import { Checkpoints } from '../checkpoints/checkpoints.ts'
import type { StateOptions } from '../checkpoints/options.ts'

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

/** Nothing came after this checkpoint, so that counters go on where they were seen last. */
interface EndPart {
  readonly kind: 'end'
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
  // Where the restored windows stand, until anything is read.
  let standing: readonly SavedOffset[] | undefined
  let isEnd = false
  const checkpoints = new Checkpoints({
    directory,
    clock,
    logger,
    source: {
      version: STATE_VERSION,
      *parts() {
        yield* registry.state()
        const reached = follower === undefined ? standing : follower.offsets()
        if (reached !== undefined) yield { kind: 'offsets', offsets: reached }
        if (isEnd) yield { kind: 'end' }
      },
      restore: (parts) => {
        // The file is ours by its hash and its version, so its parts are what was written above.
        const known = parts as readonly (StatePart | OffsetsPart | EndPart)[]
        offsets = known.find((part) => part.kind === 'offsets')?.offsets
        const wasEnd = known.some((part) => part.kind === 'end')
        const models = known.filter((part) => part.kind === 'model' || part.kind === 'column')
        registry.restore(wasEnd ? models : models.map(withoutCounters))
      },
    },
  })
  // An end is taken up once: after a crash from here on it is none any more.
  if ((await checkpoints.load()) === 'restored') {
    standing = offsets
    await checkpoints.save()
    standing = undefined
  }
  // A restored model is a known one: its first failing request belongs to it, not to `other`.
  for (const { model, version } of registry.monitors) labels.label(model, version, true)
  let saving = Promise.resolve()
  const save = (): Promise<void> =>
    (saving = follower === undefined ? checkpoints.save() : follower.hold(() => checkpoints.save()))
  const timer = startInterval(() => void save(), interval)
  return {
    checkpoints,
    offsets,
    follow: (source) => {
      follower = source
      // At once, so that a crash before the first interval has a place to go on from.
      void save()
    },
    stop: async () => {
      timer.cancel()
      // One that is being written began before the last rows came.
      await saving
      isEnd = true
      await save()
    },
  }
}
