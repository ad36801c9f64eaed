/** What survives a restart: windows, bins and baselines, saved at an interval and at the end. Off without a directory. */
import { STATE_VERSION, type StatePart } from '../analysis/model-state.ts'
import type { ModelLabels } from '../analysis/model-labels.ts'
import type { ModelRegistry } from '../analysis/model-registry.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { Checkpoints } from '../state/checkpoints.ts'
import type { StateOptions } from '../state/options.ts'

export interface KeptState {
  readonly checkpoints: Checkpoints
  /** Saves a last time. */
  readonly stop: () => Promise<void>
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
  const checkpoints = new Checkpoints({
    directory,
    clock,
    logger,
    source: {
      version: STATE_VERSION,
      parts: () => registry.state(),
      // The file is ours by its hash and its version, so its parts are what `state` wrote.
      restore: (parts) => registry.restore(parts as readonly StatePart[]),
    },
  })
  await checkpoints.load()
  // A restored model is a known one: its first failing request belongs to it, not to `other`.
  for (const { model, version } of registry.monitors) labels.label(model, version, true)
  const timer = setInterval(() => void checkpoints.save(), interval)
  return {
    checkpoints,
    stop: async () => {
      clearInterval(timer)
      await checkpoints.save()
    },
  }
}
