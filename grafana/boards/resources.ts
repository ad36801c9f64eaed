/** What the model server uses of its container, its host and its GPUs. */
import type { Board } from '../board.ts'
import * as gpu from '../panels/gpu.ts'
import * as others from '../panels/other-exporters.ts'
import * as resources from '../panels/resources.ts'

export const resourcesBoard: Board = {
  uid: 'modeltap-resources',
  title: 'Resources',
  description: 'CPU, memory and GPUs of the model server: usage, limits and throttling.',
  deepestVariable: 'model',
  from: 'now-1h',
  rows: [
    {
      title: 'Model server',
      panels: [
        resources.modelCpu(),
        resources.modelMemory(),
        resources.utilization(),
        resources.throttling(),
        resources.processes(),
        resources.restarts(),
      ],
    },
    {
      title: 'GPU',
      panels: [
        gpu.gpuUtilization(),
        gpu.gpuMemory(),
        gpu.gpuMemoryOfModel(),
        gpu.gpuPower(),
        gpu.gpuTemperature(),
        gpu.gpuClock(),
        gpu.gpuErrors(),
      ],
    },
    {
      title: 'Host and sources',
      panels: [resources.hostCpu(), resources.hostMemory(), resources.resourceSources()],
    },
    {
      title: 'As others see it: cAdvisor and dcgm-exporter, where they are scraped',
      collapsed: true,
      panels: [others.cadvisorCpu(), others.cadvisorMemory(), others.dcgmUtilization()],
    },
  ],
}
