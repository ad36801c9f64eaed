/**
 * Reads the input of the parsers from /proc, bounded and without waiting. Synchronous for files that the kernel answers
 * from memory (`stat`, `status`: about 10 µs each, a tenth of an asynchronous read). Files that may block on another
 * process's lock, or belong to another container's file system, are opened without blocking.
 */
import { closeSync, constants, openSync, readdirSync, readlinkSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseProcessStat, type ProcessStat } from './process-stat.ts'
import type { ProcessTable } from './process-tree.ts'

const SMALL_BYTES = 16 * 1024
/** Enough for 14 000 sockets. */
const MAX_TABLE_BYTES = 2 * 2 ** 20
/** Maximum number of processes to check. */
const MAX_PROCESSES = 20_000
/** Maximum open files of one process to check in search of a socket. */
const MAX_DESCRIPTORS = 4096

export class ProcFiles {
  readonly #root: string
  readonly #small = Buffer.allocUnsafeSlow(SMALL_BYTES)
  #table = Buffer.allocUnsafeSlow(4 * SMALL_BYTES)

  /** `root` is /proc except in tests. */
  constructor(root = '/proc') {
    this.#root = root
  }

  /** A small file below /proc, truncated at 16 KiB; `undefined` when unreadable. */
  read(path: string): string | undefined {
    return this.#readInto(this.#small, path)
  }

  /** A table of sockets; `undefined` when unreadable or larger than 2 MiB. */
  readTable(path: string): string | undefined {
    for (;;) {
      const text = this.#readInto(this.#table, path)
      // Shorter than the buffer, so complete. (Characters are never more than bytes.)
      if (text === undefined || text.length < this.#table.length) return text
      if (this.#table.length >= MAX_TABLE_BYTES) return undefined
      this.#table = Buffer.allocUnsafeSlow(this.#table.length * 4)
    }
  }

  #readInto(buffer: Buffer, path: string): string | undefined {
    let file: number | undefined
    try {
      // A path below /proc/<pid>/root belongs to another container, which may have placed a pipe there.
      file = openSync(join(this.#root, path), constants.O_RDONLY | constants.O_NONBLOCK)
      let length = 0
      while (length < buffer.length) {
        const read = readSync(file, buffer, length, buffer.length - length, null)
        if (read === 0) break
        length += read
      }
      return buffer.toString('utf8', 0, length)
    } catch {
      return undefined
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }

  /** `undefined` without /proc. Processes that end meanwhile are omitted. */
  processes(): ProcessTable | undefined {
    const pids = this.#list('.')?.filter((name) => /^\d+$/.test(name))
    if (pids === undefined || pids.length === 0) return undefined
    const table = new Map<number, ProcessStat>()
    for (const pid of pids.slice(0, MAX_PROCESSES)) {
      const stat = parseProcessStat(this.read(`${pid}/stat`) ?? '')
      if (stat !== undefined && !stat.zombie) table.set(stat.pid, stat)
    }
    return table
  }

  /** User id of a process; `undefined` when it has ended. */
  uid(pid: number): number | undefined {
    try {
      return statSync(join(this.#root, String(pid))).uid
    } catch {
      return undefined
    }
  }

  /** Whether a process owns one of the sockets; `undefined` when its descriptors are hidden. */
  holdsSocket(pid: number, inodes: ReadonlySet<string>): boolean | undefined {
    const descriptors = this.#list(`${pid}/fd`)
    if (descriptors === undefined) return undefined
    return descriptors.slice(0, MAX_DESCRIPTORS).some((descriptor) => {
      const target = this.#link(`${pid}/fd/${descriptor}`)
      return target?.startsWith('socket:[') === true && inodes.has(target.slice('socket:['.length, -1))
    })
  }

  #list(path: string): string[] | undefined {
    try {
      return readdirSync(join(this.#root, path))
    } catch {
      return undefined
    }
  }

  #link(path: string): string | undefined {
    try {
      return readlinkSync(join(this.#root, path))
    } catch {
      return undefined
    }
  }
}
