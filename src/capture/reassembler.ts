// HOT: per packet
/**
 * Turns packets into the frames that the proxy would write: connections with an id, bytes of each direction in order,
 * ends.
 *
 * A connection is open from its first data. One that was already open when the capture began starts at offset 1, so
 * that the observer looks for a request in the middle.
 */
import { DIRECTION, type Direction, FRAME } from '../ring/frame.ts'
import { NO_DIRECTION } from '../ring/writer.ts'
import type { CaptureCounts } from './capture-counts.ts'
import { CapturedConnection } from './captured-connection.ts'
import type { FrameWriter } from './frame-writer.ts'
import type { PacketSink } from './packet-sink.ts'
import { FLAG, Segment } from './segment.ts'
import { serverSide, type WatchedPorts } from './watched-ports.ts'

/** Assigns ids and takes them back. */
export interface IdSource {
  readonly take: () => number
  readonly release: (id: number) => void
}

export interface ReassemblerOptions {
  readonly ports: WatchedPorts
  readonly writer: FrameWriter
  readonly ids: IdSource
  readonly counts: CaptureCounts
  readonly limits: {
    /** Connections with data. */
    readonly connections: number
    /** Half-open connections. */
    readonly halfOpen: number
    /** Milliseconds without a packet after which a connection counts as ended. */
    readonly idleMs: number
    /** Maximum bytes buffered behind gaps, of all connections. */
    readonly earlyBytes: number
  }
  /** Whether a local port belongs to a connection of modeltap itself, which is not traffic of the model. */
  readonly isOwnPort?: (port: number) => boolean
  /** Time of a packet on the frames' clock, milliseconds. */
  readonly timeOf: (epochMs: number) => number
  /**
   * How long an acknowledgement may precede the bytes that it acknowledges, in milliseconds of capture time. Live
   * packets are in causal order (0); a mirror port may reorder them.
   */
  readonly reorderMs: number
}

interface HalfOpen {
  readonly direction: Direction
  readonly sequence: number
}

/** A closed pair of addresses is remembered for this time, so that late retransmissions open nothing. */
const CLOSED_MS = 5_000
const MOST_CLOSED = 4_096
/** Connections checked for idleness with each packet. */
const IDLE_LOOKS = 2

export class Reassembler implements PacketSink {
  readonly #options: ReassemblerOptions
  readonly #segment = new Segment()
  /** By addresses and ports, client first; the longest idle connection comes first. */
  readonly #connections = new Map<string, CapturedConnection>()
  readonly #halfOpen = new Map<string, HalfOpen>()
  readonly #closed = new Map<string, number>()
  #earlyBytes = 0
  #nowMs = 0

  constructor(options: ReassemblerOptions) {
    this.#options = options
  }

  get openConnections(): number {
    return this.#connections.size
  }

  packet(linkType: number, epochMs: number, bytes: Buffer, start: number, end: number): void {
    const { counts, timeOf, isOwnPort } = this.#options
    const segment = this.#segment
    const kind = segment.read(linkType, bytes, start, end)
    counts.packets[kind] += 1
    if (kind !== 'segment') return
    this.#nowMs = Math.max(this.#nowMs, timeOf(epochMs))
    const side = serverSide(segment, this.#options.ports)
    if (side === undefined) return
    const clientPort = side === 'destination' ? segment.sourcePort : segment.destinationPort
    if (isOwnPort?.(clientPort) === true && isWithinMachine(segment)) return
    const direction = side === 'destination' ? DIRECTION.TO_SERVER : DIRECTION.TO_CLIENT
    this.#accept(keyOf(segment, direction), direction, segment)
    this.#forgetIdle()
  }

  lost(packets: number): void {
    this.#options.counts.droppedPackets += packets
  }

  /** No more packets arrive: data behind gaps is delivered. Connections stay as they are, open or not. */
  end(): void {
    for (const connection of this.#connections.values()) connection.giveUp(this.#nowMs)
  }

  /** Ports of the clients of all open connections. */
  clientPorts(): Iterable<number> {
    return this.#connections.keys().map(clientPortOf)
  }

  /** Stops tracking connections of other clients: their packets no longer arrive. */
  keepOnly(isKept: (clientPort: number) => boolean): void {
    for (const [key, connection] of this.#connections) {
      if (isKept(clientPortOf(key))) continue
      this.#options.counts.forgotten.share += 1
      this.#forget(key, connection)
      // It is tracked again when the share grows.
      this.#closed.delete(key)
    }
    for (const key of this.#halfOpen.keys()) if (!isKept(clientPortOf(key))) this.#halfOpen.delete(key)
  }

  /** Ends every connection when the capture stops for good. */
  forgetAll(): void {
    for (const [key, connection] of this.#connections) this.#forget(key, connection)
  }

  #accept(key: string, direction: Direction, segment: Segment): void {
    const { flags } = segment
    if ((flags & FLAG.SYN) !== 0) this.#syn(key, direction, segment)
    const length = segment.payloadEnd - segment.payloadStart
    let connection = this.#connections.get(key)
    if (connection === undefined) {
      if (length === 0 || (flags & FLAG.RST) !== 0) return
      connection = this.#open(key, direction, segment)
      if (connection === undefined) return
    }
    this.#earlyBytes -= connection.earlyBytes
    connection.accept(direction, segment, this.#nowMs)
    this.#earlyBytes += connection.earlyBytes
    if (connection.isOver) this.#close(key, connection)
    else if (this.#earlyBytes > this.#options.limits.earlyBytes) this.#giveUpOldest()
  }

  /** A SYN of a known connection with another sequence number: the ports are reused. */
  #syn(key: string, direction: Direction, segment: Segment): void {
    const first = (segment.sequence + 1) >>> 0
    const known = this.#connections.get(key)
    if (known !== undefined && !known.isSynOf(direction, first)) this.#close(key, known)
    else if (known !== undefined) return
    this.#closed.delete(key)
    const { halfOpen } = this.#options.limits
    const half = this.#halfOpen.get(key)
    if (half === undefined || half.direction === direction) {
      if (half === undefined && this.#halfOpen.size >= halfOpen) {
        const [oldest] = this.#halfOpen.keys()
        if (oldest !== undefined) this.#halfOpen.delete(oldest)
        this.#options.counts.forgotten.half_open += 1
      }
      this.#halfOpen.set(key, { direction, sequence: first })
    } else {
      this.#halfOpen.delete(key)
      this.#begin(key, { [half.direction]: half.sequence, [direction]: first })
    }
  }

  #open(key: string, direction: Direction, segment: Segment): CapturedConnection | undefined {
    const closedMs = this.#closed.get(key)
    if (closedMs !== undefined && this.#nowMs - closedMs < CLOSED_MS) return undefined
    const half = this.#halfOpen.get(key)
    this.#halfOpen.delete(key)
    // Data with the SYN (fast open), or a SYN with an answer that was not captured.
    if (half !== undefined) return this.#begin(key, { [half.direction]: half.sequence })
    // A response to an unseen request opens nothing.
    if (direction === DIRECTION.TO_CLIENT) return undefined
    this.#options.counts.joinedLate += 1
    const connection = this.#begin(key, {})
    connection?.joinAt(direction, segment)
    return connection
  }

  /** @param first sequence number of the first byte by direction, if its SYN was seen */
  #begin(key: string, first: Readonly<Partial<Record<Direction, number>>>): CapturedConnection | undefined {
    const { ids, writer, limits, counts, reorderMs } = this.#options
    if (this.#connections.size >= limits.connections) {
      const [oldest] = this.#connections
      if (oldest !== undefined) this.#forget(...oldest)
      counts.forgotten.limit += 1
    }
    const id = ids.take()
    const connection = new CapturedConnection({ id, writer, counts, reorderMs, first, nowMs: this.#nowMs })
    this.#connections.set(key, connection)
    return connection
  }

  #close(key: string, connection: CapturedConnection): void {
    this.#end(key, connection, FRAME.CLOSE)
  }

  #forget(key: string, connection: CapturedConnection): void {
    this.#end(key, connection, FRAME.FORGET)
  }

  #end(key: string, connection: CapturedConnection, kind: typeof FRAME.CLOSE | typeof FRAME.FORGET): void {
    this.#earlyBytes -= connection.earlyBytes
    connection.finish(this.#nowMs)
    this.#options.writer.lifecycle(kind, connection.id, NO_DIRECTION, 0, this.#nowMs)
    this.#options.ids.release(connection.id)
    this.#connections.delete(key)
    if (this.#closed.size >= MOST_CLOSED) {
      const [oldest] = this.#closed.keys()
      if (oldest !== undefined) this.#closed.delete(oldest)
    }
    this.#closed.delete(key)
    this.#closed.set(key, this.#nowMs)
  }

  /** Checks a few of the oldest connections with each packet; busy ones move to the end. */
  #forgetIdle(): void {
    let looks = IDLE_LOOKS
    for (const [key, connection] of this.#connections) {
      if (looks-- === 0) return
      if (this.#nowMs - connection.lastMs > this.#options.limits.idleMs) {
        this.#options.counts.forgotten.idle += 1
        this.#forget(key, connection)
      } else {
        this.#connections.delete(key)
        this.#connections.set(key, connection)
      }
    }
  }

  #giveUpOldest(): void {
    for (const connection of this.#connections.values()) {
      if (connection.earlyBytes === 0) continue
      this.#earlyBytes -= connection.earlyBytes
      connection.giveUp(this.#nowMs)
      this.#earlyBytes += connection.earlyBytes
      if (this.#earlyBytes <= this.#options.limits.earlyBytes) return
    }
  }
}

/**
 * modeltap calls a model server in its own network namespace: such packets have the same source and destination
 * address.
 */
function isWithinMachine({ bytes, addressBytes, sourceAt, destinationAt }: Segment): boolean {
  const sourceEnd = sourceAt + addressBytes
  return bytes.compare(bytes, destinationAt, destinationAt + addressBytes, sourceAt, sourceEnd) === 0
}

/** The last two bytes of the first half of a key. */
function clientPortOf(key: string): number {
  const end = key.length / 2
  return (key.charCodeAt(end - 2) << 8) | key.charCodeAt(end - 1)
}

/** Addresses and ports, the client's first: 12 or 36 bytes as text. */
function keyOf(
  { bytes, addressBytes, sourceAt, destinationAt, portsAt }: Segment,
  direction: Direction,
): string {
  const source =
    bytes.toString('latin1', sourceAt, sourceAt + addressBytes) +
    bytes.toString('latin1', portsAt, portsAt + 2)
  const destination =
    bytes.toString('latin1', destinationAt, destinationAt + addressBytes) +
    bytes.toString('latin1', portsAt + 2, portsAt + 4)
  return direction === DIRECTION.TO_SERVER ? source + destination : destination + source
}
