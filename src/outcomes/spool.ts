/** Entries for a store that is down: in a file of the state directory, or a limited number in memory. */
import { appendFile, mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const FILE = 'outcomes.spool'
/** Limit without a directory. */
const MEMORY_BYTES = 4 * 1024 * 1024
/** Bytes read back in one step. */
const CHUNK_BYTES = 256 * 1024

export class Spool {
  readonly #path: string | undefined
  readonly #directory: string | undefined
  readonly #maxBytes: number
  #memory: string[] = []
  #bytes = 0
  /** Position in the file up to which it was read back. */
  #offset = 0

  constructor(directory: string | undefined, maxBytes: number) {
    this.#directory = directory
    this.#path = directory === undefined ? undefined : join(directory, FILE)
    this.#maxBytes = directory === undefined ? Math.min(maxBytes, MEMORY_BYTES) : maxBytes
  }

  /** Finds the file of an earlier process. */
  async open(): Promise<void> {
    if (this.#path === undefined) return
    this.#bytes = await stat(this.#path).then(
      ({ size }) => size,
      () => 0,
    )
  }

  /** Bytes in the spool. */
  get bytes(): number {
    return this.#bytes - this.#offset
  }

  /** Entries are texts without line breaks. Returns how many were stored: the first ones, while there is room. */
  async append(entries: readonly string[]): Promise<number> {
    const lines: string[] = []
    let bytes = 0
    for (const entry of entries) {
      const line = `${entry}\n`
      if (this.#bytes + bytes + Buffer.byteLength(line) > this.#maxBytes) break
      lines.push(line)
      bytes += Buffer.byteLength(line)
    }
    if (lines.length === 0) return 0
    if (this.#path === undefined) this.#memory.push(...lines)
    else {
      try {
        await mkdir(this.#directory as string, { recursive: true })
        await appendFile(this.#path, lines.join(''), { mode: 0o600 })
      } catch {
        return 0
      }
    }
    this.#bytes += bytes
    return lines.length
  }

  /** The next entries, oldest first; they stay until `done` confirms their delivery. */
  async read(): Promise<{ readonly entries: readonly string[]; readonly bytes: number }> {
    if (this.#path === undefined) {
      const lines = this.#memory.slice(0, 500)
      return { entries: lines.map((line) => line.slice(0, -1)), bytes: Buffer.byteLength(lines.join('')) }
    }
    const file = await open(this.#path, 'r')
    try {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, this.bytes))
      const { bytesRead } = await file.read(chunk, 0, chunk.length, this.#offset)
      const end = chunk.subarray(0, bytesRead).lastIndexOf(0x0a) + 1
      // A line without an end was cut by a crash, or is longer than any entry.
      if (end === 0) return { entries: [], bytes: bytesRead }
      return { entries: chunk.toString('utf8', 0, end - 1).split('\n'), bytes: end }
    } finally {
      await file.close()
    }
  }

  async done(entries: number, bytes: number): Promise<void> {
    if (this.#path === undefined) {
      this.#memory = this.#memory.slice(entries)
      this.#bytes -= bytes
      return
    }
    this.#offset += bytes
    if (this.bytes > 0) return
    await rm(this.#path, { force: true })
    this.#bytes = 0
    this.#offset = 0
  }
}
