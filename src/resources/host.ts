/**
 * CPU and memory of the machine: two files of /proc, elsewhere through systeminformation. Not through it on Linux too,
 * because it runs a shell for each look (`cat /proc/stat | grep cpu`, while the thread waits; the image has no shell)
 * and takes 11 MiB of memory to load.
 */
import { type CpuTicks, parseCpuTicks, parseMemory } from './host-files.ts'
import type { ProcFiles } from './proc-files.ts'
import type { HostResources } from './snapshot.ts'

export interface HostSampler {
  /** Never rejects; what cannot be read is absent. */
  readonly sample: () => Promise<HostResources>
}

export function createHostSampler(files: ProcFiles): HostSampler {
  return files.read('meminfo') === undefined ? systemInformationSampler() : procSampler(files)
}

export function procSampler(files: ProcFiles): HostSampler {
  let before: CpuTicks | undefined
  return {
    async sample() {
      const now = parseCpuTicks(files.read('stat') ?? '')
      const load = before === undefined || now === undefined ? undefined : utilization(before, now)
      before = now
      return {
        ...(load === undefined ? {} : { cpuUtilizationRatio: load }),
        ...parseMemory(files.read('meminfo') ?? ''),
      }
    },
  }
}

/** `undefined` within one tick, and where the counters stepped back (the kernel lets `iowait` do so). */
function utilization(before: CpuTicks, now: CpuTicks): number | undefined {
  const busy = now.busy - before.busy
  const all = busy + now.idle - before.idle
  return busy < 0 || all <= 0 ? undefined : Math.min(1, busy / all)
}

export function systemInformationSampler(): HostSampler {
  // The first load is the mean since boot, which says nothing about now.
  let primed = false
  return {
    async sample() {
      const { currentLoad, mem } = await import('systeminformation')
      const [load, memory] = await Promise.allSettled([currentLoad(), mem()])
      const ratio = load.status === 'fulfilled' && primed ? load.value.currentLoad / 100 : undefined
      primed = true
      return {
        ...(ratio === undefined || Number.isNaN(ratio) ? {} : { cpuUtilizationRatio: ratio }),
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
