/** The beginning of a log file, which identifies it after names and inodes have changed. */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/** Two logs may start with the same banner, but hardly with the same timestamps. */
const HEAD_BYTES = 1_024

/** A hash, so that no log content is stored on our disk. */
export interface FileHead {
  /** Number of hashed bytes, at most 1024. */
  readonly bytes: number
  readonly hash: string
}

export const EMPTY_HEAD: FileHead = { bytes: 0, hash: '' }

/** @param bytes of the head to compare with; as many as available when absent */
export async function readHead(file: FileHandle, bytes = HEAD_BYTES): Promise<FileHead> {
  const buffer = Buffer.alloc(Math.min(bytes, HEAD_BYTES))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
  if (bytesRead === 0) return EMPTY_HEAD
  const hash = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('base64url')
  return { bytes: bytesRead, hash }
}

/** Whether the file still has the same beginning; true for an empty head. */
export async function beginsWith(file: FileHandle, head: FileHead): Promise<boolean> {
  if (head.bytes === 0) return true
  const now = await readHead(file, head.bytes)
  return now.bytes === head.bytes && now.hash === head.hash
}

export const isWhole = ({ bytes }: FileHead): boolean => bytes === HEAD_BYTES
