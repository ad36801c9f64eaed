/**
 * CPU and memory of the machine: from two files in /proc on Linux, otherwise through systeminformation.
 * systeminformation is not used on Linux, because it runs a shell for each read (`cat /proc/stat | grep cpu`, while the
 * thread waits; the image has no shell) and takes 11 MiB of memory to load.
 */
import { type CpuTicks, parseCpuTicks, parseMemory } from './host-files.ts'
import type { ProcFiles } from './proc-files.ts'
import type { HostResources } from './snapshot.ts'

export interface HostSampler {
  /** Never rejects; unreadable values are absent. */
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

/** `undefined` within one tick, and when the counters decrease (the kernel allows this for `iowait`). */
function utilization(before: CpuTicks, now: CpuTicks): number | undefined {
  const busy = now.busy - before.busy
  const all = busy + now.idle - before.idle
  return busy < 0 || all <= 0 ? undefined : Math.min(1, busy / all)
}

export function systemInformationSampler(): HostSampler {
  // The first load is the mean since boot, not the current one.
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
