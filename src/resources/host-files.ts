/** Parses /proc/stat and /proc/meminfo (proc(5)) for the whole machine. Pure. */
import type { HostResources } from './snapshot.ts'

/** Clock ticks of all cores since boot. */
export interface CpuTicks {
  readonly busy: number
  /** Includes waiting for a disk, because the core could have worked. */
  readonly idle: number
}

/** `undefined` without the line for all cores. */
export function parseCpuTicks(stat: string): CpuTicks | undefined {
  const line = /^cpu +(\d[\d ]*)$/m.exec(stat)?.[1]
  if (line === undefined) return undefined
  // Guest time is already part of user and nice. Old kernels have fewer columns.
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, stolen = 0] = line
    .split(' ')
    .map(Number)
  return { busy: user + nice + system + irq + softirq + stolen, idle: idle + wait }
}

/** Empty for kernels without the available memory (before 3.14). */
export function parseMemory(meminfo: string): Pick<HostResources, 'memoryUsedBytes' | 'memoryTotalBytes'> {
  const bytes = (name: string): number | undefined => {
    const kibibytes = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1]
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
  }
  const [total, available] = [bytes('MemTotal'), bytes('MemAvailable')]
  return total === undefined || available === undefined
    ? {}
    : { memoryUsedBytes: Math.max(0, total - available), memoryTotalBytes: total }
}
