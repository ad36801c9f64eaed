// HOT: per header block
import { ENTRY_BYTES, HpackTable } from './hpack-table.ts'
import { decodeHuffman } from './huffman.ts'

/** RFC 9113, section 6.5.2: the table size before any SETTINGS. */
const INITIAL_TABLE_BYTES = 4096
/** Maximum table size, although SETTINGS may allow more: a peer decides about this memory. */
const LARGEST_TABLE_BYTES = 64 * 1024
/** Larger than any index, length or table size; larger integers are invalid. */
const LARGEST_INTEGER = 2 ** 28

/** RFC 7541, section 6: the first bits of a representation. */
const INDEXED = 0x80
const WITH_INDEXING = 0x40
const SIZE_UPDATE = 0x20
const HUFFMAN = 0x80

const BROKEN_INTEGER = -1

/** Alternating names and values, with names in lower case as HTTP/2 requires. */
export type Fields = string[]

export const HPACK_RESULT = { OK: 0, LIST_TOO_LARGE: 1, BROKEN: 2 } as const
export type HpackResult = (typeof HPACK_RESULT)[keyof typeof HPACK_RESULT]

/**
 * The header compression state of one direction of an HTTP/2 connection (RFC 7541). After a broken block the table is
 * unusable: after `BROKEN`, observation of the connection ends. docs/decisions/http2-header-compression.md explains why
 * this is implemented here.
 */
export class HpackState {
  readonly #listLimit: number
  readonly #table = new HpackTable(INITIAL_TABLE_BYTES)
  #permittedBytes = INITIAL_TABLE_BYTES
  #block: Buffer = NOTHING
  /** The next byte of `#block`. */
  #at = 0
  /** Size of the last decoded list, counted like `listLimit`. */
  listBytes = 0

  /** `listLimit`: maximum size of one decoded header list, counted as RFC 9113 counts SETTINGS_MAX_HEADER_LIST_SIZE. */
  constructor(listLimit: number) {
    this.#listLimit = listLimit
  }

  /**
   * The receiver allows its peer a table of this size. A lower value than before is not enforced, because blocks sent
   * before are still on their way; the sender announces the new size in a block.
   */
  permit(tableBytes: number): void {
    this.#permittedBytes = Math.max(this.#permittedBytes, Math.min(tableBytes, LARGEST_TABLE_BYTES))
  }

  /**
   * Decodes one whole header block into the empty list `fields`. A list beyond the limit stays incomplete, but the
   * tables are correct and decoding can continue.
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
        // Section 4.2: only at the beginning of a block, and never more than allowed.
        if (!isAtBeginning || bytes === BROKEN_INTEGER || bytes > this.#permittedBytes)
          return HPACK_RESULT.BROKEN
        table.resize(bytes)
        continue
      }
      isAtBeginning = false
      const isIndexed = first >= INDEXED
      // "Never indexed" (0x10) only matters for re-encoding.
      const index = this.#integer(isIndexed ? 7 : first >= WITH_INDEXING ? 6 : 4)
      const isNamed = table.has(index)
      // Index 0 means that the name follows, except for an indexed field.
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

  /**
   * Section 5.1: the value in the last `prefixBits` of the next byte and, if these are all ones, in the following
   * bytes.
   */
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
      // Zero bytes add nothing and could continue forever.
      if (factor > LARGEST_INTEGER) return BROKEN_INTEGER
    }
    return BROKEN_INTEGER
  }

  /** Section 5.2; `undefined` when invalid. Characters 0 to 255, one for each octet. */
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
