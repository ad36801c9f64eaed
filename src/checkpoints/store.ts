/** Storage of checkpoints: in a directory, or in process memory for the next analysis thread. */
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { explainWriteError, removeLeftovers } from '../lib/regular-file.ts'
import {
  type CheckpointContent,
  type CheckpointParts,
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint-file.ts'

export interface CheckpointStore {
  /** For display. */
  readonly place: string
  /** Never throws. */
  readonly read: (version: number) => Promise<CheckpointParts>
  /** Returns the bytes written, or the problem. */
  readonly write: (content: CheckpointContent) => Promise<{ bytes: number } | { problem: string }>
  /** Sets the unusable content aside. Returns its new place. */
  readonly setAside: () => Promise<string | undefined>
}

/** Checkpoints in memory count against the container's limit. */
const MOST_MEMORY_BYTES = 32 * 1024 * 1024

const FILE = 'windows.checkpoint'
/** New name of an unusable file; one is kept for inspection. */
const SET_ASIDE = `${FILE}.unusable`

export function folderStore(directory: string): CheckpointStore {
  const path = join(directory, FILE)
  let isTidy = false
  return {
    place: path,
    read: (version) => readCheckpoint(path, version),
    write: async (content) => {
      try {
        await mkdir(directory, { recursive: true })
        if (!isTidy) await removeLeftovers(path)
        isTidy = true
        return { bytes: await writeCheckpoint(path, content) }
      } catch (error) {
        return { problem: explainWriteError(error) }
      }
    },
    setAside: async () => {
      const aside = join(directory, SET_ASIDE)
      return rename(path, aside).then(
        () => aside,
        () => undefined,
      )
    },
  }
}

/** @param keep receives each checkpoint; `last` is the checkpoint of the previous thread */
export function memoryStore(
  last: SharedArrayBuffer | undefined,
  keep: (checkpoint: SharedArrayBuffer) => void,
): CheckpointStore {
  return {
    place: 'the memory of the process',
    read: async (version) =>
      last === undefined ? { problem: 'absent' } : decodeCheckpoint(copyOf(last), version),
    write: async (content) => {
      try {
        const chunks: Buffer[] = []
        let bytes = 0
        for (const chunk of encodeCheckpoint(content)) {
          chunks.push(chunk)
          bytes += chunk.length
          if (bytes > MOST_MEMORY_BYTES) return { problem: `it is larger than ${MOST_MEMORY_BYTES} bytes` }
          // The event loop gets a turn between two chunks, as when writing a file.
          await new Promise((resolve) => setImmediate(resolve))
        }
        const checkpoint = new SharedArrayBuffer(bytes)
        const target = new Uint8Array(checkpoint)
        let offset = 0
        for (const chunk of chunks) {
          target.set(chunk, offset)
          offset += chunk.length
        }
        keep(checkpoint)
        return { bytes }
      } catch (error) {
        return { problem: (error as Error).message }
      }
    },
    setAside: async () => undefined,
  }
}

/** While another process owns the directory: kept in memory, and every checkpoint counts as failed. */
export function lockedStore(memory: CheckpointStore): CheckpointStore {
  return {
    ...memory,
    write: async (content) => {
      const written = await memory.write(content)
      return 'problem' in written
        ? written
        : { problem: 'another process keeps its state in state.directory' }
    },
  }
}

function copyOf(shared: SharedArrayBuffer): Buffer {
  return Buffer.from(new Uint8Array(shared).slice())
}
