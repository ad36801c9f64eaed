/**
 * What the instruments read about CPU, memory and GPUs: the immutable result of the latest samples. A field that is
 * absent could not be measured here and is absent from the exposition; nothing is guessed and nothing is 0 instead.
 * Counters (`…Total`) only grow for as long as the sidecar lives; one source may change to another without a step back.
 */

/** Where the figures of the model come from. `cgroup`: the limits and pressure of its cgroup are readable too. */
export const RESOURCE_SOURCES = ['proc', 'cgroup', 'none'] as const
export type ResourceSource = (typeof RESOURCE_SOURCES)[number]

/** Why there are no figures of the model; a bounded label. */
export const RESOURCE_FAILURES = [
  'no-proc',
  'remote-upstream',
  'not-listening',
  'owner-hidden',
  'pid-gone',
  'name-not-found',
  'not-sampled',
] as const
export type ResourceFailure = (typeof RESOURCE_FAILURES)[number]

/** The model server's process and all of its descendants. */
export interface ModelResources {
  /** At least one process of the model was seen at the last sample. */
  readonly up: boolean
  readonly source: ResourceSource
  /** Present exactly when `source` is `none`. */
  readonly failure?: ResourceFailure
  /** User and system CPU time, seconds, of all processes of the tree that were ever seen; monotonic. */
  readonly cpuSecondsTotal?: number
  /** Sum of the resident set sizes, bytes. Pages shared among the processes count once per process. */
  readonly memoryBytes?: number
  readonly processes?: number
  readonly threads?: number
  /** Established TCP or Unix connections at the upstream's listening address. */
  readonly openConnections?: number
  /** How often the root process of the tree was replaced by another one since the sidecar started. */
  readonly restartsTotal?: number
  /** Start of the root process, seconds since the Unix epoch. */
  readonly startTimeSeconds?: number
  /** Bytes of GPU memory that the processes hold, by GPU; empty where `nvidia-smi` does not tell. */
  readonly gpuMemory: readonly { readonly gpu: string; readonly uuid: string; readonly bytes: number }[]
  readonly cgroup?: CgroupResources
}

/** cgroup v2 of the model's container, readable only by the same user. An unlimited limit is absent. */
export interface CgroupResources {
  readonly memoryBytes?: number
  readonly memoryLimitBytes?: number
  /** CPUs, not a share: 1.5 is one and a half cores. */
  readonly cpuLimitCores?: number
  readonly cpuSecondsTotal?: number
  readonly cpuThrottledSecondsTotal?: number
  readonly cpuPeriodsTotal?: number
  readonly cpuThrottledPeriodsTotal?: number
  /** Seconds in which at least one (`some`) or every (`full`) task waited for memory or CPU. */
  readonly memoryPressureSomeSecondsTotal?: number
  readonly memoryPressureFullSecondsTotal?: number
  readonly cpuPressureSomeSecondsTotal?: number
  readonly oomKillsTotal?: number
}

/** The machine, or the virtual machine, that the sidecar runs on; not the container's share of it. */
export interface HostResources {
  /** Share of all cores that was not idle since the last sample, 0…1. */
  readonly cpuUtilizationRatio?: number
  /** Not available for new work: total − available (page cache that can be dropped is not used). */
  readonly memoryUsedBytes?: number
  readonly memoryTotalBytes?: number
}

/** One GPU, or one MIG instance of a GPU, as `nvidia-smi` reports it. */
export interface GpuResources {
  /** Index as `nvidia-smi` counts: `0`; of a MIG instance `0:1`, its GPU and its number. */
  readonly gpu: string
  readonly uuid: string
  readonly name: string
  /** Share of the time in which a kernel ran, 0…1; absent for MIG instances. */
  readonly utilizationRatio?: number
  /** Share of the time in which memory was read or written, 0…1. */
  readonly memoryUtilizationRatio?: number
  readonly memoryUsedBytes?: number
  readonly memoryTotalBytes?: number
  readonly temperatureCelsius?: number
  readonly powerWatts?: number
  readonly powerLimitWatts?: number
  readonly smClockHertz?: number
  /** Uncorrected ECC errors since the driver was loaded. */
  readonly eccUncorrectedErrorsTotal?: number
}

export interface ResourceSnapshot {
  /** Milliseconds since the Unix epoch; 0 before the first sample. */
  readonly takenEpochMs: number
  readonly model: ModelResources
  readonly host: HostResources
  /** Empty where `nvidia-smi` is absent, switched off, or has not answered within its time. */
  readonly gpus: readonly GpuResources[]
  /** Polls of `nvidia-smi` that gave nothing since the start, by reason; absent while GPUs are off. */
  readonly gpuFailures?: Readonly<Record<GpuFailure, number>>
}

export const GPU_FAILURES = ['timeout', 'exit-status', 'unreadable-output'] as const
export type GpuFailure = (typeof GPU_FAILURES)[number]

/** Before the first sample, and where resources are switched off. */
export const emptyResourceSnapshot: ResourceSnapshot = {
  takenEpochMs: 0,
  model: { up: false, source: 'none', failure: 'not-sampled', gpuMemory: [] },
  host: {},
  gpus: [],
}
