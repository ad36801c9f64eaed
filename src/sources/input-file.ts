import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Given a function that says what share of the file has been read, 0…1, whenever it is called. */
export type OnOpen = (share: () => number) => void

/** The bytes of a file, unpacked when its name ends in `.gz`. Errors come as the stream's `error` event. */
export function openInput(file: string, onOpen?: OnOpen): Readable {
  const stream = createReadStream(file)
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  onOpen?.(() => stream.bytesRead / Math.max(size, 1))
  if (!file.endsWith('.gz')) return stream
  const unpacked = createGunzip()
  stream.on('error', (error) => unpacked.destroy(error))
  return stream.pipe(unpacked)
}

/** `csv` for `train.csv.gz`: the ending that says what the content is, in lower case; the empty string without one. */
export function formatOf(file: string): string {
  const name = file.toLowerCase().replace(/\.gz$/, '')
  const dot = name.lastIndexOf('.')
  return dot <= name.lastIndexOf('/') ? '' : name.slice(dot + 1)
}
