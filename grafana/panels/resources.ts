/** CPU, memory and the like of the model server, its container, its host. */
import { metric } from '../../src/instruments/catalogue.ts'
import { COLOR } from '../look.ts'
import { rate, ratio, series, thresholdOf } from '../selectors.ts'
import { stat } from '../visuals/stat.ts'
import { table } from '../visuals/table.ts'
import { timeseries } from '../visuals/timeseries.ts'

const NOT_FOUND = 'Process not found'
const NO_LIMIT = 'No limit known'
const perReplica = (expr: string): string => `sum by (model, pod, instance) (${expr})`

export const modelUp = () =>
  stat({
    title: 'Model server',
    description:
      'Whether modeltap can reach the model server on every selected replica. "Down" means at least one cannot be reached: see the runbook of ModelDown. Metric: `modeltap_model_up`.',
    unit: 'short',
    noValue: 'Unknown',
    sparkline: false,
    targets: [{ expr: `min(${series(metric.modelUp, 'model')})`, legend: 'up' }],
    texts: { 0: { text: 'Down', color: COLOR.bad }, 1: { text: 'Up', color: COLOR.good } },
  })

export const modelCpu = () =>
  timeseries({
    title: 'CPU of the model',
    description:
      "CPU cores used by the model server's processes, and the container's limit. Flat at the limit means throttling. Metrics: `modeltap_model_cpu_seconds_total`, `modeltap_model_cpu_limit_cores`.",
    unit: 'short',
    noValue: NOT_FOUND,
    targets: [
      { expr: perReplica(rate(series(metric.modelCpu, 'model'))), legend: '{{model}} {{pod}} {{instance}}' },
      { expr: `min(${series(metric.modelCpuLimit, 'model')})`, legend: 'threshold: limit' },
    ],
  })

export const modelMemory = () =>
  timeseries({
    title: 'Memory of the model',
    description:
      "Resident memory of the model server's processes, the memory charged to its container (including page cache), and the limit at which the kernel kills it. Steady growth under steady traffic is a leak. Metrics: `modeltap_model_memory_bytes`, `modeltap_model_cgroup_memory_bytes`, `modeltap_model_memory_limit_bytes`.",
    unit: 'bytes',
    noValue: NOT_FOUND,
    targets: [
      { expr: perReplica(series(metric.modelMemory, 'model')), legend: '{{model}} {{pod}} {{instance}}' },
      {
        expr: perReplica(series(metric.modelCgroupMemory, 'model')),
        legend: 'charged to the container {{pod}} {{instance}}',
      },
      { expr: `min(${series(metric.modelMemoryLimit, 'model')})`, legend: 'threshold: limit' },
    ],
  })

export const utilization = () =>
  timeseries({
    title: 'Share of the limits',
    description:
      "CPU and memory of the model as a share of its container's limits, fullest replica. Alerts begin at 90 %. Metrics: `modeltap_model_cpu_seconds_total`, `modeltap_model_memory_bytes` and their limits.",
    unit: 'percentunit',
    noValue: NO_LIMIT,
    targets: [
      {
        expr: `max by (model) (${ratio(rate(series(metric.modelCpu, 'model')), series(metric.modelCpuLimit, 'model'))})`,
        legend: 'CPU {{model}}',
      },
      {
        expr: `max by (model) (${ratio(series(metric.modelMemory, 'model'), series(metric.modelMemoryLimit, 'model'))})`,
        legend: 'memory {{model}}',
      },
      {
        expr: thresholdOf(
          'cpu_utilization:max',
          `(${series(metric.modelCpuLimit, 'model')} or ${series(metric.modelMemoryLimit, 'model')})`,
        ),
        legend: 'threshold',
      },
    ],
  })

export const throttling = () =>
  timeseries({
    title: 'Throttling and pressure',
    description:
      'Share of time in which the container was paused at its CPU limit, or a task waited for CPU or memory. A value steadily above zero adds latency. Metrics: `modeltap_model_cpu_throttled_seconds_total`, `modeltap_model_cpu_pressure_seconds_total`, `modeltap_model_memory_pressure_seconds_total`.',
    unit: 'percentunit',
    noValue: 'cgroup not readable',
    targets: [
      {
        expr: perReplica(rate(series(metric.modelCpuThrottled, 'model'))),
        legend: 'throttled {{pod}} {{instance}}',
      },
      {
        expr: perReplica(rate(series(metric.modelCpuPressure, 'model'))),
        legend: 'waiting for CPU {{pod}} {{instance}}',
      },
      {
        expr: perReplica(rate(series(metric.modelMemoryPressure, 'model'))),
        legend: 'waiting for memory {{pod}} {{instance}}',
      },
    ],
  })

export const processes = () =>
  timeseries({
    title: 'Processes, threads, connections',
    description:
      'Processes and threads of the model server and its open connections. Far more threads than CPUs in the limit are the usual cause of throttling. Metrics: `modeltap_model_processes`, `modeltap_model_threads`, `modeltap_model_open_connections`.',
    unit: 'short',
    noValue: NOT_FOUND,
    targets: [
      { expr: perReplica(series(metric.modelProcesses, 'model')), legend: 'processes {{pod}} {{instance}}' },
      { expr: perReplica(series(metric.modelThreads, 'model')), legend: 'threads {{pod}} {{instance}}' },
      {
        expr: perReplica(series(metric.modelOpenConnections, 'model')),
        legend: 'connections {{pod}} {{instance}}',
      },
    ],
  })

export const restarts = () =>
  timeseries({
    title: 'Restarts and kills',
    description:
      'Restarts of the model server, and out-of-memory kills, within the interval. Three restarts within half an hour alert. Metrics: `modeltap_model_restarts_total`, `modeltap_model_oom_kills_total`.',
    unit: 'short',
    decimals: 0,
    noValue: NOT_FOUND,
    targets: [
      {
        expr: perReplica(`increase(${series(metric.modelRestarts, 'model')}[$__rate_interval])`),
        legend: 'restarts {{pod}} {{instance}}',
      },
      {
        expr: perReplica(`increase(${series(metric.modelOomKills, 'model')}[$__rate_interval])`),
        legend: 'killed for memory {{pod}} {{instance}}',
      },
    ],
  })

const SOURCE_LABELS = 'model, source, reason'
const info = series(metric.modelResourcesInfo, 'model')

export const resourceSources = () =>
  table({
    title: 'Where these numbers come from',
    description:
      'How the processes of the model server were found, or why not: then set `resources.pid` or `resources.name`, or share the process namespace of the pod. The age is that of the youngest process. Metrics: `modeltap_model_resources_info`, `modeltap_model_start_timestamp_seconds`.',
    size: 'third',
    noValue: 'No modeltap',
    labels: [
      { label: 'model', header: 'Model' },
      { label: 'source', header: 'Source' },
      { label: 'reason', header: 'Reason' },
    ],
    values: [
      { header: 'Replicas', expr: `count by (${SOURCE_LABELS}) (${info})`, unit: 'short' },
      {
        header: 'Running for',
        expr: `min by (${SOURCE_LABELS}) ((time() - ${series(metric.modelStartTime, 'model')}) * on (job, instance, model) group_left (source, reason) ${info})`,
        unit: 's',
      },
    ],
    sortBy: 'Replicas',
  })

export const hostCpu = () =>
  timeseries({
    title: 'CPU of the host',
    description:
      'Busy share of all CPUs of the host. A busy host with an idle model is a noisy neighbour. Metric: `modeltap_host_cpu_utilization_ratio`.',
    unit: 'percentunit',
    max: 1,
    noValue: 'Not sampled',
    targets: [
      {
        expr: `max by (pod, instance) (${series(metric.hostCpu, 'target')})`,
        legend: '{{pod}} {{instance}}',
      },
    ],
  })

export const hostMemory = () =>
  timeseries({
    title: 'Memory of the host',
    description:
      'Used memory of the host, and its size. Metrics: `modeltap_host_memory_used_bytes`, `modeltap_host_memory_size_bytes`.',
    unit: 'bytes',
    noValue: 'Not sampled',
    targets: [
      {
        expr: `max by (pod, instance) (${series(metric.hostMemoryUsed, 'target')})`,
        legend: 'used {{pod}} {{instance}}',
      },
      { expr: `min(${series(metric.hostMemoryTotal, 'target')})`, legend: 'threshold: size' },
    ],
  })
