// HOT: per packet
/**
 * Extracts the TCP segment of a captured packet: link header, VLAN tags, IPv4 or IPv6 with extension headers, TCP.
 * Checksums are ignored: on loopback and with offloading they are incomplete at capture time.
 */

/** Values of https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype. */
export const LINK = {
  NULL: 0,
  ETHERNET: 1,
  RAW_OLD: 12,
  RAW_OPENBSD: 14,
  RAW: 101,
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const

const ETHERTYPE = { IPV4: 0x0800, IPV6: 0x86dd, VLAN: 0x8100, QINQ: 0x88a8, QINQ_OLD: 0x9100 } as const
const PROTOCOL_TCP = 6
/** Extension headers of IPv6 that may precede TCP (RFC 8200). */
const EXTENSION = { HOP_BY_HOP: 0, ROUTING: 43, FRAGMENT: 44, DESTINATION: 60 } as const
const MOST_EXTENSIONS = 8

export const FLAG = { FIN: 1, SYN: 2, RST: 4, ACK: 16, URG: 32 } as const

/** Kinds of packets; the others are not segments. */
export const PACKET_KINDS = ['segment', 'other', 'fragment', 'malformed', 'link_type'] as const
export type PacketKind = (typeof PACKET_KINDS)[number]

/** One TCP segment; the same object is reused for each packet. Positions refer to the packet's bytes. */
export class Segment {
  bytes: Buffer = Buffer.alloc(0)
  /** Source and destination address, each 4 or 16 bytes. */
  addressBytes = 4
  sourceAt = 0
  destinationAt = 0
  portsAt = 0
  sourcePort = 0
  destinationPort = 0
  sequence = 0
  acknowledged = 0
  flags = 0
  payloadStart = 0
  payloadEnd = 0
  /** Payload bytes missing at the end, because the captured packet is shorter than the segment. */
  missing = 0

  /** Reads `packet[start, end)`. */
  read(linkType: number, packet: Buffer, start: number, end: number): PacketKind {
    this.bytes = packet
    switch (linkType) {
      case LINK.ETHERNET:
        return this.#tagged(packet, start + 12, end)
      case LINK.LINUX_SLL:
        return this.#tagged(packet, start + 14, end)
      case LINK.LINUX_SLL2:
        return start + 20 > end
          ? 'malformed'
          : this.#typed(packet, packet.readUInt16BE(start), start + 20, end)
      case LINK.NULL:
      case LINK.LOOP:
        return this.#ip(packet, start + 4, end)
      case LINK.RAW:
      case LINK.RAW_OLD:
      case LINK.RAW_OPENBSD:
      case LINK.IPV4:
      case LINK.IPV6:
        return this.#ip(packet, start, end)
      default:
        return 'link_type'
    }
  }

  /** `at`: the type field of an Ethernet or a cooked header. */
  #tagged(packet: Buffer, at: number, end: number): PacketKind {
    return at + 2 > end ? 'malformed' : this.#typed(packet, packet.readUInt16BE(at), at + 2, end)
  }

  #typed(packet: Buffer, type: number, at: number, end: number): PacketKind {
    while (type === ETHERTYPE.VLAN || type === ETHERTYPE.QINQ || type === ETHERTYPE.QINQ_OLD) {
      if (at + 4 > end) return 'malformed'
      type = packet.readUInt16BE(at + 2)
      at += 4
    }
    return type === ETHERTYPE.IPV4 || type === ETHERTYPE.IPV6 ? this.#ip(packet, at, end) : 'other'
  }

  #ip(packet: Buffer, at: number, end: number): PacketKind {
    if (at >= end) return 'malformed'
    const version = (packet[at] as number) >>> 4
    if (version === 4) return this.#ipv4(packet, at, end)
    return version === 6 ? this.#ipv6(packet, at, end) : 'other'
  }

  #ipv4(packet: Buffer, at: number, end: number): PacketKind {
    if (at + 20 > end) return 'malformed'
    const headerBytes = ((packet[at] as number) & 15) * 4
    if (headerBytes < 20) return 'malformed'
    if (packet[at + 9] !== PROTOCOL_TCP) return 'other'
    // More fragments follow, or this is not the first one. TCP stacks avoid fragments, so they are not reassembled.
    if ((packet.readUInt16BE(at + 6) & 0x3fff) !== 0) return 'fragment'
    const totalBytes = packet.readUInt16BE(at + 2)
    this.addressBytes = 4
    this.sourceAt = at + 12
    this.destinationAt = at + 16
    // 0: the network card segments the packet, which is longer than the field can express.
    return this.#tcp(packet, at + headerBytes, totalBytes === 0 ? end : at + totalBytes, end)
  }

  #ipv6(packet: Buffer, at: number, end: number): PacketKind {
    if (at + 40 > end) return 'malformed'
    const payloadBytes = packet.readUInt16BE(at + 4)
    const ipEnd = payloadBytes === 0 ? end : at + 40 + payloadBytes
    this.addressBytes = 16
    this.sourceAt = at + 8
    this.destinationAt = at + 24
    let next = packet[at + 6] as number
    let position = at + 40
    for (let count = 0; next !== PROTOCOL_TCP; count += 1) {
      if (count === MOST_EXTENSIONS || position + 8 > end) return 'malformed'
      if (next === EXTENSION.FRAGMENT) {
        // Except for reserved bits, offset 0 without more fragments is a whole packet.
        if ((packet.readUInt16BE(position + 2) & 0xfff9) !== 0) return 'fragment'
        next = packet[position] as number
        position += 8
      } else if (
        next === EXTENSION.HOP_BY_HOP ||
        next === EXTENSION.ROUTING ||
        next === EXTENSION.DESTINATION
      ) {
        next = packet[position] as number
        position += ((packet[position + 1] as number) + 1) * 8
      } else return 'other'
    }
    return this.#tcp(packet, position, ipEnd, end)
  }

  /** @param ipEnd end of the IP packet; bytes after it are padding */
  #tcp(packet: Buffer, at: number, ipEnd: number, end: number): PacketKind {
    if (at + 20 > Math.min(end, ipEnd)) return 'malformed'
    const headerBytes = ((packet[at + 12] as number) >>> 4) * 4
    if (headerBytes < 20 || at + headerBytes > ipEnd) return 'malformed'
    this.portsAt = at
    this.sourcePort = packet.readUInt16BE(at)
    this.destinationPort = packet.readUInt16BE(at + 2)
    this.sequence = packet.readUInt32BE(at + 4)
    this.acknowledged = packet.readUInt32BE(at + 8)
    this.flags = packet[at + 13] as number
    this.payloadStart = Math.min(at + headerBytes, end)
    this.payloadEnd = Math.min(ipEnd, end)
    this.missing = ipEnd - at - headerBytes - (this.payloadEnd - this.payloadStart)
    return 'segment'
  }
}
