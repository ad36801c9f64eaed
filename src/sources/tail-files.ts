/**
 * Follows the files that match globs. Files are identified by device and inode, not by name:
 *
 *     rename        the open descriptor keeps the content, which is read to its end under any name; a new file at the
 *                   old name is read from its beginning
 *     copy-truncate a file that is shorter, or has another beginning, is read again from its beginning; a copy that
 *                   matches the globs continues where the original had been read to
 *     later files   are read from their beginning
 *
 * Nothing is queued: reading continues after the previous lines have been processed.
 */
import { glob, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LogFile } from './log-file.ts'
import { identityOf, TailFile } from './tail-file.ts'
import type { SavedOffset } from './tail-offsets.ts'
import type { TailStats } from './tail-stats.ts'

/** Checks of a file without a name before it counts as finished. */
const QUIET_LOOKS = 10
/** Compressed files from a rotation are not read. */
const PACKED = /\.(?:gz|bz2|xz|zst|lz4|zip)$/
/** Maximum number of unreadable paths to remember, so that each is logged once. */
const MAX_TOLD = 1_000

export interface TailFilesOptions {
  readonly globs: readonly string[]
  readonly from: 'beginning' | 'end'
  readonly maxLineBytes: number
  readonly maxFiles: number
  readonly onLine: (line: Buffer, file: LogFile) => void
  readonly stats: TailStats
  /** Reports a path that cannot be followed, with the reason, once. */
  readonly onProblem: (path: string, reason: string) => void
}

interface Followed {
  readonly file: TailFile
  /** Checks since it lost its name and had no new line; 0 while it has a name. */
  quietLooks: number
}

export class TailFiles {
  readonly #options: TailFilesOptions
  readonly #followed = new Map<string, Followed>()
  /** Saved offsets that have not been matched yet; only at the start. */
  #saved: SavedOffset[]
  /** Start position in unknown files. */
  #from: 'beginning' | 'end'
  readonly #told = new Set<string>()
  /** Bounded by four times the number of files followed at the same time. */
  readonly #logs = new Map<string, LogFile>()

  /** @param saved `undefined` at the first start */
  constructor(options: TailFilesOptions, saved: readonly SavedOffset[] | undefined) {
    this.#options = options
    this.#saved = [...(saved ?? [])]
    this.#from = saved === undefined ? options.from : 'beginning'
  }

  /** Checks all files once. True when more can be read immediately. */
  async look(): Promise<boolean> {
    const paths = await this.#discover()
    const truncated: Followed[] = []
    let hasMore = false
    for (const followed of this.#followed.values()) {
      if (await followed.file.wasTruncated()) truncated.push(followed)
      else hasMore = (await this.#read(followed)) || hasMore
    }
    for (const [identity, path] of paths) {
      if (this.#followed.has(identity)) continue
      const added = await this.#follow(path, truncated)
      if (added !== undefined) hasMore = (await this.#read(added)) || hasMore
    }
    for (const followed of truncated) {
      this.#options.stats.rotations.truncate += 1
      await followed.file.restart()
      hasMore = (await this.#read(followed)) || hasMore
    }
    await this.#followRenamed()
    await this.#closeFinished(paths)
    // From now on, every new file is read completely.
    this.#from = 'beginning'
    this.#updateStats()
    return hasMore
  }

  /** For a restart. */
  offsets(): SavedOffset[] {
    return [...this.#followed.values()].map(({ file }) => ({
      path: file.path,
      inode: file.inode,
      offset: file.offset,
      head: file.head,
    }))
  }

  async close(): Promise<void> {
    for (const { file } of this.#followed.values()) await file.close({ isOver: false })
    this.#followed.clear()
  }

  async #read(followed: Followed): Promise<boolean> {
    const before = followed.file.offset
    const hasMore = await followed.file.read()
    this.#options.stats.bytes += followed.file.offset - before
    if (followed.file.offset > before) followed.quietLooks = 0
    return hasMore
  }

  /** Identity → path of the files that match the globs now. */
  async #discover(): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    for (const pattern of this.#options.globs) {
      for await (const path of glob(pattern)) {
        if (PACKED.test(path)) continue
        const status = await stat(path, { bigint: true }).catch(() => undefined)
        if (status?.isFile() !== true) continue
        const identity = identityOf(status)
        const known = this.#followed.get(identity)
        if (known !== undefined) known.file.path = path
        found.set(identity, path)
      }
    }
    return found
  }

  async #follow(path: string, truncated: readonly Followed[]): Promise<Followed | undefined> {
    const file = await this.#open(path)
    if (file === undefined) return undefined
    const saved = await this.#takeSaved(file)
    const original = saved === undefined ? await originalOf(file, truncated) : undefined
    if (saved !== undefined) await file.startAt(saved.offset)
    else if (original !== undefined) await file.startAt(original.file.offset)
    else await file.startAt(this.#from === 'end' ? 'end' : 0)
    const followed = { file, quietLooks: 0 }
    this.#followed.set(file.identity, followed)
    return followed
  }

  async #open(path: string): Promise<TailFile | undefined> {
    const { maxFiles, maxLineBytes, onLine, stats } = this.#options
    const log = this.#logOf(path)
    if (this.#followed.size >= maxFiles) {
      this.#refuse(path, 'file_limit', `more than ${maxFiles} files (tail.maxFiles)`)
      return undefined
    }
    const onTooLong = (): void => {
      stats.lines += 1
      stats.failures['too-long'] += 1
    }
    try {
      return await TailFile.open({ path, maxLineBytes, onLine: (line) => onLine(line, log), onTooLong })
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      // Removed between the listing and the opening: rotation.
      if (code !== 'ENOENT') this.#refuse(path, 'unreadable', code ?? message)
      return undefined
    }
  }

  /** By path: a line that is split by a rotation may end in the next file. */
  #logOf(path: string): LogFile {
    const known = this.#logs.get(path)
    if (known !== undefined) return known
    if (this.#logs.size >= 4 * this.#options.maxFiles) this.#logs.clear()
    const log = new LogFile(path, this.#options.maxLineBytes)
    this.#logs.set(path, log)
    return log
  }

  #refuse(path: string, reason: keyof TailStats['unfollowed'], detail: string): void {
    if (this.#told.has(path) || this.#told.size >= MAX_TOLD) return
    this.#told.add(path)
    this.#options.stats.unfollowed[reason] += 1
    this.#options.onProblem(path, detail)
  }

  /** The saved offset of this content, identified by its beginning and by inode or name. */
  async #takeSaved(file: TailFile): Promise<SavedOffset | undefined> {
    // By inode first: of two files with the same name, one rotated away, an empty one would match any content.
    const sameInode = this.#saved.filter(({ inode }) => inode === file.inode)
    const sameName = this.#saved.filter(({ inode, path }) => inode !== file.inode && path === file.path)
    for (const saved of [...sameInode, ...sameName]) {
      if (saved.offset > file.size || !(await file.begins(saved.head))) continue
      this.#saved = this.#saved.filter((other) => other !== saved)
      return saved
    }
    return undefined
  }

  /** Files that were rotated away during a downtime: found by inode beside their old path, and read to their end. */
  async #followRenamed(): Promise<void> {
    const missing = this.#saved
    this.#saved = []
    for (const saved of missing) {
      const path = await findInode(dirname(saved.path), saved.inode)
      if (path === undefined || PACKED.test(path)) continue
      const file = await this.#open(path)
      if (file === undefined) continue
      const isSame = saved.offset <= file.size && (await file.begins(saved.head))
      if (!isSame || this.#followed.has(file.identity)) {
        await file.close({ isOver: false })
        continue
      }
      await file.startAt(saved.offset)
      this.#followed.set(file.identity, { file, quietLooks: 0 })
    }
  }

  /** A writer may keep a renamed file open for a while: it is finished after some checks without new lines. */
  async #closeFinished(paths: ReadonlyMap<string, string>): Promise<void> {
    for (const [identity, followed] of this.#followed) {
      if (paths.has(identity)) {
        followed.quietLooks = 0
        continue
      }
      followed.quietLooks += 1
      if (followed.quietLooks < QUIET_LOOKS || followed.file.unreadBytes > 0) continue
      await followed.file.close({ isOver: true })
      this.#followed.delete(identity)
      this.#options.stats.rotations.rename += 1
    }
  }

  #updateStats(): void {
    const { stats } = this.#options
    stats.files = this.#followed.size
    stats.unreadBytes = [...this.#followed.values()].reduce((sum, { file }) => sum + file.unreadBytes, 0)
  }
}

/** The emptied file that was copied to this one. */
async function originalOf(file: TailFile, truncated: readonly Followed[]): Promise<Followed | undefined> {
  for (const candidate of truncated) {
    const { head, offset } = candidate.file
    if (head.bytes > 0 && file.size >= offset && (await file.begins(head))) return candidate
  }
  return undefined
}

async function findInode(directory: string, inode: string): Promise<string | undefined> {
  const names = await readdir(directory).catch(() => [])
  for (const name of names) {
    const path = join(directory, name)
    const status = await stat(path, { bigint: true }).catch(() => undefined)
    if (status !== undefined && String(status.ino) === inode) return path
  }
  return undefined
}
