/**
 * What survives a restart: windows, bins and baselines, saved at an interval, when a baseline is learned, and at the end.
 * With `state.directory` it survives the process, without one the analysis thread.
 */
import type { ModelLabels } from '../analysis/model-labels.ts'
import type { ModelRegistry } from '../analysis/model-registry.ts'
import { STATE_VERSION, type StatePart, withoutCounters } from '../analysis/model-state.ts'
import { columnPartShape, modelPartShape } from '../analysis/model-state-shape.ts'
import { type RoutePart, routePartShape } from '../analysis/route-state.ts'
import type { RouteTable } from '../calls/route-table.ts'
import { Checkpoints } from '../checkpoints/checkpoints.ts'
import { oneOf, record, type Shape } from '../checkpoints/shape.ts'
import { folderStore, lockedStore, memoryStore } from '../checkpoints/store.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startInterval } from '../lib/timers.ts'
import type { Resume } from '../sources/source.ts'

export interface KeptState {
  readonly checkpoints: Checkpoints
  /** Where each source stopped, by its name, as the checkpoint says that was taken up. */
  readonly places: ReadonlyMap<string, unknown>
  /** From now on the place of this source is part of every checkpoint: it belongs to the rows from before it. */
  readonly follow: (source: string, resume: Resume) => void
  /** Whether `state.directory` is configured. */
  readonly isConfigured: boolean
  /** The folder that another process had is free, and this process has it now. */
  readonly useDirectory: (directory: string) => void
  /** Saves at once: something was learned that would take long to learn again. */
  readonly save: () => Promise<void>
  /** Saves a last time. */
  readonly stop: () => Promise<void>
}

export interface KeptStateOptions {
  /** Where this process alone keeps its state. */
  readonly directory: string | undefined
  /** `state.directory` is configured, and another process has it. */
  readonly isLocked: boolean
  readonly intervalMs: number
  /** What the thread before kept in memory. */
  readonly last: SharedArrayBuffer | undefined
  readonly keepInMemory: (checkpoint: SharedArrayBuffer) => void
  /** What is there is set aside: the thread before may have ended because of it. */
  readonly withoutState: boolean
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
  readonly routes: RouteTable
  readonly clock: Clock
  readonly logger: Logger
}

const PART_SHAPES: Readonly<Record<string, Shape<unknown>>> = {
  model: modelPartShape,
  column: columnPartShape,
  route: routePartShape,
  // Each source looks at its own place.
  offsets: record<{ kind: 'offsets' }>({ kind: oneOf('offsets') }),
  end: record<EndPart>({ kind: oneOf('end') }),
}

/** What is wrong with the parts of a checkpoint. */
export function checkParts(parts: readonly unknown[]): string | undefined {
  let mayBeColumn = false
  for (const [index, part] of parts.entries()) {
    const path = `part ${index}`
    const kind = (part as { kind?: unknown } | null | undefined)?.kind
    if (typeof kind !== 'string' || !Object.hasOwn(PART_SHAPES, kind)) return `${path} is of no known kind`
    const problem = PART_SHAPES[kind]?.check(part, path)
    if (problem !== undefined) return problem
    if (kind === 'column' && !mayBeColumn) return `${path} is a column without a model`
    mayBeColumn = kind === 'model' || kind === 'column'
  }
  return undefined
}

/** Takes up the last checkpoint, and saves from then on. Never rejects: without a checkpoint windows start empty. */
export async function keepState(
  { directory, isLocked, intervalMs, last, keepInMemory, withoutState }: KeptStateOptions,
  { registry, labels, routes, clock, logger }: KeptStateDependencies,
): Promise<KeptState> {
  const memory = memoryStore(last, keepInMemory)
  const followed = new Map<string, Resume>()
  const places = new Map<string, unknown>()
  // Where the restored windows stand, until anything is read.
  let isStanding = false
  let isEnd = false
  const checkpoints = new Checkpoints({
    store: directory !== undefined ? folderStore(directory) : isLocked ? lockedStore(memory) : memory,
    clock,
    logger,
    source: {
      version: STATE_VERSION,
      *parts() {
        yield* registry.state()
        for (const route of routes.kept()) yield { kind: 'route', ...route } satisfies RoutePart
        const reached = new Map(isStanding ? places : [])
        for (const [source, { place }] of followed) reached.set(source, place())
        for (const [source, offsets] of reached) yield { kind: 'offsets', source, offsets }
        if (isEnd) yield { kind: 'end' }
      },
      check: checkParts,
      reset: () => {
        registry.reset()
        routes.reset()
        places.clear()
      },
      restore: (parts) => {
        // Checked above.
        const known = parts as readonly (StatePart | RoutePart | PlacePart | EndPart)[]
        for (const part of known) if (part.kind === 'offsets') places.set(part.source ?? 'tail', part.offsets)
        const wasEnd = known.some((part) => part.kind === 'end')
        const models = known.filter((part) => part.kind === 'model' || part.kind === 'column')
        registry.restore(wasEnd ? models : models.map(withoutCounters))
        routes.restore(known.filter((part) => part.kind === 'route'))
      },
    },
  })
  // An end is taken up once: after a crash from here on it is none any more.
  if (withoutState) await checkpoints.setAside('the analysis thread ended before it was ready')
  else if ((await checkpoints.load()) === 'restored') {
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
  const timer = startInterval(() => void save(), intervalMs)
  return {
    checkpoints,
    places,
    isConfigured: directory !== undefined || isLocked,
    useDirectory: (free) => {
      checkpoints.moveTo(folderStore(free))
      void save()
    },
    save,
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
