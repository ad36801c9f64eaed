// HOT: per packet
/** Decides which side of a segment is the model server. */
import { startsRequest } from '../observe/http1-syntax.ts'
import { FLAG, type Segment } from './segment.ts'

export interface WatchedPorts {
  /** Ports of the model server; when empty, every connection with a recognisable server side is watched. */
  readonly given: ReadonlySet<number>
  /** Ports detected so far, when none is configured. */
  readonly found: Set<number>
}

/** Maximum detected server ports, when none is configured. */
const MOST_FOUND = 256
const PREFACE_START = 0x50

export type ServerSide = 'source' | 'destination'

/** `undefined` for a segment that is not watched, or when the server side is not known yet. */
export function serverSide(segment: Segment, { given, found }: WatchedPorts): ServerSide | undefined {
  const { sourcePort, destinationPort } = segment
  const known = given.size > 0 ? given : found
  const isSource = known.has(sourcePort)
  const isDestination = known.has(destinationPort)
  if (isSource && isDestination) return sideOfBoth(segment)
  if (isSource) return 'source'
  if (isDestination) return 'destination'
  return given.size > 0 ? undefined : find(segment, found)
}

/** Both ports are watched: the side that sends the SYN is the client; otherwise the server has the lower port. */
function sideOfBoth({ flags, sourcePort, destinationPort }: Segment): ServerSide {
  if ((flags & FLAG.SYN) !== 0) return (flags & FLAG.ACK) === 0 ? 'destination' : 'source'
  return sourcePort < destinationPort ? 'source' : 'destination'
}

/** A port belongs to a server when a request goes to it; connections other than HTTP stay unknown. */
function find(segment: Segment, found: Set<number>): ServerSide | undefined {
  const { bytes, payloadStart, payloadEnd, destinationPort, flags } = segment
  // Kept in case a request follows.
  if ((flags & FLAG.SYN) !== 0) return sideOfBoth(segment)
  if (payloadEnd <= payloadStart || found.size >= MOST_FOUND) return undefined
  const isRequest =
    startsRequest(bytes, payloadStart, payloadEnd) ||
    (bytes[payloadStart] === PREFACE_START &&
      bytes.toString('latin1', payloadStart, payloadStart + 5) === 'PRI *')
  if (!isRequest) return undefined
  found.add(destinationPort)
  return 'destination'
}
