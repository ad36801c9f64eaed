/**
 * State that survives a restart: windows, bins and baselines, saved at an interval, when a baseline is learned, and at
 * shutdown. With `state.directory` it survives the process, without it only the analysis thread.
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
  /** Positions of the sources, by name, from the restored checkpoint. */
  readonly places: ReadonlyMap<string, unknown>
  /** From now on, the position of this source is part of every checkpoint: it belongs to the rows before it. */
  readonly follow: (source: string, resume: Resume) => void
  /** Whether `state.directory` is configured. */
  readonly isConfigured: boolean
  /** Another process has released the directory, and this process owns it now. */
  readonly useDirectory: (directory: string) => void
  /** Saves immediately after something was learned that takes long to learn again. */
  readonly save: () => Promise<void>
  /** Saves a last time. */
  readonly stop: () => Promise<void>
}

export interface KeptStateOptions {
  /** Directory of the state, owned by this process. */
  readonly directory: string | undefined
  /** `state.directory` is configured, but another process owns it. */
  readonly isLocked: boolean
  readonly intervalMs: number
  /** The checkpoint in memory from the previous thread. */
  readonly last: SharedArrayBuffer | undefined
  readonly keepInMemory: (checkpoint: SharedArrayBuffer) => void
  /** The existing state is set aside: the previous thread may have crashed because of it. */
  readonly withoutState: boolean
}

/** The position in a source. */
interface PlacePart {
  readonly kind: 'offsets'
  /** Absent in checkpoints of earlier versions, which only have `tail`. */
  readonly source?: string
  readonly offsets: unknown
}

/** Nothing followed this checkpoint, so counters continue from their last values. */
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
  // Each source validates its own position.
  offsets: record<{ kind: 'offsets' }>({ kind: oneOf('offsets') }),
  end: record<EndPart>({ kind: oneOf('end') }),
}

/** The problem of a checkpoint's parts. */
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

/** Restores the last checkpoint, and saves from then on. Never rejects: without a checkpoint, windows start empty. */
export async function keepState(
  { directory, isLocked, intervalMs, last, keepInMemory, withoutState }: KeptStateOptions,
  { registry, labels, routes, clock, logger }: KeptStateDependencies,
): Promise<KeptState> {
  const memory = memoryStore(last, keepInMemory)
  const followed = new Map<string, Resume>()
  const places = new Map<string, unknown>()
  // Position of the restored windows, until anything is read.
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
        // Validated above.
        const known = parts as readonly (StatePart | RoutePart | PlacePart | EndPart)[]
        for (const part of known) if (part.kind === 'offsets') places.set(part.source ?? 'tail', part.offsets)
        const wasEnd = known.some((part) => part.kind === 'end')
        const models = known.filter((part) => part.kind === 'model' || part.kind === 'column')
        registry.restore(wasEnd ? models : models.map(withoutCounters))
        routes.restore(known.filter((part) => part.kind === 'route'))
      },
    },
  })
  // An end applies only once: after a later crash it is no longer the end.
  if (withoutState) await checkpoints.setAside('the analysis thread ended before it was ready')
  else if ((await checkpoints.load()) === 'restored') {
    isStanding = true
    await checkpoints.save()
    isStanding = false
  }
  // A restored model is a known one: its first failing request belongs to it, not to `other`.
  for (const { model, version, protocol } of registry.monitors) labels.label(model, version, true, protocol)
  let saving = Promise.resolve()
  // All followed sources pause while their positions are saved.
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
      // Immediately, so that a crash before the first interval has a checkpoint to restore.
      void save()
    },
    stop: async () => {
      timer.cancel()
      // A checkpoint in progress started before the last rows arrived.
      await saving
      isEnd = true
      await save()
    },
  }
}
