/** Reads a user-specified file with a size limit: /dev/zero has no end. */
import { closeSync, openSync, readSync } from 'node:fs'

const CHUNK_BYTES = 64 * 1024

/**
 * @param file a path, or 0 for standard input
 * @throws the system's error, or one for more than `mostBytes`
 */
export function readBounded(file: string | 0, mostBytes: number): Buffer {
  const descriptor = file === 0 ? 0 : openSync(file, 'r')
  try {
    const chunks: Buffer[] = []
    let bytes = 0
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const read = readOnce(descriptor, chunk)
      if (read === 0) return Buffer.concat(chunks)
      bytes += read
      if (bytes > mostBytes) throw new Error(`it holds more than the ${mostBytes} bytes that are allowed`)
      chunks.push(chunk.subarray(0, read))
    }
  } finally {
    if (descriptor !== 0) closeSync(descriptor)
  }
}

function readOnce(descriptor: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, chunk)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EOF') return 0
      // Standard input is a pipe that another process made non-blocking: no data yet.
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}
