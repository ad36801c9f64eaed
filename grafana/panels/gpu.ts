/** NVIDIA GPUs, as modeltap reads them from nvidia-smi. */
import { metric } from '../../src/instruments/catalogue.ts'
import type { MetricDescriptor } from '../../src/instruments/metric.ts'
import { ratio, series, thresholdOf } from '../selectors.ts'
import { timeseries } from '../visuals/timeseries.ts'

export const NO_GPU = 'No NVIDIA GPU visible'
const LEGEND = 'GPU {{gpu}} {{name}} {{pod}} {{instance}}'
const perGpu = (expr: string): string => `max by (pod, instance, gpu, name) (${expr})`
const gpu = (descriptor: MetricDescriptor): string => series(descriptor, 'target')

export const gpuUtilization = () =>
  timeseries({
    title: 'GPU busy',
    description:
      'Share of the time in which at least one kernel ran, and in which memory was read or written. 100 % does not mean that the GPU is full, only that it was never idle. High memory traffic with little compute means that the model waits for its weights. Metrics: `modeltap_gpu_utilization_ratio`, `modeltap_gpu_memory_utilization_ratio`.',
    unit: 'percentunit',
    max: 1,
    noValue: NO_GPU,
    targets: [
      { expr: perGpu(gpu(metric.gpuUtilization)), legend: LEGEND },
      { expr: perGpu(gpu(metric.gpuMemoryUtilization)), legend: `memory of ${LEGEND}` },
    ],
  })

export const gpuMemory = () =>
  timeseries({
    title: 'GPU memory',
    description:
      'Share of the memory of each GPU that is in use. Servers reserve much of it on purpose; above 97 % ModelGpuMemorySaturated fires. Metrics: `modeltap_gpu_memory_used_bytes`, `modeltap_gpu_memory_total_bytes`.',
    unit: 'percentunit',
    max: 1,
    noValue: NO_GPU,
    targets: [
      { expr: perGpu(ratio(gpu(metric.gpuMemoryUsed), gpu(metric.gpuMemoryTotal))), legend: LEGEND },
      {
        expr: thresholdOf('gpu_memory_utilization:max', gpu(metric.gpuMemoryUsed), 'namespace'),
        legend: 'threshold',
      },
    ],
  })

export const gpuMemoryOfModel = () =>
  timeseries({
    title: 'GPU memory of the model',
    description:
      "GPU memory of the model server's processes, if nvidia-smi reports it by process (inside containers it usually does not). Metric: `modeltap_model_gpu_memory_bytes`.",
    unit: 'bytes',
    noValue: 'Not told by process',
    targets: [
      {
        expr: `sum by (model, pod, instance, gpu) (${series(metric.modelGpuMemory, 'model')})`,
        legend: '{{model}} GPU {{gpu}} {{pod}} {{instance}}',
      },
    ],
  })

export const gpuPower = () =>
  timeseries({
    title: 'GPU power',
    description:
      'Power consumption of each GPU. At its limit the GPU reduces its clock. Metrics: `modeltap_gpu_power_watts`, `modeltap_gpu_power_limit_watts`.',
    size: 'quarter',
    unit: 'watt',
    noValue: NO_GPU,
    targets: [
      { expr: perGpu(gpu(metric.gpuPower)), legend: LEGEND },
      { expr: `min(${gpu(metric.gpuPowerLimit)})`, legend: 'threshold: limit' },
    ],
  })

export const gpuTemperature = () =>
  timeseries({
    title: 'GPU temperature',
    description:
      'Temperature of the core. From the upper eighties on, most GPUs reduce their clock. Metric: `modeltap_gpu_temperature_celsius`.',
    size: 'quarter',
    unit: 'celsius',
    noValue: NO_GPU,
    targets: [{ expr: perGpu(gpu(metric.gpuTemperature)), legend: LEGEND }],
  })

export const gpuClock = () =>
  timeseries({
    title: 'GPU clock',
    description:
      'Clock of the multiprocessors. A drop under load indicates heat or the power limit. Metric: `modeltap_gpu_sm_clock_hertz`.',
    size: 'quarter',
    unit: 'hertz',
    noValue: NO_GPU,
    targets: [{ expr: perGpu(gpu(metric.gpuClock)), legend: LEGEND }],
  })

export const gpuErrors = () =>
  timeseries({
    title: 'GPU errors',
    description:
      'Memory errors that could not be corrected, and failed calls of nvidia-smi, within the interval. Check the card after a single uncorrectable error. Metrics: `modeltap_gpu_ecc_uncorrected_errors_total`, `modeltap_gpu_read_failures_total`.',
    size: 'quarter',
    unit: 'short',
    decimals: 0,
    noValue: NO_GPU,
    targets: [
      {
        expr: perGpu(`increase(${gpu(metric.gpuEccErrors)}[$__rate_interval])`),
        legend: `memory of ${LEGEND}`,
      },
      {
        expr: `sum by (pod, instance, reason) (increase(${gpu(metric.gpuFailures)}[$__rate_interval]))`,
        legend: 'not read: {{reason}} {{pod}} {{instance}}',
      },
    ],
  })
