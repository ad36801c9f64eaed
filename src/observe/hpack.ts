// HOT: per header block
import type Hpack from 'hpack.js'
import { lazyPackage } from '../lib/lazy-package.ts'

const hpack = lazyPackage<typeof Hpack>('hpack.js')

/** RFC 9113, section 6.5.2: the table size before any SETTINGS. */
const INITIAL_TABLE_BYTES = 4096
/** An entry counts for this much more than its text (RFC 7541, section 4.1). */
const ENTRY_BYTES = 32
/** The largest table that is followed, although SETTINGS may permit more: it is memory that a peer decides about. */
const LARGEST_TABLE_BYTES = 64 * 1024

/** Names and values in turn, names in lower case as HTTP/2 demands. */
export type Fields = string[]

export const HPACK_RESULT = { OK: 0, LIST_TOO_LARGE: 1, BROKEN: 2 } as const
export type HpackResult = (typeof HPACK_RESULT)[keyof typeof HPACK_RESULT]

/**
 * The header compression state of one direction of an HTTP/2 connection (RFC 7541), on the primitives of hpack.js:
 * its decoder and its tables. Its stream interface is left out, because that costs three times as much and buffers
 * without bound. hpack.js throws on broken input, and a broken table is of no further use, so `decode` turns whatever
 * it throws into `BROKEN` and the connection is given up.
 */
export class HpackState {
  readonly #listLimit: number
  /** Bytes of the list that was decoded last, counted in the same way. */
  listBytes = 0
  readonly #decoder = hpack().decoder.create()
  readonly #table = hpack().table.create({ maxSize: INITIAL_TABLE_BYTES })

  /** `listLimit`: most bytes of one decoded header list, counted as RFC 9113 counts SETTINGS_MAX_HEADER_LIST_SIZE. */
  constructor(listLimit: number) {
    this.#listLimit = listLimit
  }

  /**
   * The receiver permits its peer a table of this size. A lower value than before is not enforced, since blocks that
   * were sent before it was seen are on their way; the sender announces it in a block of its own.
   */
  permit(tableBytes: number): void {
    const permitted = Math.min(tableBytes, LARGEST_TABLE_BYTES)
    if (permitted > this.#table.protocolMaxSize) this.#table.protocolMaxSize = permitted
  }

  /**
   * Decodes one whole header block into `fields`, which is empty. A list beyond the limit leaves it incomplete, but the
   * tables are right and decoding can go on.
   */
  decode(block: Buffer, fields: Fields): HpackResult {
    try {
      this.#decoder.push(block)
      return this.#decodeFields(fields)
    } catch {
      return HPACK_RESULT.BROKEN
    }
  }

  #decodeFields(fields: Fields): HpackResult {
    const decoder = this.#decoder
    const table = this.#table
    this.listBytes = 0
    while (!decoder.isEmpty()) {
      let name: string
      let value: string
      if (decoder.decodeBit() === 1) {
        const entry = table.lookup(decoder.decodeInt())
        name = entry.name
        value = entry.value
      } else {
        const isIndexed = decoder.decodeBit() === 1
        if (!isIndexed) {
          if (decoder.decodeBit() === 1) {
            table.updateSize(decoder.decodeInt())
            continue
          }
          // "Never indexed" concerns those who encode again.
          decoder.decodeBit()
        }
        const index = decoder.decodeInt()
        let nameSize: number
        if (index === 0) {
          const bytes = decoder.decodeStr()
          nameSize = bytes.length
          name = hpack().utils.stringify(bytes)
        } else {
          const entry = table.lookup(index)
          nameSize = entry.nameSize
          name = entry.name
        }
        const bytes = decoder.decodeStr()
        value = hpack().utils.stringify(bytes)
        if (isIndexed) table.add(name, value, nameSize, bytes.length)
      }
      this.listBytes += name.length + value.length + ENTRY_BYTES
      if (this.listBytes <= this.#listLimit) fields.push(name, value)
    }
    return this.listBytes <= this.#listLimit ? HPACK_RESULT.OK : HPACK_RESULT.LIST_TOO_LARGE
  }
}
