/**
 * The file that survives a restart. Written whole or not at all, and refused as a whole when a byte of it is wrong:
 *
 *     modeltap checkpoint 1 <content version>\n      ASCII
 *     length (4 bytes, big endian), part             as often as there are parts; V8's serialisation
 *     0 (4 bytes), SHA-256 of everything before it   32 bytes
 */
import { createHash } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { deserialize, serialize } from 'node:v8'

const CONTAINER = 'modeltap checkpoint 1'
const LENGTH_BYTES = 4
const HASH_BYTES = 32
/** Written at once; between two writes the event loop turns. */
const CHUNK_BYTES = 256 * 1024

export interface CheckpointContent {
  /** Of what the parts mean; a file of another one is foreign. */
  readonly version: number
  /** Plain data each; taken one by one, as the file is written. */
  readonly parts: Iterable<unknown>
}

/**
 * Replaces the file. Whoever reads it meanwhile, or after a crash in the middle, finds the one before.
 *
 * @returns bytes written
 */
export async function writeCheckpoint(path: string, { version, parts }: CheckpointContent): Promise<number> {
  const temporary = `${path}.tmp`
  const hash = createHash('sha256')
  const file = await open(temporary, 'w', 0o600)
  let bytes = 0
  try {
    let pending: Uint8Array[] = []
    let pendingBytes = 0
    const write = async (piece: Uint8Array): Promise<void> => {
      pending.push(piece)
      pendingBytes += piece.length
      if (pendingBytes < CHUNK_BYTES) return
      await flush()
    }
    const flush = async (): Promise<void> => {
      const chunk = Buffer.concat(pending)
      hash.update(chunk)
      // Not `write`, which may write a part of it on a disk that is nearly full.
      await file.writeFile(chunk)
      bytes += chunk.length
      pending = []
      pendingBytes = 0
    }
    await write(Buffer.from(`${CONTAINER} ${version}\n`, 'ascii'))
    for (const part of parts) {
      const content = serialize(part)
      await write(lengthOf(content.length))
      await write(content)
    }
    await write(lengthOf(0))
    await flush()
    await file.writeFile(hash.digest())
    await file.sync()
    await file.close()
  } catch (error) {
    await file.close()
    // What is left of it would fill a full disk.
    await rm(temporary, { force: true })
    throw error
  }
  await rename(temporary, path)
  return bytes + HASH_BYTES
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(bytes)
  return length
}

export type CheckpointProblem = 'absent' | 'unreadable' | 'foreign' | 'other-version' | 'corrupt'

/** The parts of the file, or why there are none. Never throws. */
export async function readCheckpoint(
  path: string,
  version: number,
): Promise<{ readonly parts: readonly unknown[] } | { readonly problem: CheckpointProblem }> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    return { problem: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'unreadable' }
  }
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
    // A copy: a part's arrays must not keep the whole file in memory.
    parts.push(deserialize(Buffer.from(bytes.subarray(offset, offset + length))))
    offset += length
  }
}
