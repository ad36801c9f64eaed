/** The same pods as others see them: cAdvisor (part of every kubelet) and NVIDIA's dcgm-exporter. */
import { timeseries } from '../visuals/timeseries.ts'

const NOT_SCRAPED = 'Not scraped'
/** Their series carry the labels of the pod, not those of modeltap's target. */
const POD = 'cluster=~"$cluster", namespace=~"$namespace"'
const CONTAINERS = `${POD}, container!="", container!="POD"`

export const cadvisorCpu = () =>
  timeseries({
    title: 'CPU by container (cAdvisor)',
    description:
      'CPU cores used by every container of the namespace. Compare with "CPU of the model": a large difference is another process in the pod. Metric: `container_cpu_usage_seconds_total`.',
    unit: 'short',
    noValue: NOT_SCRAPED,
    targets: [
      {
        expr: `topk(10, sum by (pod, container) (rate(container_cpu_usage_seconds_total{${CONTAINERS}}[$__rate_interval])))`,
        legend: '{{pod}} {{container}}',
      },
    ],
  })

export const cadvisorMemory = () =>
  timeseries({
    title: 'Memory by container (cAdvisor)',
    description:
      'Working set of every container of the namespace: what the kernel compares with the limit. Metric: `container_memory_working_set_bytes`.',
    unit: 'bytes',
    noValue: NOT_SCRAPED,
    targets: [
      {
        expr: `topk(10, sum by (pod, container) (container_memory_working_set_bytes{${CONTAINERS}}))`,
        legend: '{{pod}} {{container}}',
      },
    ],
  })

export const dcgmUtilization = () =>
  timeseries({
    title: 'GPU by pod (dcgm-exporter)',
    description:
      'Busy share of the GPUs that were given to pods of the namespace. Shows GPUs that modeltap itself cannot see. Metric: `DCGM_FI_DEV_GPU_UTIL`.',
    unit: 'percentunit',
    max: 1,
    noValue: NOT_SCRAPED,
    targets: [
      { expr: `max by (pod, gpu) (DCGM_FI_DEV_GPU_UTIL{${POD}}) / 100`, legend: '{{pod}} GPU {{gpu}}' },
    ],
  })
