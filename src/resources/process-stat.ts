/** Parses /proc/<pid>/stat, /proc/<pid>/status, /proc/<pid>/cmdline and /proc/stat (proc(5)). Pure. */

export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** Name of the program, at most 15 bytes; may hold spaces and brackets. */
  readonly comm: string
  readonly zombie: boolean
  /** Own CPU time, user and system, clock ticks. */
  readonly ownTicks: number
  /** CPU time of children that ended and were waited for, theirs included, clock ticks. */
  readonly waitedTicks: number
  readonly threads: number
  /** Clock ticks after boot; with the pid it names a process for good. */
  readonly startTicks: number
}

/** USER_HZ: 100 on every Linux architecture that Node.js runs on, whatever the kernel's own tick is. */
export const TICKS_PER_SECOND = 100

/** `undefined` when the text is cut or no stat line. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The name may hold anything but ends at the last bracket; the fields after it are numbers but for the state.
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open === -1 || close < open) return undefined
  const rest = text
    .slice(close + 2)
    .trimEnd()
    .split(' ')
  // Field 3 (state) of proc(5) is rest[0].
  const field = (number: number): number => Number(rest[number - 3])
  const stat = {
    pid: Number(text.slice(0, open)),
    parent: field(4),
    comm: text.slice(open + 1, close),
    zombie: rest[0] === 'Z' || rest[0] === 'X',
    ownTicks: field(14) + field(15),
    waitedTicks: field(16) + field(17),
    threads: field(20),
    startTicks: field(22),
  }
  return Number.isNaN(
    stat.pid + stat.parent + stat.ownTicks + stat.waitedTicks + stat.startTicks + stat.threads,
  )
    ? undefined
    : stat
}

/** `VmRSS`, bytes. Not the pages of `stat`, whose size differs by machine; absent for kernel threads and zombies. */
export function parseResidentBytes(status: string): number | undefined {
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
}

/** Time of boot, seconds since the Unix epoch. */
export function parseBootTimeSeconds(stat: string): number | undefined {
  const seconds = /^btime (\d+)$/m.exec(stat)?.[1]
  return seconds === undefined ? undefined : Number(seconds)
}

/**
 * Whether a process goes by `name`: its comm (of which the kernel keeps 15 bytes), or the last part of the path of any
 * of its arguments, so that `serve.py` is found in `python3 -u /srv/serve.py --port 8080`.
 */
export function goesByName(name: string, comm: string, cmdline: string): boolean {
  if (comm === name.slice(0, 15)) return true
  return cmdline
    .split('\0')
    .some((argument) => argument !== '' && argument.slice(argument.lastIndexOf('/') + 1) === name)
}
