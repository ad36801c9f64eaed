/** Builds packets and recordings as a network and tcpdump make them. */
import { LINK } from '../../src/capture/segment.ts'

export interface SegmentSpec {
  readonly from: { readonly address: string; readonly port: number }
  readonly to: { readonly address: string; readonly port: number }
  readonly sequence: number
  readonly acknowledged?: number
  readonly flags?: number
  readonly payload?: Uint8Array
  /** Bytes of TCP options, a multiple of 4. */
  readonly optionBytes?: number
}

export interface Framing {
  readonly link?: 'ethernet' | 'sll' | 'sll2' | 'raw' | 'null'
  readonly vlans?: readonly number[]
  readonly version?: 4 | 6
  /** The length in the IP header is 0, as with segmentation by the network card. */
  readonly isLengthZero?: boolean
  /** Bytes behind the IP packet: padding, or a frame check sequence. */
  readonly padding?: number
}

export function tcpSegment({
  from,
  to,
  sequence,
  acknowledged,
  flags,
  payload,
  optionBytes = 0,
}: SegmentSpec): Buffer {
  const header = Buffer.alloc(20 + optionBytes, 1)
  header.writeUInt16BE(from.port, 0)
  header.writeUInt16BE(to.port, 2)
  header.writeUInt32BE(sequence >>> 0, 4)
  header.writeUInt32BE((acknowledged ?? 0) >>> 0, 8)
  header[12] = ((20 + optionBytes) / 4) << 4
  header[13] = flags ?? 0x18
  header.writeUInt16BE(65_535, 14)
  header.writeUInt32BE(0, 16)
  return Buffer.concat([header, payload ?? new Uint8Array()])
}

export function packet(spec: SegmentSpec, framing: Framing = {}): Buffer {
  const { link = 'ethernet', vlans = [], version = 4, isLengthZero = false, padding = 0 } = framing
  const tcp = tcpSegment(spec)
  const ip = version === 4 ? ipv4(spec, tcp, isLengthZero) : ipv6(spec, tcp, isLengthZero)
  const type = version === 4 ? 0x0800 : 0x86dd
  const tags = Buffer.concat(vlans.map((id) => words(0x8100, id)))
  return Buffer.concat([linkHeader(link, type, tags, version), ip, Buffer.alloc(padding, 0xee)])
}

export const linkTypeOf = (link: Framing['link'] = 'ethernet'): number =>
  ({ ethernet: LINK.ETHERNET, sll: LINK.LINUX_SLL, sll2: LINK.LINUX_SLL2, raw: LINK.RAW, null: LINK.NULL })[
    link
  ]

function linkHeader(link: string, type: number, tags: Buffer, version: number): Buffer {
  const typed = Buffer.concat([tags, words(type)])
  if (link === 'ethernet') return Buffer.concat([Buffer.alloc(12, 2), typed])
  if (link === 'sll') return Buffer.concat([Buffer.alloc(14, 3), typed])
  if (link === 'sll2') {
    const head = Buffer.alloc(20)
    // The tags stand behind the cooked header, whose protocol is then that of the first tag.
    head.writeUInt16BE(tags.length > 0 ? tags.readUInt16BE(0) : type, 0)
    head.writeUInt32BE(1, 4)
    return tags.length > 0 ? Buffer.concat([head, tags.subarray(2), words(type)]) : head
  }
  return link === 'null' ? Buffer.from([version === 4 ? 2 : 24, 0, 0, 0]) : Buffer.alloc(0)
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  values.forEach((value, index) => bytes.writeUInt16BE(value, index * 2))
  return bytes
}

function ipv4({ from, to }: SegmentSpec, tcp: Buffer, isLengthZero: boolean): Buffer {
  const header = Buffer.alloc(20)
  header[0] = 0x45
  header.writeUInt16BE(isLengthZero ? 0 : 20 + tcp.length, 2)
  header.writeUInt16BE(0x4000, 6)
  header[8] = 64
  header[9] = 6
  Buffer.from(from.address.split('.').map(Number)).copy(header, 12)
  Buffer.from(to.address.split('.').map(Number)).copy(header, 16)
  return Buffer.concat([header, tcp])
}

function ipv6({ from, to }: SegmentSpec, tcp: Buffer, isLengthZero: boolean): Buffer {
  const header = Buffer.alloc(40)
  header[0] = 0x60
  header.writeUInt16BE(isLengthZero ? 0 : tcp.length, 4)
  header[6] = 6
  const bytesOf = (address: string): Buffer =>
    Buffer.from([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, ...address.split('.').map(Number)])
  bytesOf(from.address).copy(header, 8)
  bytesOf(to.address).copy(header, 24)
  return Buffer.concat([header, tcp])
}

export interface RecordedPacket {
  readonly epochMs: number
  readonly bytes: Buffer
}

/** A pcap file. */
export function pcap(
  packets: readonly RecordedPacket[],
  { linkType = LINK.ETHERNET, isBigEndian = false, isNanoseconds = false } = {},
): Buffer {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    if (isBigEndian) bytes.writeUInt32BE(value >>> 0)
    else bytes.writeUInt32LE(value >>> 0)
    return bytes
  }
  const version = isBigEndian ? Buffer.from([0, 2, 0, 4]) : Buffer.from([2, 0, 4, 0])
  const head = [
    word(isNanoseconds ? 0xa1b23c4d : 0xa1b2c3d4),
    version,
    word(0),
    word(0),
    word(262_144),
    word(linkType),
  ]
  const records = packets.flatMap(({ epochMs, bytes }) => {
    const seconds = Math.floor(epochMs / 1000)
    const rest = Math.round((epochMs - seconds * 1000) * (isNanoseconds ? 1e6 : 1e3))
    return [word(seconds), word(rest), word(bytes.length), word(bytes.length), bytes]
  })
  return Buffer.concat([...head, ...records])
}

/** A pcapng file with one section and one interface. */
export function pcapng(
  packets: readonly RecordedPacket[],
  { linkType = LINK.ETHERNET, resolution = 6 } = {},
): Buffer {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value >>> 0)
    return bytes
  }
  const block = (type: number, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts)
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)])
    return Buffer.concat([word(type), word(padded.length + 12), padded, word(padded.length + 12)])
  }
  const section = block(0x0a0d0d0a, word(0x1a2b3c4d), Buffer.from([1, 0, 0, 0]), Buffer.alloc(8, 0xff))
  const option = Buffer.from([9, 0, 1, 0, resolution, 0, 0, 0, 0, 0, 0, 0])
  const described = block(1, Buffer.from([linkType & 0xff, linkType >> 8, 0, 0]), word(0), option)
  const units = 10 ** resolution / 1000
  const blocks = packets.map(({ epochMs, bytes }) => {
    const time = BigInt(Math.round(epochMs)) * BigInt(units)
    return block(
      6,
      word(0),
      word(Number(time >> 32n)),
      word(Number(time & 0xffffffffn)),
      word(bytes.length),
      word(bytes.length),
      bytes,
    )
  })
  return Buffer.concat([section, described, ...blocks])
}
