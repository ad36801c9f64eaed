// HOT: per header block
import { ENTRY_BYTES, HpackTable } from './hpack-table.ts'
import { decodeHuffman } from './huffman.ts'

/** RFC 9113, section 6.5.2: the table size before any SETTINGS. */
const INITIAL_TABLE_BYTES = 4096
/** The largest table that is followed, although SETTINGS may permit more: it is memory that a peer decides about. */
const LARGEST_TABLE_BYTES = 64 * 1024
/** More than any index, length or table size; a larger integer is broken. */
const LARGEST_INTEGER = 2 ** 28

/** RFC 7541, section 6: the first bits of a representation. */
const INDEXED = 0x80
const WITH_INDEXING = 0x40
const SIZE_UPDATE = 0x20
const HUFFMAN = 0x80

const BROKEN_INTEGER = -1

/** Names and values in turn, names in lower case as HTTP/2 demands. */
export type Fields = string[]

export const HPACK_RESULT = { OK: 0, LIST_TOO_LARGE: 1, BROKEN: 2 } as const
export type HpackResult = (typeof HPACK_RESULT)[keyof typeof HPACK_RESULT]

/**
 * The header compression state of one direction of an HTTP/2 connection (RFC 7541). A broken block leaves a table of no
 * further use: after `BROKEN` the connection is given up. docs/decisions/http2-header-compression.md says why this is
 * our own.
 */
export class HpackState {
  readonly #listLimit: number
  readonly #table = new HpackTable(INITIAL_TABLE_BYTES)
  #permittedBytes = INITIAL_TABLE_BYTES
  #block: Buffer = NOTHING
  /** The next byte of `#block`. */
  #at = 0
  /** Bytes of the list that was decoded last, counted as `listLimit` is. */
  listBytes = 0

  /** `listLimit`: most bytes of one decoded header list, counted as RFC 9113 counts SETTINGS_MAX_HEADER_LIST_SIZE. */
  constructor(listLimit: number) {
    this.#listLimit = listLimit
  }

  /**
   * The receiver permits its peer a table of this size. A lower value than before is not enforced, since blocks that
   * were sent before it was seen are on their way; the sender announces it in a block of its own.
   */
  permit(tableBytes: number): void {
    this.#permittedBytes = Math.max(this.#permittedBytes, Math.min(tableBytes, LARGEST_TABLE_BYTES))
  }

  /**
   * Decodes one whole header block into `fields`, which is empty. A list beyond the limit leaves it incomplete, but the
   * tables are right and decoding can go on.
   */
  decode(block: Buffer, fields: Fields): HpackResult {
    const table = this.#table
    this.#block = block
    this.#at = 0
    this.listBytes = 0
    let isAtBeginning = true
    while (this.#at < block.length) {
      const first = block[this.#at] as number
      if (first < WITH_INDEXING && first >= SIZE_UPDATE) {
        const bytes = this.#integer(5)
        // Section 4.2: only at the beginning of a block, and never more than was permitted.
        if (!isAtBeginning || bytes === BROKEN_INTEGER || bytes > this.#permittedBytes)
          return HPACK_RESULT.BROKEN
        table.resize(bytes)
        continue
      }
      isAtBeginning = false
      const isIndexed = first >= INDEXED
      // "Never indexed" (0x10) concerns those who encode again.
      const index = this.#integer(isIndexed ? 7 : first >= WITH_INDEXING ? 6 : 4)
      const isNamed = table.has(index)
      // Index 0 says that the name follows, but for an indexed field.
      if (!isNamed && (index !== 0 || isIndexed)) return HPACK_RESULT.BROKEN
      const name = isNamed ? table.name(index) : this.#string()
      const value = isIndexed ? table.value(index) : this.#string()
      if (name === undefined || value === undefined) return HPACK_RESULT.BROKEN
      if (!isIndexed && first >= WITH_INDEXING) table.add(name, value)
      this.listBytes += name.length + value.length + ENTRY_BYTES
      if (this.listBytes <= this.#listLimit) fields.push(name, value)
    }
    return this.listBytes <= this.#listLimit ? HPACK_RESULT.OK : HPACK_RESULT.LIST_TOO_LARGE
  }

  /** Section 5.1: what stands in the last `prefixBits` of the next byte and, when these are all ones, in bytes behind. */
  #integer(prefixBits: number): number {
    const block = this.#block
    const mask = (1 << prefixBits) - 1
    let value = (block[this.#at++] as number) & mask
    if (value < mask) return value
    let factor = 1
    while (this.#at < block.length) {
      const byte = block[this.#at++] as number
      value += (byte & 0x7f) * factor
      if (value > LARGEST_INTEGER) return BROKEN_INTEGER
      if (byte < 0x80) return value
      factor *= 0x80
      // Bytes of zeros add nothing, and there is no end of them.
      if (factor > LARGEST_INTEGER) return BROKEN_INTEGER
    }
    return BROKEN_INTEGER
  }

  /** Section 5.2; `undefined` when it is broken. Characters 0 to 255, one for each octet. */
  #string(): string | undefined {
    const block = this.#block
    if (this.#at >= block.length) return undefined
    const isHuffman = (block[this.#at] as number) >= HUFFMAN
    const length = this.#integer(7)
    const start = this.#at
    const end = start + length
    if (length === BROKEN_INTEGER || end > block.length) return undefined
    this.#at = end
    return isHuffman ? decodeHuffman(block, start, end) : block.toString('latin1', start, end)
  }
}

const NOTHING = Buffer.alloc(0)
