/** NVIDIA GPUs, as `nvidia-smi` reports them. */
import type { GpuResources } from '../resources/snapshot.ts'
import { type MetricDescriptor, observed } from './metric.ts'

type Words = Pick<MetricDescriptor, 'name' | 'unit' | 'help'> & { readonly type: 'counter' | 'gauge' }

function ofGpu(words: Words, read: (gpu: GpuResources) => number | undefined) {
  return observed({
    ...words,
    labels: ['gpu', 'uuid', 'name'],
    absence: 'Absent without a visible NVIDIA GPU, and for what the GPU or its MIG instance does not report.',
    collect: ({ resources }, emit) => {
      for (const gpu of resources.gpus) emit(read(gpu), gpu.gpu, gpu.uuid, gpu.name)
    },
  })
}

const gpuUtilization = ofGpu(
  {
    name: 'modeltap_gpu_utilization_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the time in which a kernel ran on the GPU, 0 to 1; 1 does not mean that the GPU is full.',
  },
  ({ utilizationRatio }) => utilizationRatio,
)

const gpuMemoryUtilization = ofGpu(
  {
    name: 'modeltap_gpu_memory_utilization_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the time in which memory of the GPU was read or written, 0 to 1; not its fill level.',
  },
  ({ memoryUtilizationRatio }) => memoryUtilizationRatio,
)

const gpuMemoryUsed = ofGpu(
  {
    name: 'modeltap_gpu_memory_used_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of the GPU that is in use, by all processes, in bytes.',
  },
  ({ memoryUsedBytes }) => memoryUsedBytes,
)

const gpuMemoryTotal = ofGpu(
  {
    name: 'modeltap_gpu_memory_total_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of the GPU, in bytes.',
  },
  ({ memoryTotalBytes }) => memoryTotalBytes,
)

const gpuTemperature = ofGpu(
  {
    name: 'modeltap_gpu_temperature_celsius',
    type: 'gauge',
    unit: 'celsius',
    help: 'Temperature of the GPU core, in degrees Celsius.',
  },
  ({ temperatureCelsius }) => temperatureCelsius,
)

const gpuPower = ofGpu(
  {
    name: 'modeltap_gpu_power_watts',
    type: 'gauge',
    unit: 'watts',
    help: 'Power that the GPU draws, in watts.',
  },
  ({ powerWatts }) => powerWatts,
)

const gpuPowerLimit = ofGpu(
  {
    name: 'modeltap_gpu_power_limit_watts',
    type: 'gauge',
    unit: 'watts',
    help: 'Power at which the GPU slows itself down, in watts.',
  },
  ({ powerLimitWatts }) => powerLimitWatts,
)

const gpuClock = ofGpu(
  {
    name: 'modeltap_gpu_sm_clock_hertz',
    type: 'gauge',
    unit: 'hertz',
    help: 'Clock of the streaming multiprocessors of the GPU, in hertz.',
  },
  ({ smClockHertz }) => smClockHertz,
)

const gpuEccErrors = ofGpu(
  {
    name: 'modeltap_gpu_ecc_uncorrected_errors_total',
    type: 'counter',
    unit: 'events',
    help: 'Memory errors of the GPU that could not be corrected since its driver was loaded.',
  },
  ({ eccUncorrectedErrorsTotal }) => eccUncorrectedErrorsTotal,
)

const gpuFailures = observed({
  name: 'modeltap_gpu_read_failures_total',
  type: 'counter',
  unit: 'events',
  labels: ['reason'],
  help: 'Failed runs of nvidia-smi, by reason.',
  absence: 'Absent when GPU metrics are off or nvidia-smi does not exist.',
  collect: ({ resources }, emit) => {
    for (const [reason, count] of Object.entries(resources.gpuFailures ?? {})) emit(count, reason)
  },
})

const modelGpuMemory = observed({
  name: 'modeltap_model_gpu_memory_bytes',
  type: 'gauge',
  unit: 'bytes',
  labels: ['model', 'gpu', 'uuid'],
  help: 'Memory of the GPU that the processes of the model server hold, in bytes.',
  absence: 'Absent where nvidia-smi does not report memory by process, which is usual inside containers.',
  collect: ({ resources, self }, emit) => {
    for (const { gpu, uuid, bytes } of resources.model.gpuMemory) emit(bytes, self.servedModel, gpu, uuid)
  },
})

/** In the order of the exposition. */
export const gpuMetrics = {
  gpuUtilization,
  gpuMemoryUtilization,
  gpuMemoryUsed,
  gpuMemoryTotal,
  gpuTemperature,
  gpuPower,
  gpuPowerLimit,
  gpuClock,
  gpuEccErrors,
  gpuFailures,
  modelGpuMemory,
} as const
