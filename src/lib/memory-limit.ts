/** The memory limit of the container, as enforced by the kernel. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Without a limit, version 2 has `max` and version 1 a number above any machine's memory. */
const NO_LIMIT = 2 ** 50

/** In bytes; infinite without a limit. Limits of parent groups apply too. */
export function memoryLimit(root = '/sys/fs/cgroup', ownGroups = '/proc/self/cgroup'): number {
  let groups: string
  try {
    groups = readFileSync(ownGroups, 'latin1')
  } catch {
    return Number.POSITIVE_INFINITY
  }
  const limits = groups.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (controllers === '' && path !== undefined) return limitsAbove(root, path, 'memory.max')
    if (controllers?.split(',').includes('memory') === true && path !== undefined)
      return limitsAbove(join(root, 'memory'), path, 'memory.limit_in_bytes')
    return []
  })
  return Math.min(Number.POSITIVE_INFINITY, ...limits)
}

/**
 * Limits of the group and its parents. In a container the path may be the host's; the container's own group is then the
 * root.
 */
function limitsAbove(root: string, path: string, file: string): number[] {
  const limits: number[] = []
  for (let group = path; ; group = dirname(group)) {
    const limit = readLimit(join(root, group, file))
    if (limit !== undefined) limits.push(limit)
    if (group === '/') return limits
  }
}

function readLimit(path: string): number | undefined {
  try {
    const bytes = Number(readFileSync(path, 'latin1').trim())
    return bytes > 0 && bytes < NO_LIMIT ? bytes : undefined
  } catch {
    return undefined
  }
}
