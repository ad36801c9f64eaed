/**
 * The checkpoint file. It is written atomically, and rejected as a whole when any byte is wrong:
 *
 *     modeltap checkpoint 1 <content version>\n      ASCII
 *     length (4 bytes, big endian), part             repeated for each part; V8's serialisation
 *     0 (4 bytes), SHA-256 of everything before it   32 bytes
 */
import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import { type ReadProblem, readRegularFile, replaceFile } from '../lib/regular-file.ts'

const CONTAINER = 'modeltap checkpoint 1'
const LENGTH_BYTES = 4
const HASH_BYTES = 32
/** Bytes of one write; the event loop gets a turn between two writes. */
const CHUNK_BYTES = 256 * 1024
/** Larger files are neither written nor read: 200 features over three windows take about 10 MiB. */
export const MOST_CHECKPOINT_BYTES = 128 * 1024 * 1024

export interface CheckpointContent {
  /** Version of the parts' meaning; files of other versions are foreign. */
  readonly version: number
  /** Plain data; taken one by one while the file is written. */
  readonly parts: Iterable<unknown>
}

/** The bytes of a checkpoint, in chunks. @throws RangeError when there are too many */
export function* encodeCheckpoint({ version, parts }: CheckpointContent): Generator<Buffer> {
  const hash = createHash('sha256')
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let bytes = 0
  const add = (piece: Uint8Array): void => {
    pending.push(piece)
    pendingBytes += piece.length
  }
  const take = (): Buffer => {
    const chunk = Buffer.concat(pending)
    pending = []
    pendingBytes = 0
    bytes += chunk.length
    if (bytes > MOST_CHECKPOINT_BYTES)
      throw new RangeError(`it is larger than ${MOST_CHECKPOINT_BYTES} bytes`)
    hash.update(chunk)
    return chunk
  }
  add(Buffer.from(`${CONTAINER} ${version}\n`, 'ascii'))
  for (const part of parts) {
    const content = serialize(part)
    add(lengthOf(content.length))
    add(content)
    if (pendingBytes >= CHUNK_BYTES) yield take()
  }
  add(lengthOf(0))
  yield take()
  yield hash.digest()
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(bytes)
  return length
}

/**
 * Replaces the file atomically. Readers, and a restart after a crash in the middle, find the old one.
 *
 * @returns bytes written
 */
export async function writeCheckpoint(path: string, content: CheckpointContent): Promise<number> {
  let bytes = 0
  await replaceFile(path, async (file) => {
    for (const chunk of encodeCheckpoint(content)) {
      // Not `write`, which may write only a part when the disk is nearly full.
      await file.writeFile(chunk)
      bytes += chunk.length
    }
  })
  return bytes
}

export type CheckpointProblem = ReadProblem | 'foreign' | 'other-version' | 'corrupt'
export type CheckpointParts =
  { readonly parts: readonly unknown[] } | { readonly problem: CheckpointProblem; readonly detail?: string }

/** The parts of the file, or the reason why there are none. Never throws. */
export async function readCheckpoint(path: string, version: number): Promise<CheckpointParts> {
  const read = await readRegularFile(path, MOST_CHECKPOINT_BYTES)
  return 'bytes' in read ? decodeCheckpoint(read.bytes, version) : read
}

/** The parts, or the reason why there are none. Never throws. */
export function decodeCheckpoint(bytes: Buffer, version: number): CheckpointParts {
  const headEnd = bytes.indexOf('\n') + 1
  const head = bytes.toString('ascii', 0, Math.min(headEnd, 100))
  if (!head.startsWith(`${CONTAINER} `)) return { problem: 'foreign' }
  if (head !== `${CONTAINER} ${version}\n`) return { problem: 'other-version' }
  const end = bytes.length - HASH_BYTES
  const hash = createHash('sha256')
    .update(bytes.subarray(0, Math.max(end, 0)))
    .digest()
  if (end < headEnd || !hash.equals(bytes.subarray(end))) return { problem: 'corrupt' }
  try {
    return { parts: partsOf(bytes.subarray(headEnd, end)) }
  } catch {
    return { problem: 'corrupt' }
  }
}

function partsOf(bytes: Buffer): unknown[] {
  const parts: unknown[] = []
  let offset = 0
  for (;;) {
    const length = bytes.readUInt32BE(offset)
    offset += LENGTH_BYTES
    if (length === 0) return parts
    if (offset + length > bytes.length) throw new RangeError('a part that is cut off')
    // A copy: a part's arrays must not retain the whole file.
    parts.push(deserialize(Buffer.from(bytes.subarray(offset, offset + length))))
    offset += length
  }
}
