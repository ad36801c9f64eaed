/** A /proc in a temporary directory, with the processes that a test puts there. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ProcFiles } from '../../src/resources/proc-files.ts'

export interface FakeProcess {
  readonly pid: number
  readonly parent: number
  readonly comm?: string
  readonly cmdline?: string
  readonly ticks?: number
  readonly waitedTicks?: number
  readonly startTicks?: number
  readonly threads?: number
  readonly residentKibibytes?: number
  /** Inodes of its sockets; `hidden` when its descriptors cannot be read. */
  readonly sockets?: readonly number[] | 'hidden'
  readonly cgroup?: string
  /** Files below its root, by path. */
  readonly root?: Readonly<Record<string, string>>
}

const TCP_HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'

/** A line of /proc/net/tcp. */
export function tcpLine(port: number, state: 'listen' | 'established', { inode = 0, uid = 0 } = {}): string {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const code = state === 'listen' ? '0A' : '01'
  return `   0: ${local} 0100007F:0000 ${code} 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0 100 0 0 10 0\n`
}

export class FakeProc {
  readonly directory = mkdtempSync(join(tmpdir(), 'modeltap-proc-'))
  readonly files = new ProcFiles(this.directory)

  constructor() {
    this.write('stat', 'cpu  1 2 3\nbtime 1700000000\n')
    this.write('self/cgroup', '0::/\n')
    this.tcp('')
  }

  write(path: string, text: string): void {
    const file = join(this.directory, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  tcp(lines: string): void {
    this.write('net/tcp', TCP_HEADER + lines)
  }

  put(process: FakeProcess): void {
    const { pid, parent, comm = 'server', cmdline = comm, ticks = 0, waitedTicks = 0 } = process
    const {
      startTicks = pid,
      threads = 1,
      residentKibibytes = 1000,
      sockets = [],
      cgroup = '0::/\n',
    } = process
    const fields = `S ${parent} 1 1 0 -1 4194560 0 0 0 0 ${ticks} 0 ${waitedTicks} 0 20 0 ${threads} 0 ${startTicks} 0 0`
    this.write(`${pid}/stat`, `${pid} (${comm}) ${fields}\n`)
    this.write(`${pid}/status`, `Name:\t${comm}\nVmRSS:\t${residentKibibytes} kB\n`)
    this.write(`${pid}/cmdline`, cmdline)
    this.write(`${pid}/cgroup`, cgroup)
    for (const [path, text] of Object.entries(process.root ?? {})) this.write(`${pid}/root/${path}`, text)
    rmSync(join(this.directory, `${pid}/fd`), { recursive: true, force: true })
    if (sockets === 'hidden') return
    mkdirSync(join(this.directory, `${pid}/fd`))
    for (const [index, inode] of sockets.entries()) {
      symlinkSync(`socket:[${inode}]`, join(this.directory, `${pid}/fd/${index}`))
    }
  }

  end(pid: number): void {
    rmSync(join(this.directory, String(pid)), { recursive: true })
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
