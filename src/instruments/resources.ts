/** CPU and memory of the model's processes and of the machine. */
import type { CgroupResources, HostResources, ModelResources } from '../resources/snapshot.ts'
import { type MetricDescriptor, observed } from './metric.ts'

type Words = Pick<MetricDescriptor, 'name' | 'unit' | 'help'> & { readonly type: 'counter' | 'gauge' }

const unreadable =
  'Absent where the processes of the model cannot be read; modeltap_model_resources_info names the reason.'

function ofModel(words: Words, read: (model: ModelResources) => number | undefined, absence = unreadable) {
  return observed({
    ...words,
    labels: ['model'],
    absence,
    collect: ({ resources, self }, emit) => emit(read(resources.model), self.servedModel),
  })
}

function ofCgroup(words: Words, read: (cgroup: CgroupResources) => number | undefined) {
  return ofModel(
    words,
    ({ cgroup }) => (cgroup === undefined ? undefined : read(cgroup)),
    'Absent where the cgroup of the model cannot be read, or sets no such limit.',
  )
}

function ofHost(words: Words, read: (host: HostResources) => number | undefined) {
  return observed({
    ...words,
    labels: [],
    absence: 'Absent before the first sample, and where the system does not report it.',
    collect: ({ resources }, emit) => emit(read(resources.host)),
  })
}

const modelUp = observed({
  name: 'modeltap_model_up',
  type: 'gauge',
  unit: 'flag',
  labels: ['model'],
  help: 'Whether the model server accepts connections (1) or not (0).',
  absence: 'Absent before the first probe.',
  collect: ({ self }, emit) => {
    if (self.upstreamReachable !== undefined) emit(self.upstreamReachable ? 1 : 0, self.servedModel)
  },
})

const modelResourcesInfo = observed({
  name: 'modeltap_model_resources_info',
  type: 'gauge',
  unit: 'info',
  labels: ['model', 'source', 'reason'],
  help: 'Source of the CPU and memory metrics of the model (proc, cgroup or none), always 1; reason explains none.',
  absence: 'Never absent.',
  collect: ({ resources: { model }, self }, emit) =>
    emit(1, self.servedModel, model.source, model.failure ?? ''),
})

const modelCpu = ofModel(
  {
    name: 'modeltap_model_cpu_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'CPU time, user and system, of all processes of the model server, in seconds.',
  },
  ({ cpuSecondsTotal }) => cpuSecondsTotal,
)

const modelMemory = ofModel(
  {
    name: 'modeltap_model_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Resident memory of all processes of the model server, in bytes; shared pages count once per process.',
  },
  ({ memoryBytes }) => memoryBytes,
)

const modelProcesses = ofModel(
  {
    name: 'modeltap_model_processes',
    type: 'gauge',
    unit: 'processes',
    help: 'Processes of the model server.',
  },
  ({ processes }) => processes,
)

const modelThreads = ofModel(
  {
    name: 'modeltap_model_threads',
    type: 'gauge',
    unit: 'threads',
    help: 'Threads of all processes of the model server.',
  },
  ({ threads }) => threads,
)

const modelOpenConnections = ofModel(
  {
    name: 'modeltap_model_open_connections',
    type: 'gauge',
    unit: 'connections',
    help: 'Established connections at the listening address of the model server, whoever opened them.',
  },
  ({ openConnections }) => openConnections,
)

const modelRestarts = ofModel(
  {
    name: 'modeltap_model_restarts_total',
    type: 'counter',
    unit: 'events',
    help: 'Restarts of the model server since modeltap started: a new process took its place.',
  },
  ({ restartsTotal }) => restartsTotal,
)

const modelStartTime = ofModel(
  {
    name: 'modeltap_model_start_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the process of the model server started, seconds since the Unix epoch.',
  },
  ({ startTimeSeconds }) => startTimeSeconds,
)

const modelMemoryLimit = ofCgroup(
  {
    name: 'modeltap_model_memory_limit_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory that the container of the model may use before it is killed, in bytes.',
  },
  ({ memoryLimitBytes }) => memoryLimitBytes,
)

const modelCgroupMemory = ofCgroup(
  {
    name: 'modeltap_model_cgroup_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory that is charged to the container of the model, page cache included, in bytes; compare with the limit.',
  },
  ({ memoryBytes }) => memoryBytes,
)

const modelCpuLimit = ofCgroup(
  {
    name: 'modeltap_model_cpu_limit_cores',
    type: 'gauge',
    unit: 'cores',
    help: 'CPUs that the container of the model may use, in cores.',
  },
  ({ cpuLimitCores }) => cpuLimitCores,
)

const modelCpuThrottled = ofCgroup(
  {
    name: 'modeltap_model_cpu_throttled_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Time for which the CPU limit throttled the container of the model, in seconds.',
  },
  ({ cpuThrottledSecondsTotal }) => cpuThrottledSecondsTotal,
)

const modelMemoryPressure = ofCgroup(
  {
    name: 'modeltap_model_memory_pressure_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Time for which at least one task in the container of the model waited for memory, in seconds.',
  },
  ({ memoryPressureSomeSecondsTotal }) => memoryPressureSomeSecondsTotal,
)

const modelCpuPressure = ofCgroup(
  {
    name: 'modeltap_model_cpu_pressure_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Time for which at least one task in the container of the model waited for a CPU, in seconds.',
  },
  ({ cpuPressureSomeSecondsTotal }) => cpuPressureSomeSecondsTotal,
)

const modelOomKills = ofCgroup(
  {
    name: 'modeltap_model_oom_kills_total',
    type: 'counter',
    unit: 'events',
    help: 'Processes in the container of the model that the kernel killed for lack of memory.',
  },
  ({ oomKillsTotal }) => oomKillsTotal,
)

const hostCpu = ofHost(
  {
    name: 'modeltap_host_cpu_utilization_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of all cores of the machine that was busy since the last sample, 0 to 1.',
  },
  ({ cpuUtilizationRatio }) => cpuUtilizationRatio,
)

const hostMemoryUsed = ofHost(
  {
    name: 'modeltap_host_memory_used_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of the machine that is not available for new work, in bytes.',
  },
  ({ memoryUsedBytes }) => memoryUsedBytes,
)

const hostMemoryTotal = ofHost(
  {
    name: 'modeltap_host_memory_size_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of the machine, in bytes.',
  },
  ({ memoryTotalBytes }) => memoryTotalBytes,
)

/** In the order of the exposition. */
export const resourceMetrics = {
  modelUp,
  modelResourcesInfo,
  modelCpu,
  modelMemory,
  modelProcesses,
  modelThreads,
  modelOpenConnections,
  modelRestarts,
  modelStartTime,
  modelMemoryLimit,
  modelCgroupMemory,
  modelCpuLimit,
  modelCpuThrottled,
  modelMemoryPressure,
  modelCpuPressure,
  modelOomKills,
  hostCpu,
  hostMemoryUsed,
  hostMemoryTotal,
} as const
