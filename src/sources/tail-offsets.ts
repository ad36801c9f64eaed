/** The read position of each log file, stored on disk so that a restart neither loses nor repeats a line. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, type JsonObject } from '../formats/json-value.ts'
import { readRegularFile, replaceFile } from '../lib/regular-file.ts'
import type { FileHead } from './tail-head.ts'

const FILE_NAME = 'tail-offsets.json'
/** Enough for some thousand files. */
const MOST_BYTES = 4 * 1024 * 1024

export interface SavedOffset {
  readonly path: string
  readonly inode: string
  /** In bytes: the end of the last line read. */
  readonly offset: number
  readonly head: FileHead
}

const FORMAT = 1

/** `undefined` when nothing was saved; a problem when the file is unusable. */
export async function loadOffsets(
  directory: string,
  name = FILE_NAME,
): Promise<{ readonly files: readonly SavedOffset[] } | { readonly problem: string } | undefined> {
  const path = join(directory, name)
  const read = await readRegularFile(path, MOST_BYTES)
  if ('problem' in read)
    return read.problem === 'absent' ? undefined : { problem: `${path}: ${read.detail ?? read.problem}` }
  let saved: unknown
  try {
    saved = JSON.parse(read.bytes.toString())
  } catch (error) {
    return { problem: `${path}: ${(error as Error).message}` }
  }
  const list = isObject(saved) && saved['version'] === FORMAT ? saved['files'] : undefined
  const files: unknown[] = Array.isArray(list) ? list : [undefined]
  return files.every(isOffset) ? { files } : { problem: `${path} holds something else than offsets` }
}

function isOffset(value: unknown): value is SavedOffset {
  if (!isObject(value) || !isObject(value['head'])) return false
  const { path, inode, offset } = value
  const isCount = (number: unknown): boolean => Number.isSafeInteger(number) && (number as number) >= 0
  return (
    typeof path === 'string' && typeof inode === 'string' && isCount(offset) && isHead(value['head'], isCount)
  )
}

function isHead({ bytes, hash }: JsonObject, isCount: (number: unknown) => boolean): boolean {
  return isCount(bytes) && typeof hash === 'string'
}

/** Replaces the file atomically: a crash leaves the old one. */
export async function saveOffsets(
  directory: string,
  files: readonly SavedOffset[],
  name = FILE_NAME,
): Promise<void> {
  const path = join(directory, name)
  await mkdir(directory, { recursive: true })
  await replaceFile(path, (file) =>
    file.writeFile(`${JSON.stringify({ version: FORMAT, files }, null, 1)}\n`),
  )
}
