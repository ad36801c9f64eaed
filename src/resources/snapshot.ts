/**
 * CPU, memory and GPU data for the instruments: the immutable result of the latest samples. A field that could not be
 * measured is absent here and in the exposition, never guessed or 0. Counters (`…Total`) only grow while the sidecar
 * lives; a change of source does not decrease them.
 */

/** Source of the model's figures. `cgroup`: limits and pressure of its cgroup are readable too. */
export const RESOURCE_SOURCES = ['proc', 'cgroup', 'none'] as const
export type ResourceSource = (typeof RESOURCE_SOURCES)[number]

/** Why there are no figures; values of a bounded label. */
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
  /** Present only when `source` is `none`. */
  readonly failure?: ResourceFailure
  /** User and system CPU time in seconds of all processes ever in the tree; monotonic. */
  readonly cpuSecondsTotal?: number
  /** Sum of the resident set sizes in bytes. Shared pages count once for each process. */
  readonly memoryBytes?: number
  readonly processes?: number
  readonly threads?: number
  /** Established TCP or Unix connections at the upstream's listening address. */
  readonly openConnections?: number
  /** Number of replacements of the tree's root process since the sidecar started. */
  readonly restartsTotal?: number
  /** Start of the root process, seconds since the Unix epoch. */
  readonly startTimeSeconds?: number
  /** GPU memory of the processes in bytes, by GPU; empty when `nvidia-smi` does not report it. */
  readonly gpuMemory: readonly { readonly gpu: string; readonly uuid: string; readonly bytes: number }[]
  readonly cgroup?: CgroupResources
}

/** cgroup v2 of the model's container, readable only by the same user. An unlimited limit is absent. */
export interface CgroupResources {
  readonly memoryBytes?: number
  readonly memoryLimitBytes?: number
  /** In CPUs: 1.5 is one and a half cores. */
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

/** The machine or virtual machine of the sidecar, not the container's share of it. */
export interface HostResources {
  /** Share of non-idle time of all cores since the last sample, 0…1. */
  readonly cpuUtilizationRatio?: number
  /** Total minus available memory (reclaimable page cache does not count as used). */
  readonly memoryUsedBytes?: number
  readonly memoryTotalBytes?: number
}

/** One GPU, or one MIG instance of a GPU, as `nvidia-smi` reports it. */
export interface GpuResources {
  /** Index in `nvidia-smi`: `0`; for a MIG instance `0:1`, its GPU and its number. */
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
  /** Empty when `nvidia-smi` is missing, disabled, or timed out. */
  readonly gpus: readonly GpuResources[]
  /** Failed polls of `nvidia-smi` since the start, by reason; absent while GPUs are off. */
  readonly gpuFailures?: Readonly<Record<GpuFailure, number>>
}

export const GPU_FAILURES = ['timeout', 'exit-status', 'unreadable-output'] as const
export type GpuFailure = (typeof GPU_FAILURES)[number]

/** Before the first sample, and when resources are disabled. */
export const emptyResourceSnapshot: ResourceSnapshot = {
  takenEpochMs: 0,
  model: { up: false, source: 'none', failure: 'not-sampled', gpuMemory: [] },
  host: {},
  gpus: [],
}
