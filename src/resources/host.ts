/** CPU and memory of the machine, through systeminformation. */
import { currentLoad, mem } from 'systeminformation'
import type { HostResources } from './snapshot.ts'

export interface HostSampler {
  /** Never rejects; what cannot be read is absent. */
  readonly sample: () => Promise<HostResources>
}

export function createHostSampler(): HostSampler {
  // The first load is the mean since boot, which says nothing about now.
  let primed = false
  return {
    async sample() {
      const [load, memory] = await Promise.allSettled([currentLoad(), mem()])
      const utilization = load.status === 'fulfilled' && primed ? load.value.currentLoad / 100 : undefined
      primed = true
      return {
        ...(utilization === undefined || Number.isNaN(utilization)
          ? {}
          : { cpuUtilizationRatio: utilization }),
        ...(memory.status === 'fulfilled' && memory.value.total > 0
          ? {
              memoryUsedBytes: memory.value.total - memory.value.available,
              memoryTotalBytes: memory.value.total,
            }
          : {}),
      }
    },
  }
}
