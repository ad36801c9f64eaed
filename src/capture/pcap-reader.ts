/**
 * Reads a recording of packets from chunks of any size: pcap (draft-ietf-opsawg-pcap) and pcapng
 * (draft-ietf-opsawg-pcapng), in either byte order. It holds at most one record, and never allocates by a length that
 * the file only claims.
 */
import type { PacketSink, RecordParser } from './packet-sink.ts'
import { ClassicParser } from './pcap-classic.ts'
import { NgParser } from './pcap-ng.ts'

/** The problem that ends reading, and the offset of the record in the uncompressed stream. */
export interface PcapFault {
  readonly offset: number
  readonly problem: string
}

const MAGIC_BYTES = 4
/** Unsupported file types by their first bytes, so that the error can name them. */
const FOREIGN: readonly (readonly [number, string])[] = [
  [0xa1b2cd34, 'a pcap file of the modified format of Alexey Kuznetzov'],
  [0x34cdb2a1, 'a pcap file of the modified format of Alexey Kuznetzov'],
  [0xa1b234cd, 'a pcap file of an old modified format'],
  [0xa12b3c4d, 'a pcap file of an old modified format'],
  [0x1f8b0800, 'gzip inside of what was already uncompressed'],
]

export class PcapReader {
  readonly #sink: PacketSink
  #parser: RecordParser | undefined
  #pending: Buffer = Buffer.alloc(0)
  /** Bytes before `#pending`. */
  #offset = 0
  #skip = 0
  #fault: PcapFault | undefined

  constructor(sink: PacketSink) {
    this.#sink = sink
  }

  /** Continues reading; a fault is final. */
  push(chunk: Buffer): PcapFault | undefined {
    if (this.#fault !== undefined) return this.#fault
    const skipped = Math.min(this.#skip, chunk.length)
    this.#skip -= skipped
    this.#offset += skipped
    const rest = skipped === 0 ? chunk : chunk.subarray(skipped)
    const bytes = this.#pending.length === 0 ? rest : Buffer.concat([this.#pending, rest])
    let at = 0
    while (at < bytes.length) {
      this.#parser ??= this.#begin(bytes, at)
      if (this.#parser === undefined) break
      const read = this.#parser.read(bytes, at, bytes.length)
      if (typeof read !== 'number') return this.#fail(at, read.problem)
      if (read === 0) break
      at += read
    }
    this.#skip += Math.max(0, at - bytes.length)
    this.#offset += Math.min(at, bytes.length)
    // A copy, because the caller owns the chunk.
    this.#pending = Buffer.from(bytes.subarray(Math.min(at, bytes.length)))
    return this.#fault
  }

  /** The problem of a stream that ends here; `undefined` when its last record was complete. */
  end(): PcapFault | undefined {
    if (this.#fault !== undefined) return this.#fault
    if (this.#parser === undefined && this.#pending.length === 0)
      return { offset: 0, problem: 'the recording is empty' }
    if (this.#pending.length === 0 && this.#skip === 0) return undefined
    const problem =
      this.#parser === undefined ? 'too short to be a recording' : 'ends inside of a record: it was cut off'
    return { offset: this.#offset, problem }
  }

  #begin(bytes: Buffer, at: number): RecordParser | undefined {
    if (bytes.length - at < MAGIC_BYTES) return undefined
    const parser =
      ClassicParser.begin(bytes.readUInt32LE(at), this.#sink) ??
      NgParser.begin(bytes.readUInt32LE(at), this.#sink)
    if (parser !== undefined) return parser
    const magic = bytes.readUInt32BE(at)
    const [, foreign] = FOREIGN.find(([known]) => known === magic) ?? []
    const found = `begins with the bytes ${bytes.toString('hex', at, at + MAGIC_BYTES)}`
    this.#fail(at, foreign === undefined ? `is not a recording of packets: ${found}` : `is ${foreign}`)
    return undefined
  }

  #fail(at: number, problem: string): PcapFault {
    this.#fault = { offset: this.#offset + at, problem }
    return this.#fault
  }
}
