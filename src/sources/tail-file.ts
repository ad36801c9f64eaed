/**
 * One followed log file. It stays open, so that a rename loses nothing: the descriptor refers to the old content until
 * it has been read completely.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { LineSplitter } from './line-splitter.ts'
import { beginsWith, EMPTY_HEAD, type FileHead, isWhole, readHead } from './tail-head.ts'

const CHUNK_BYTES = 65_536
/** Bytes read from one file before the others get a turn. */
const TURN_BYTES = 4 * 1024 * 1024
const NEWLINE = 10

export interface TailFileOptions {
  readonly path: string
  readonly maxLineBytes: number
  readonly onLine: (line: Buffer) => void
  readonly onTooLong: () => void
}

export class TailFile {
  path: string
  /** Device and inode, which identify the content independent of its path. */
  readonly identity: string
  readonly inode: string
  head: FileHead = EMPTY_HEAD
  /** File size at the last check. */
  size = 0
  readonly #file: FileHandle
  readonly #splitter: LineSplitter
  readonly #buffer = Buffer.alloc(CHUNK_BYTES)
  #offset = 0

  private constructor(file: FileHandle, identity: { dev: bigint; ino: bigint }, options: TailFileOptions) {
    this.path = options.path
    this.identity = identityOf(identity)
    this.inode = String(identity.ino)
    this.#file = file
    this.#splitter = new LineSplitter(options)
  }

  /** @throws the system's error when the file cannot be opened */
  static async open(options: TailFileOptions): Promise<TailFile> {
    const file = await open(options.path, 'r')
    try {
      const followed = new TailFile(file, await file.stat({ bigint: true }), options)
      followed.head = await readHead(file)
      followed.size = (await file.stat()).size
      return followed
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** The end of the last delivered line: a restart continues here. */
  get offset(): number {
    return this.#offset - this.#splitter.pendingBytes
  }

  get unreadBytes(): number {
    return Math.max(0, this.size - this.#offset)
  }

  /** Starts at a position returned by `offset`, or at the end: then with the next whole line. */
  async startAt(place: number | 'end'): Promise<void> {
    this.#splitter.reset()
    this.#offset = place === 'end' ? this.size : place
    if (place !== 'end' || this.size === 0) return
    const last = Buffer.alloc(1)
    await this.#file.read(last, 0, 1, this.size - 1)
    if (last[0] !== NEWLINE) this.#splitter.skipToLineEnd()
  }

  begins(head: FileHead): Promise<boolean> {
    return beginsWith(this.#file, head)
  }

  /** Checks the file; true when it was emptied or has another beginning, so that the offset is invalid. */
  async wasTruncated(): Promise<boolean> {
    const { size } = await this.#file.stat()
    const hasGrown = size > this.size
    this.size = size
    if (size < this.#offset) return true
    if (!hasGrown) return false
    if (!(await this.begins(this.head))) return true
    if (!isWhole(this.head)) this.head = await readHead(this.#file)
    return false
  }

  /** After a truncation: the current content is new. */
  async restart(): Promise<void> {
    this.head = await readHead(this.#file)
    await this.startAt(0)
  }

  /** Delivers new lines. True when more can be read immediately. */
  async read(): Promise<boolean> {
    for (let turn = 0; turn < TURN_BYTES;) {
      const { bytesRead } = await this.#file.read(this.#buffer, 0, CHUNK_BYTES, this.#offset)
      if (bytesRead === 0) return false
      this.#offset += bytesRead
      this.size = Math.max(this.size, this.#offset)
      this.#splitter.push(this.#buffer.subarray(0, bytesRead))
      turn += bytesRead
    }
    return true
  }

  /** @param isOver no more writes will follow: a rest without line feed is a line */
  async close({ isOver }: { readonly isOver: boolean }): Promise<void> {
    if (isOver) this.#splitter.flush()
    await this.#file.close()
  }
}

export function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`
}
