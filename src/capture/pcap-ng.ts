/**
 * Blocks of a pcapng file: `type 4 │ length 4 │ body │ length 4`. Sections may change the byte order, and each
 * interface has its own link type and time resolution.
 */
import { MAX_PACKET_BYTES, type PacketSink, type RecordParser } from './packet-sink.ts'

const BLOCK = {
  SECTION: 0x0a0d0d0a,
  INTERFACE: 1,
  PACKET_OBSOLETE: 2,
  PACKET_SIMPLE: 3,
  STATISTICS: 5,
  PACKET: 6,
} as const
const BYTE_ORDER = 0x1a2b3c4d
const SMALLEST_BLOCK = 12
/** A packet, its header and its options; larger blocks of packets are damaged. */
const LARGEST_PACKET_BLOCK = MAX_PACKET_BYTES + 65_536
/** Descriptions of a section or an interface contain comments. */
const LARGEST_DESCRIPTION = 1_048_576
const MOST_INTERFACES = 4_096
const OPTION = { END: 0, RESOLUTION: 9, OFFSET: 14, DROPS: 4, IF_DROPS: 5, OS_DROPS: 7 } as const

interface Interface {
  readonly linkType: number
  readonly unitsPerMs: number
  readonly offsetMs: number
  /** Losses in the last statistics block. */
  lost: number
}

type Read = number | { readonly problem: string }

export class NgParser implements RecordParser {
  readonly #sink: PacketSink
  #isSwapped = false
  #interfaces: Interface[] = []

  private constructor(sink: PacketSink) {
    this.#sink = sink
  }

  /** @param magic the first four bytes, read as little-endian */
  static begin(magic: number, sink: PacketSink): NgParser | undefined {
    return magic === BLOCK.SECTION ? new NgParser(sink) : undefined
  }

  read(bytes: Buffer, start: number, end: number): Read {
    if (end - start < SMALLEST_BLOCK) return 0
    // This type is the same in both byte orders.
    const isSection = bytes.readUInt32LE(start) === BLOCK.SECTION
    if (isSection && !this.#readOrder(bytes, start)) return { problem: 'has a section without a byte order' }
    const type = this.#word(bytes, start)
    const length = this.#word(bytes, start + 4)
    if (length < SMALLEST_BLOCK || length % 4 !== 0)
      return { problem: `has a block of ${length} bytes; blocks have at least 12, in steps of 4` }
    const limit = largestOf(type)
    if (limit === undefined) return length
    if (length > limit) return { problem: `has a block of ${length} bytes; at most ${limit} are allowed` }
    if (end - start < length) return 0
    return this.#readBlock(type, bytes, start + 8, start + length - 4) ?? length
  }

  #readOrder(bytes: Buffer, start: number): boolean {
    const order = bytes.readUInt32LE(start + 8)
    this.#isSwapped = order !== BYTE_ORDER
    return !this.#isSwapped || bytes.readUInt32BE(start + 8) === BYTE_ORDER
  }

  #readBlock(type: number, bytes: Buffer, at: number, end: number): Read | undefined {
    switch (type) {
      case BLOCK.SECTION:
        return this.#readSection(bytes, at, end)
      case BLOCK.INTERFACE:
        return this.#readInterface(bytes, at, end)
      case BLOCK.PACKET:
        return this.#readPacket(bytes, at, end, this.#word(bytes, at))
      case BLOCK.PACKET_OBSOLETE:
        return this.#readPacket(bytes, at, end, this.#half(bytes, at))
      case BLOCK.PACKET_SIMPLE:
        return { problem: 'has packets without a time (simple packet blocks); record with times' }
      case BLOCK.STATISTICS:
        this.#readStatistics(bytes, at, end)
    }
    return undefined
  }

  #readSection(bytes: Buffer, at: number, end: number): Read | undefined {
    if (end - at < 16) return { problem: 'has a section header that is too short' }
    const major = this.#half(bytes, at + 4)
    if (major !== 1) return { problem: `is a pcapng file of version ${major}; version 1 is read` }
    this.#interfaces = []
    return undefined
  }

  #readInterface(bytes: Buffer, at: number, end: number): Read | undefined {
    if (end - at < 8) return { problem: 'has an interface description that is too short' }
    if (this.#interfaces.length >= MOST_INTERFACES)
      return { problem: `describes more than ${MOST_INTERFACES} interfaces` }
    let unitsPerMs = 1e3
    let offsetMs = 0
    this.#options(bytes, at + 8, end, (code, from, length) => {
      if (code === OPTION.RESOLUTION && length >= 1) unitsPerMs = unitsOf(bytes[from] as number)
      if (code === OPTION.OFFSET && length >= 8) offsetMs = this.#signed(bytes, from) * 1000
    })
    this.#interfaces.push({ linkType: this.#half(bytes, at), unitsPerMs, offsetMs, lost: 0 })
    return undefined
  }

  #readPacket(bytes: Buffer, at: number, end: number, id: number): Read | undefined {
    if (end - at < 20) return { problem: 'has a packet block that is too short' }
    const found = this.#interfaces[id]
    if (found === undefined) return { problem: `has a packet of interface ${id}, which it does not describe` }
    const length = this.#word(bytes, at + 12)
    const start = at + 20
    if (length > end - start) return { problem: `has a packet of ${length} bytes in a block of ${end - at}` }
    const units = this.#word(bytes, at + 4) * 2 ** 32 + this.#word(bytes, at + 8)
    // Divided in two steps: nanoseconds since 1970 exceed the exact range of a double.
    const epochMs =
      found.offsetMs + Math.floor(units / found.unitsPerMs) + (units % found.unitsPerMs) / found.unitsPerMs
    this.#sink.packet(found.linkType, epochMs, bytes, start, start + length)
    this.#options(bytes, start + Math.ceil(length / 4) * 4, end, (code, from, size) => {
      if (code === OPTION.DROPS && size >= 8) this.#sink.lost?.(this.#long(bytes, from))
    })
    return undefined
  }

  #readStatistics(bytes: Buffer, at: number, end: number): void {
    if (end - at < 12) return
    const found = this.#interfaces[this.#word(bytes, at)]
    if (found === undefined) return
    let lost = 0
    this.#options(bytes, at + 12, end, (code, from, length) => {
      if ((code === OPTION.IF_DROPS || code === OPTION.OS_DROPS) && length >= 8)
        lost += this.#long(bytes, from)
    })
    if (lost > found.lost) this.#sink.lost?.(lost - found.lost)
    found.lost = Math.max(found.lost, lost)
  }

  /** A list of options may end without its mark at the end of the block. */
  #options(
    bytes: Buffer,
    at: number,
    end: number,
    use: (code: number, from: number, length: number) => void,
  ): void {
    while (end - at >= 4) {
      const code = this.#half(bytes, at)
      const length = this.#half(bytes, at + 2)
      if (code === OPTION.END || at + 4 + length > end) return
      use(code, at + 4, length)
      at += 4 + Math.ceil(length / 4) * 4
    }
  }

  #word(bytes: Buffer, at: number): number {
    return this.#isSwapped ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)
  }

  #half(bytes: Buffer, at: number): number {
    return this.#isSwapped ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at)
  }

  #long(bytes: Buffer, at: number): number {
    return Number(this.#isSwapped ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at))
  }

  #signed(bytes: Buffer, at: number): number {
    return Number(this.#isSwapped ? bytes.readBigInt64BE(at) : bytes.readBigInt64LE(at))
  }
}

/** Maximum size of a block type that is read; `undefined` for skipped types. */
function largestOf(type: number): number | undefined {
  switch (type) {
    case BLOCK.PACKET:
    case BLOCK.PACKET_OBSOLETE:
    case BLOCK.PACKET_SIMPLE:
      return LARGEST_PACKET_BLOCK
    case BLOCK.SECTION:
    case BLOCK.INTERFACE:
    case BLOCK.STATISTICS:
      return LARGEST_DESCRIPTION
    default:
      return undefined
  }
}

/** `if_tsresol`: with the high bit set a power of 2, otherwise of 10. */
function unitsOf(resolution: number): number {
  return ((resolution & 0x80) === 0 ? 10 ** resolution : 2 ** (resolution & 0x7f)) / 1000
}
