/**
 * Records of a pcap file:
 *
 *     file    magic 4 │ version 4 │ unused 8 │ snapshot length 4 │ link type 4
 *     record  seconds 4 │ µs or ns 4 │ captured length 4 │ original length 4 │ bytes
 */
import { MAX_PACKET_BYTES, type PacketSink, type RecordParser } from './packet-sink.ts'

const MICROSECONDS = 0xa1b2c3d4
const NANOSECONDS = 0xa1b23c4d
const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
const MAJOR_VERSION = 2
/** The upper bits hold the length of a frame check sequence, which the length in the IP header excludes anyway. */
const LINK_TYPE_MASK = 0xffff

export class ClassicParser implements RecordParser {
  readonly #sink: PacketSink
  readonly #isSwapped: boolean
  readonly #unitsPerMs: number
  #linkType = -1
  #maxBytes = MAX_PACKET_BYTES

  private constructor(sink: PacketSink, isSwapped: boolean, unitsPerMs: number) {
    this.#sink = sink
    this.#isSwapped = isSwapped
    this.#unitsPerMs = unitsPerMs
  }

  /** @param magic the first four bytes, read as little-endian */
  static begin(magic: number, sink: PacketSink): ClassicParser | undefined {
    const swapped = swap(magic)
    if (magic === MICROSECONDS || swapped === MICROSECONDS)
      return new ClassicParser(sink, magic !== MICROSECONDS, 1e3)
    if (magic === NANOSECONDS || swapped === NANOSECONDS)
      return new ClassicParser(sink, magic !== NANOSECONDS, 1e6)
    return undefined
  }

  read(bytes: Buffer, start: number, end: number): number | { readonly problem: string } {
    return this.#linkType === -1 ? this.#readHead(bytes, start, end) : this.#readRecord(bytes, start, end)
  }

  #readHead(bytes: Buffer, start: number, end: number): number | { readonly problem: string } {
    if (end - start < FILE_HEADER_BYTES) return 0
    const major = this.#isSwapped ? bytes.readUInt16BE(start + 4) : bytes.readUInt16LE(start + 4)
    if (major !== MAJOR_VERSION) return { problem: `is a pcap file of version ${major}; version 2 is read` }
    const snapshot = this.#word(bytes, start + 16)
    this.#maxBytes = Math.max(snapshot <= 0x7fffffff ? snapshot : 0, MAX_PACKET_BYTES)
    this.#maxBytes = Math.min(this.#maxBytes, 4 * MAX_PACKET_BYTES)
    this.#linkType = this.#word(bytes, start + 20) & LINK_TYPE_MASK
    return FILE_HEADER_BYTES
  }

  #readRecord(bytes: Buffer, start: number, end: number): number | { readonly problem: string } {
    if (end - start < RECORD_HEADER_BYTES) return 0
    const length = this.#word(bytes, start + 8)
    if (length > this.#maxBytes)
      return {
        problem: `has a packet of ${length} bytes; at most ${this.#maxBytes} are allowed, so the file is damaged here`,
      }
    if (end - start < RECORD_HEADER_BYTES + length) return 0
    const epochMs = this.#word(bytes, start) * 1000 + this.#word(bytes, start + 4) / this.#unitsPerMs
    const at = start + RECORD_HEADER_BYTES
    this.#sink.packet(this.#linkType, epochMs, bytes, at, at + length)
    return RECORD_HEADER_BYTES + length
  }

  #word(bytes: Buffer, at: number): number {
    return this.#isSwapped ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)
  }
}

function swap(word: number): number {
  return (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0
}
