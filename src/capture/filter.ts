/**
 * The kernel's filter (pcap-filter(7)): the watched ports, without empty acknowledgements, which are half of the
 * packets of a slow model, and without the outgoing copy of loopback packets, which would take half of the buffer.
 */
import { type Share, shareTerm } from './share.ts'

export interface FilterOptions {
  /** Ports of the model server. */
  readonly ports: readonly number[]
  /** A datagram to this port of 127.0.0.1 is the marker; see marker.ts. */
  readonly markerPort: number | undefined
  /** Index of the loopback interface, when all interfaces are captured. */
  readonly loopbackIndex: number | undefined
  /** Share of connections to capture. */
  readonly share: Share
}

/** Payload length; FIN, SYN and RST (7) are kept although they carry no payload. */
const IPV4_CARRIES = '(ip[2:2] - ((ip[0] & 15) << 2) - ((tcp[12] & 240) >> 2) != 0 or tcp[13] & 7 != 0)'
/** IPv6 has no `tcp[…]`. Packets with extension headers are not captured. */
const IPV6_CARRIES = '(ip6[4:2] - ((ip6[52] & 240) >> 2) != 0 or ip6[53] & 7 != 0)'

/** Positions of the ports in a TCP header. */
interface Fields {
  readonly source: string
  readonly destination: string
}
const IPV4: Fields = { source: 'tcp[0:2]', destination: 'tcp[2:2]' }
const IPV6: Fields = { source: 'ip6[40:2]', destination: 'ip6[42:2]' }

export function captureFilter({ ports, markerPort, loopbackIndex, share }: FilterOptions): string {
  const of = (fields: Fields): string => ports.map((port) => connectionsOf(port, fields, share)).join(' or ')
  const segments = `(ip proto 6 and (${of(IPV4)}) and ${IPV4_CARRIES}) or (ip6 and ip6[6] = 6 and (${of(IPV6)}) and ${IPV6_CARRIES})`
  const marker = markerPort === undefined ? '' : ` or (udp dst port ${markerPort} and dst host 127.0.0.1)`
  const once = loopbackIndex === undefined ? '' : `not (ifindex ${loopbackIndex} and outbound) and `
  return `${once}(${segments}${marker})`
}

/** Both directions of a server's port; the other port is the client's. */
function connectionsOf(port: number, { source, destination }: Fields, share: Share): string {
  const toServer = `(${destination} = ${port}${shareTerm(source, share)})`
  const toClient = `(${source} = ${port}${shareTerm(destination, share)})`
  return `${toServer} or ${toClient}`
}
