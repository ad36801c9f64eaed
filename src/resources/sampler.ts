/**
 * Samples the model's processes, the host and the GPUs every few seconds and stores the latest result, so that scrapes
 * never wait. Nothing here throws or blocks: unavailable values are absent, with the reason.
 */
import type { Address } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startTimer, type Timer } from '../lib/timers.ts'
import { createGpuSampler, type GpuSampler } from './gpus.ts'
import { createHostSampler, type HostSampler } from './host.ts'
import { ModelSampler } from './model.ts'
import type { GpuProcess } from './nvidia-smi.ts'
import type { ResourcesOptions } from './options.ts'
import { ProcFiles } from './proc-files.ts'
import { type RunProgram, runProgram } from './run-program.ts'
import {
  emptyResourceSnapshot,
  type GpuResources,
  type ModelResources,
  type ResourceFailure,
  type ResourceSnapshot,
} from './snapshot.ts'

export interface ResourceSamplerOptions {
  /** Addresses of the model server; empty when not configured. */
  readonly upstreams: readonly Address[]
  readonly options: ResourcesOptions
  readonly clock: Clock
  readonly logger: Logger
  /** The sampled machine; this one by default. */
  readonly machine?: Partial<Machine>
}

export interface Machine {
  readonly files: ProcFiles
  readonly host: HostSampler
  readonly run: RunProgram
  readonly ownPid: number
}

export interface ResourceSampler {
  /** Takes the first sample immediately, then one at each interval. */
  readonly start: () => void
  readonly stop: () => void
  readonly snapshot: () => ResourceSnapshot
  /** Samples processes and host; never rejects. `start` calls it. */
  readonly sample: () => Promise<void>
  /** Samples the GPUs, which may take seconds; never rejects. `start` calls it. */
  readonly sampleGpus: () => Promise<void>
}

export function createResourceSampler(settings: ResourceSamplerOptions): ResourceSampler {
  const { upstreams, options, clock, logger, machine } = settings
  const files = machine?.files ?? new ProcFiles()
  const host = machine?.host ?? createHostSampler(files)
  const model = new ModelSampler({
    files,
    upstreams,
    pid: options.pid,
    name: options.name,
    ownPid: machine?.ownPid ?? process.pid,
  })
  const gpus =
    options.gpu === 'off'
      ? undefined
      : createGpuSampler({ mode: options.gpu, run: machine?.run ?? runProgram, logger })
  let latest = emptyResourceSnapshot
  let pids: ReadonlySet<number> = new Set()

  async function sample(): Promise<void> {
    const seen = model.sample()
    announce(logger, latest.model, seen.resources)
    pids = seen.pids
    latest = { ...latest, takenEpochMs: clock.epochMs(), model: seen.resources }
    latest = { ...latest, host: await host.sample() }
  }

  const timers = new Map<string, Timer>()
  function every(name: string, look: () => Promise<void>, delayMs: () => number | undefined): void {
    const again = (): void => {
      const delay = delayMs()
      // Does not keep the process alive.
      if (delay !== undefined && timers.has(name))
        timers.set(name, startTimer(turn, delay, { keepsAlive: false }))
    }
    const turn = (): void => void look().then(again)
    timers.set(name, startTimer(turn, 0, { keepsAlive: false }))
  }

  return {
    start() {
      every('processes', sample, () => options.interval)
      if (gpus === undefined) return
      every('gpus', gpus.sample, () => (gpus.active() ? options.gpuInterval * gpus.intervals() : undefined))
    },
    stop() {
      for (const timer of timers.values()) timer.cancel()
      timers.clear()
    },
    snapshot: () => (gpus === undefined ? latest : withGpus(latest, gpus, pids)),
    sample,
    sampleGpus: async () => gpus?.sample(),
  }
}

const NAMESPACE = 'A sidecar sees other containers’ processes with shareProcessNamespace: true in the pod.'
const HINTS: Readonly<Record<ResourceFailure, string>> = {
  'no-proc': 'This system has no /proc.',
  'remote-upstream':
    'The model server runs on another machine or in another container; its metrics have to come from there.',
  'not-listening': 'Nothing listens at the upstream’s address yet.',
  'owner-hidden': `Say which process it is with resources.name or resources.pid. ${NAMESPACE}`,
  'pid-gone': 'No process has the configured resources.pid.',
  'name-not-found': `No process goes by the configured resources.name. ${NAMESPACE}`,
  'not-sampled': '',
}

function announce(logger: Logger, before: ModelResources, now: ModelResources): void {
  if (before.source === now.source && before.failure === now.failure) return
  if (now.failure === undefined) {
    logger.info(
      { source: now.source, processes: now.processes },
      'reading CPU and memory of the model server',
    )
    return
  }
  const hint = HINTS[now.failure]
  logger.info({ reason: now.failure, hint }, 'cannot read CPU and memory of the model server')
}

function withGpus(
  snapshot: ResourceSnapshot,
  sampler: GpuSampler,
  pids: ReadonlySet<number>,
): ResourceSnapshot {
  const { gpus, processes } = sampler.state()
  const model = { ...snapshot.model, gpuMemory: gpuMemory(gpus, processes, pids) }
  return { ...snapshot, model, gpus, ...(sampler.active() ? { gpuFailures: sampler.failures() } : {}) }
}

function gpuMemory(
  gpus: readonly GpuResources[],
  processes: readonly GpuProcess[],
  pids: ReadonlySet<number>,
): ModelResources['gpuMemory'] {
  return gpus.flatMap(({ gpu, uuid }) => {
    const own = processes.filter((process) => process.uuid === uuid && pids.has(process.pid))
    return own.length === 0
      ? []
      : [{ gpu, uuid, bytes: own.reduce((total, { memoryBytes }) => total + memoryBytes, 0) }]
  })
}
