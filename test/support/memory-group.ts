/** A control group with a limit on memory, of either version, where this machine lets us make one. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface MemoryGroup {
  /** A shell line that moves the shell into the group. */
  readonly join: string
  /** How often the kernel killed a process of the group. */
  readonly kills: () => number
  readonly peakBytes: () => number
  readonly remove: () => void
}

const ROOT = '/sys/fs/cgroup'
/** The limit and the counters of each version. */
const VERSIONS = [
  {
    root: join(ROOT, 'memory'),
    limit: 'memory.limit_in_bytes',
    kills: 'memory.oom_control',
    peak: 'memory.max_usage_in_bytes',
  },
  { root: ROOT, limit: 'memory.max', kills: 'memory.events', peak: 'memory.peak' },
] as const

/** `undefined` where there is no such group: not root, or a file system that is read only. */
export function createMemoryGroup(name: string, bytes: number): MemoryGroup | undefined {
  for (const { root, limit, kills, peak } of VERSIONS) {
    const group = join(root, name)
    try {
      mkdirSync(group, { recursive: true })
      if (!existsSync(join(group, limit))) throw new Error('no controller of memory')
      writeFileSync(join(group, limit), String(bytes))
    } catch {
      remove(group)
      continue
    }
    const read = (file: string): string => readFileSync(join(group, file), 'latin1')
    return {
      join: `echo $$ > ${join(group, 'cgroup.procs')}`,
      kills: () => Number(/oom_kill (\d+)/.exec(read(kills))?.[1] ?? 0),
      peakBytes: () => (existsSync(join(group, peak)) ? Number(read(peak)) : Number.NaN),
      remove: () => remove(group),
    }
  }
  return undefined
}

function remove(group: string): void {
  try {
    rmdirSync(group)
  } catch {
    // It was never made, or a process has not left it yet.
  }
}
