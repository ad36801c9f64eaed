/**
 * cgroup v2 of the model's container, through /proc/<pid>/root: readable by the same user only. Parsing is pure. A
 * cgroup that includes modeltap itself is not reported, because its figures would include both.
 */
import type { ProcFiles } from './proc-files.ts'
import type { CgroupResources } from './snapshot.ts'

const MICROSECONDS = 1e6

/** `key value` lines, as in cpu.stat and memory.events. */
export function parseFlatKeyed(text: string): ReadonlyMap<string, number> {
  const pairs = text.split('\n').map((line) => line.split(' '))
  return new Map(
    pairs.flatMap(([key, value]) => (key === undefined || value === undefined ? [] : [[key, Number(value)]])),
  )
}

/** `max 100000` or `150000 100000`: quota and period in microseconds → cores; `undefined` without a limit. */
export function parseCpuMax(text: string): number | undefined {
  const [quota, period] = text.trim().split(' ').map(Number)
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined
  return quota / period
}

/** A number; `undefined` for `max` and anything else. */
export function parseBytes(text: string): number | undefined {
  return /^\d+\n?$/.test(text) ? Number(text) : undefined
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=12345`: seconds by line (Documentation/accounting/psi.rst). */
export function parsePressure(text: string): { some: number | undefined; full: number | undefined } {
  const total = (line: 'some' | 'full'): number | undefined => {
    const microseconds = new RegExp(`^${line} .*\\btotal=(\\d+)$`, 'm').exec(text)?.[1]
    return microseconds === undefined ? undefined : Number(microseconds) / MICROSECONDS
  }
  return { some: total('some'), full: total('full') }
}

/** The path in the line of the unified hierarchy, `0::/path`; `undefined` under cgroup v1. */
export function parseCgroupPath(text: string): string | undefined {
  return /^0::(\/.*)$/m.exec(text)?.[1]
}

/** Directory of the cgroup, relative to /proc; `undefined` when unreadable, v1, or modeltap's own. */
export function findCgroup(files: ProcFiles, pid: number): string | undefined {
  const path = parseCgroupPath(files.read(`${pid}/cgroup`) ?? '')
  if (path === undefined || path === parseCgroupPath(files.read('self/cgroup') ?? '')) return undefined
  const mount = `${pid}/root/sys/fs/cgroup`
  // A container sees its own cgroup there. On a host it is the root, which has no limits, and the path leads to the
  // group.
  if (files.read(`${mount}/memory.max`) !== undefined) return mount
  const below = `${mount}${path}`
  return !path.includes('/..') && files.read(`${below}/memory.max`) !== undefined ? below : undefined
}

export function readCgroup(files: ProcFiles, directory: string): CgroupResources {
  const file = (name: string): string => files.read(`${directory}/${name}`) ?? ''
  const cpu = parseFlatKeyed(file('cpu.stat'))
  const seconds = (key: string): number | undefined => {
    const microseconds = cpu.get(key)
    return microseconds === undefined ? undefined : microseconds / MICROSECONDS
  }
  const memoryPressure = parsePressure(file('memory.pressure'))
  return present({
    memoryBytes: parseBytes(file('memory.current')),
    memoryLimitBytes: parseBytes(file('memory.max')),
    cpuLimitCores: parseCpuMax(file('cpu.max')),
    cpuSecondsTotal: seconds('usage_usec'),
    cpuThrottledSecondsTotal: seconds('throttled_usec'),
    cpuPeriodsTotal: cpu.get('nr_periods'),
    cpuThrottledPeriodsTotal: cpu.get('nr_throttled'),
    memoryPressureSomeSecondsTotal: memoryPressure.some,
    memoryPressureFullSecondsTotal: memoryPressure.full,
    cpuPressureSomeSecondsTotal: parsePressure(file('cpu.pressure')).some,
    oomKillsTotal: parseFlatKeyed(file('memory.events')).get('oom_kill'),
  })
}

type Present<T> = { -readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** Removes undefined and non-numeric fields, so that they are absent. */
function present<T extends Readonly<Record<string, number | undefined>>>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => Number.isFinite(value)),
  ) as Present<T>
}
