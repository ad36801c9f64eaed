/** Parses /proc/<pid>/stat, /proc/<pid>/status, /proc/<pid>/cmdline and /proc/stat (proc(5)). Pure. */

export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** Name of the program, at most 15 bytes; may contain spaces and brackets. */
  readonly comm: string
  readonly zombie: boolean
  /** Own CPU time, user and system, clock ticks. */
  readonly ownTicks: number
  /** CPU time of ended and waited-for children, including their own children, in clock ticks. */
  readonly waitedTicks: number
  readonly threads: number
  /** Clock ticks after boot; together with the pid it identifies a process. */
  readonly startTicks: number
}

/** USER_HZ: 100 on every Linux architecture of Node.js, whatever the kernel's own tick. */
export const TICKS_PER_SECOND = 100

/** `undefined` when the text is truncated or not a stat line. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The name may contain anything but ends at the last bracket; the fields after it are numbers except the state.
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

/**
 * `VmRSS` in bytes. Not the pages of `stat`, because their size depends on the machine; absent for kernel threads and
 * zombies.
 */
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
 * Whether a process matches `name`: its comm (limited to 15 bytes by the kernel), or the last path component of any
 * argument, so `serve.py` matches `python3 -u /srv/serve.py --port 8080`.
 */
export function goesByName(name: string, comm: string, cmdline: string): boolean {
  if (comm === name.slice(0, 15)) return true
  return cmdline
    .split('\0')
    .some((argument) => argument !== '' && argument.slice(argument.lastIndexOf('/') + 1) === name)
}
