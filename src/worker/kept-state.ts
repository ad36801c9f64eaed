/** What survives a restart: windows, bins and baselines, saved at an interval and at the end. Off without a directory. */
import { STATE_VERSION, withoutCounters, type StatePart } from '../analysis/model-state.ts'
import type { ModelLabels } from '../analysis/model-labels.ts'
import type { ModelRegistry } from '../analysis/model-registry.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startInterval } from '../lib/timers.ts'
import type { Resume } from '../sources/source.ts'
import { Checkpoints } from '../checkpoints/checkpoints.ts'
import type { StateOptions } from '../checkpoints/options.ts'

export interface KeptState {
  readonly checkpoints: Checkpoints
  /** Where each source stopped, by its name, as the checkpoint says that was taken up. */
  readonly places: ReadonlyMap<string, unknown>
  /** From now on the place of this source is part of every checkpoint: it belongs to the rows from before it. */
  readonly follow: (source: string, resume: Resume) => void
  /** Saves a last time. */
  readonly stop: () => Promise<void>
}

/** How far a source was read. */
interface PlacePart {
  readonly kind: 'offsets'
  /** Absent in checkpoints of earlier versions, which know `tail` alone. */
  readonly source?: string
  readonly offsets: unknown
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
  const followed = new Map<string, Resume>()
  const places = new Map<string, unknown>()
  // Where the restored windows stand, until anything is read.
  let isStanding = false
  let isEnd = false
  const checkpoints = new Checkpoints({
    directory,
    clock,
    logger,
    source: {
      version: STATE_VERSION,
      *parts() {
        yield* registry.state()
        const reached = new Map(isStanding ? places : [])
        for (const [source, { place }] of followed) reached.set(source, place())
        for (const [source, offsets] of reached) yield { kind: 'offsets', source, offsets }
        if (isEnd) yield { kind: 'end' }
      },
      restore: (parts) => {
        // The file is ours by its hash and its version, so its parts are what was written above.
        const known = parts as readonly (StatePart | PlacePart | EndPart)[]
        for (const part of known) if (part.kind === 'offsets') places.set(part.source ?? 'tail', part.offsets)
        const wasEnd = known.some((part) => part.kind === 'end')
        const models = known.filter((part) => part.kind === 'model' || part.kind === 'column')
        registry.restore(wasEnd ? models : models.map(withoutCounters))
      },
    },
  })
  // An end is taken up once: after a crash from here on it is none any more.
  if ((await checkpoints.load()) === 'restored') {
    isStanding = true
    await checkpoints.save()
    isStanding = false
  }
  // A restored model is a known one: its first failing request belongs to it, not to `other`.
  for (const { model, version } of registry.monitors) labels.label(model, version, true)
  let saving = Promise.resolve()
  // Every source that is followed stands still while its place is saved.
  const save = (): Promise<void> =>
    (saving = [...followed.values()].reduce<() => Promise<void>>(
      (work, { hold }) =>
        () =>
          hold(work),
      () => checkpoints.save(),
    )())
  const timer = startInterval(() => void save(), interval)
  return {
    checkpoints,
    places,
    follow: (source, resume) => {
      followed.set(source, resume)
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
