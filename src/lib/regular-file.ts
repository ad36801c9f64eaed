/**
 * Files in a directory that others may write to: reading a pipe would never end, writing would follow a symbolic link,
 * and a file of gigabytes would fill the memory.
 */
import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

export type ReadProblem = 'absent' | 'not-a-regular-file' | 'too-large' | 'unreadable'

/** The whole content, or the problem. Never waits for a writer. */
export async function readRegularFile(
  path: string,
  mostBytes: number,
): Promise<{ readonly bytes: Buffer } | { readonly problem: ReadProblem; readonly detail?: string }> {
  let file: FileHandle | undefined
  try {
    file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const problem = problemOf(await file.stat(), mostBytes)
    if (problem !== undefined) return { problem }
    const bytes = Buffer.alloc(Number((await file.stat()).size))
    let length = 0
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return { bytes: bytes.subarray(0, length) }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return { problem: 'absent' }
    // A symbolic link, or a socket.
    if (code === 'ELOOP' || code === 'ENXIO') return { problem: 'not-a-regular-file' }
    return { problem: 'unreadable', detail: message }
  } finally {
    await file?.close()
  }
}

function problemOf(status: Stats, mostBytes: number): ReadProblem | undefined {
  if (!status.isFile()) return 'not-a-regular-file'
  return status.size > mostBytes ? 'too-large' : undefined
}

/**
 * Replaces the file atomically: `write` fills a new file with a temporary name, which then replaces the old one.
 * Readers, and a restart after a crash in between, find the old one.
 */
export async function replaceFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    await write(file)
    await file.sync()
    await file.close()
    await rename(temporary, path)
  } catch (error) {
    await file.close().catch(() => undefined)
    // A partial file would use space on a full disk.
    await rm(temporary, { force: true })
    throw error
  }
}

/** Removes files that `replaceFile` left after a crash. Only for the sole writer of the file. */
export async function removeLeftovers(path: string): Promise<void> {
  const name = basename(path)
  const isLeftover = (other: string): boolean =>
    other === `${name}.tmp` ||
    (other.startsWith(`${name}.`) && /^\.[0-9a-f]{12}\.tmp$/.test(other.slice(name.length)))
  const others = await readdir(dirname(path)).catch(() => [])
  for (const other of others.filter(isLeftover)) await rm(join(dirname(path), other), { force: true })
}

const WRITE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EFBIG: 'the file would be larger than this process may write',
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  ENOTDIR: 'a part of the path is a file and no folder',
  EIO: 'the disk does not work',
}

/** Describes why a place cannot be written, for display. */
export function explainWriteError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return WRITE_PROBLEMS[code ?? ''] ?? message
}
