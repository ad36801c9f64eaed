import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Receives a function that returns the share of the file read so far, 0…1. */
export type OnOpen = (share: () => number) => void

/** The bytes of a file, decompressed when its name ends in `.gz`. Errors arrive as the stream's `error` event. */
export function openInput(file: string, onOpen?: OnOpen): Readable {
  const stream = createReadStream(file)
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  onOpen?.(() => stream.bytesRead / Math.max(size, 1))
  if (!file.endsWith('.gz')) return stream
  const unpacked = createGunzip()
  stream.on('error', (error) => unpacked.destroy(error))
  return stream.pipe(unpacked)
}

/** `csv` for `train.csv.gz`: the extension of the content, in lower case; empty without one. */
export function formatOf(file: string): string {
  const name = file.toLowerCase().replace(/\.gz$/, '')
  const dot = name.lastIndexOf('.')
  return dot <= name.lastIndexOf('/') ? '' : name.slice(dot + 1)
}
