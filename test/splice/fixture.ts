/** A splice on free ports with a reader of its ring, for tests that bring their own peers. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Address } from '../../src/lib/address.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { ConnectionTable } from '../../src/ring/connection-table.ts'
import { ControlBlock } from '../../src/ring/control.ts'
import { type Direction, FRAME, type FrameKind, type FrameSink } from '../../src/ring/frame.ts'
import { createTapMemory, type TapMemory } from '../../src/ring/memory.ts'
import { type Pump, startPump } from '../../src/ring/pump.ts'
import { connectionOptions, drainOptions, type SpliceOptions } from '../../src/splice/options.ts'
import { type Splice, type SpliceSettings, startSplice } from '../../src/splice/splice.ts'

export const UNLIMITED: SpliceSettings['grants'] = {
  ...{ maxOpenFiles: Number.POSITIVE_INFINITY, memoryBytes: Number.POSITIVE_INFINITY },
  ringBytes: 8 * 1024 * 1024,
}

export const LOOPBACK: Address = { kind: 'tcp', host: '127.0.0.1', port: 0 }

export interface TappedConnection {
  readonly kinds: FrameKind[]
  /** What was copied, by direction. */
  readonly chunks: [Buffer[], Buffer[]]
  /** Offset of the last END or RESET by direction. */
  readonly ends: Map<string, number>
}

/** Keeps everything that comes through the ring. */
export class TapRecorder implements FrameSink {
  readonly connections = new Map<number, TappedConnection>()

  frame(
    kind: FrameKind,
    connection: number,
    direction: Direction,
    offset: number,
    _timeMs: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    let tapped = this.connections.get(connection)
    if (tapped === undefined) {
      tapped = { kinds: [], chunks: [[], []], ends: new Map() }
      this.connections.set(connection, tapped)
    }
    tapped.kinds.push(kind)
    if (kind === FRAME.DATA) tapped.chunks[direction].push(Buffer.from(bytes.slice(start, end)))
    if (kind === FRAME.END || kind === FRAME.RESET) tapped.ends.set(`${kind}/${direction}`, offset)
  }
}

export interface SpliceFixture {
  readonly splice: Splice
  readonly memory: TapMemory
  readonly port: number
  readonly control: ControlBlock
  readonly table: ConnectionTable
  readonly tap: TapRecorder
  readonly pump: Pump
  readonly stop: () => Promise<void>
}

export interface FixtureSettings extends Partial<Omit<SpliceSettings, 'options' | 'memory'>> {
  readonly upstream: Address
  readonly options?: Partial<SpliceOptions>
  readonly sink?: FrameSink
}

export async function spliceTo({ options, sink, ...settings }: FixtureSettings): Promise<SpliceFixture> {
  const memory = createTapMemory({ ringBytes: 8 * 1024 * 1024, maxConnections: 64 })
  const splice = await startSplice({
    listen: LOOPBACK,
    memory,
    clock: systemClock,
    logger: silentLogger,
    grants: UNLIMITED,
    ...settings,
    options: { connections: connectionOptions.parse({}), drain: drainOptions.parse({}), ...options },
  })
  // The first probe is over before a test begins to count connections.
  await splice.upstreamReachable()
  const tap = new TapRecorder()
  const pump = startPump({ memory, sink: sink ?? tap })
  return {
    splice,
    memory,
    port: splice.address.kind === 'tcp' ? splice.address.port : 0,
    control: new ControlBlock(memory),
    table: new ConnectionTable(memory),
    tap,
    pump,
    async stop() {
      await splice.close()
      pump.stop()
    },
  }
}

export interface Peer {
  readonly address: Address
  readonly port: number
  readonly server: Server
  readonly stop: () => Promise<void>
}

/** A TCP server that hands each connection to `onConnection`. */
export async function tcpServer(
  onConnection: (socket: Socket) => void,
  where: { host?: string; path?: string } = {},
): Promise<Peer> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  server.listen(
    where.path === undefined ? { host: where.host ?? '127.0.0.1', port: 0 } : { path: where.path },
  )
  await once(server, 'listening')
  const port = where.path === undefined ? (server.address() as AddressInfo).port : 0
  return {
    address:
      where.path === undefined
        ? { kind: 'tcp', host: where.host ?? '127.0.0.1', port }
        : { kind: 'unix', path: where.path },
    port,
    server,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

export async function tcpClient(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host, allowHalfOpen: true, noDelay: true })
  await once(socket, 'connect')
  // Later errors show in how the socket ends.
  socket.on('error', () => undefined)
  return socket
}

/** Resolves when the socket is closed, in whatever way. What it still receives is thrown away. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    socket.on('error', () => undefined).once('close', () => resolve())
    socket.once('end', () => socket.end()).resume()
  })
}

/** Resolves when `condition` holds; looks at it each turn of the event loop for at most `limitMs`. */
export async function until(condition: () => boolean, limitMs = 10_000): Promise<void> {
  const startMs = performance.now()
  while (!condition()) {
    if (performance.now() - startMs > limitMs)
      throw new Error(`not within ${limitMs} ms: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
