import type { AddressInfo, Socket } from 'node:net'
import type { Address } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startInterval, type Timer } from '../lib/timers.ts'
import { ConnectionTable } from '../ring/connection-table.ts'
import { ControlBlock } from '../ring/control.ts'
import type { TapMemory } from '../ring/memory.ts'
import { RingWriter } from '../ring/writer.ts'
import { affordableConnections, type Grants } from './affordable.ts'
import { Connection, type ConnectionContext } from './connection.ts'
import { ConnectionIds } from './connection-ids.ts'
import { createDataPort, type DataPort, listen, shrinkQueue } from './data-port.ts'
import { type Drain, drain } from './drain.ts'
import { LargeReads } from './flow.ts'
import type { SpliceOptions } from './options.ts'
import { Upstream } from './upstream.ts'

const BEAT_MS = 1000
/** Heartbeats between connection probes to the model server while there is no traffic. */
const PROBE_BEATS = 5

export interface SpliceSettings {
  /** Port 0 takes a free one. */
  readonly listen: Address
  readonly upstream: Address
  readonly memory: TapMemory
  readonly clock: Clock
  readonly logger: Logger
  readonly options: SpliceOptions
  /** Called before anything of the first client is read. */
  readonly onFirstClient?: () => void
  /** Limits set by the system and the container. */
  readonly grants: Grants
}

/**
 * Opens the data port and forwards everything to `upstream`.
 *
 * @throws ModeltapError LISTEN_FAILED; CONFIG_INVALID when TLS files cannot be used
 */
export async function startSplice(settings: SpliceSettings): Promise<Splice> {
  const splice = new Splice(settings)
  await splice.listen()
  return splice
}

export class Splice {
  readonly #settings: SpliceSettings
  readonly #control: ControlBlock
  readonly #context: ConnectionContext
  readonly #upstream: Upstream
  readonly #ids: ConnectionIds
  /** Connections open at once. */
  readonly #limit: number
  readonly #connections = new Map<number, Connection>()
  readonly #port: DataPort
  readonly #timers: Timer[] = []
  #beats = 0
  #onEmpty: (() => void) | undefined

  constructor(settings: SpliceSettings) {
    const { memory, clock, logger, options, grants } = settings
    this.#settings = settings
    this.#control = new ControlBlock(memory)
    const table = new ConnectionTable(memory)
    this.#ids = new ConnectionIds(table.size)
    const { connections, because } = affordableConnections(options.connections.limit, grants)
    this.#limit = connections
    if (because !== undefined) {
      logger.warn(
        { limit: connections, configured: options.connections.limit, ...grants },
        because === 'memory'
          ? 'lowered connections.limit to fit the memory limit of this container; raise the memory limit for more connections'
          : 'lowered connections.limit because the process may not open enough files; raise the limit of open files (ulimit -n)',
      )
    }
    this.#upstream = new Upstream({
      address: settings.upstream,
      control: this.#control,
      clock,
      logger,
      connectTimeoutMs: options.connections.connectTimeout,
      tls: options.upstreamTls,
    })
    this.#context = {
      writer: new RingWriter(memory),
      table,
      control: this.#control,
      clock,
      upstream: this.#upstream,
      largeReads: new LargeReads(),
      onClosed: (connection) => this.#closed(connection),
    }
    this.#port = createDataPort({
      tls: options.tls,
      limit: this.#limit,
      control: this.#control,
      logger,
      onClient: (client) => this.#accept(client),
    })
  }

  /** The data port, with its actual number. */
  get address(): Address {
    const { listen } = this.#settings
    if (listen.kind === 'unix') return listen
    return { ...listen, port: (this.#port.server.address() as AddressInfo | null)?.port ?? listen.port }
  }

  async listen(): Promise<void> {
    await listen(this.#port.server, this.#settings.listen, this.#settings.logger)
    this.#beat()
    const { connectTimeout, idleTimeout } = this.#settings.options.connections
    const expireEveryMs = Math.min(BEAT_MS, Math.max(10, Math.min(connectTimeout, idleTimeout) / 4))
    this.#timers.push(
      startInterval(() => this.#beat(), BEAT_MS, { keepsAlive: false }),
      startInterval(() => this.#expire(), expireEveryMs, { keepsAlive: false }),
    )
  }

  /** Whether the model server accepts connections. */
  upstreamReachable(): Promise<boolean> {
    return this.#upstream.reachable()
  }

  /** Shuts down in order, see drain.ts. Resolves when no connection is open. */
  async drain(timeoutMs = this.#settings.options.drain.timeout): Promise<void> {
    const { clock, logger, options } = this.#settings
    const draining: Drain = {
      connections: this.#connections,
      upstream: this.#upstream,
      control: this.#control,
      clock,
      logger,
      shrinkQueue: () => shrinkQueue(this.#port.server, this.#settings.listen),
      closePort: () => this.#port.server.close(),
      empty: () => this.#empty(),
    }
    await drain(draining, { delayMs: options.drain.delay, timeoutMs })
    this.#stop()
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    this.#port.server.close()
    for (const connection of this.#connections.values()) connection.abort()
    await this.#empty()
    this.#stop()
  }

  #accept(client: Socket): void {
    // Not `server.maxConnections`: the server does not count adopted sockets (adopt.ts).
    if (this.#connections.size >= this.#limit) {
      this.#control.connectionsRefused += 1
      client.destroy()
      return
    }
    const id = this.#ids.take()
    this.#control.connectionsAccepted += 1
    if (this.#control.connectionsAccepted === 1) this.#settings.onFirstClient?.()
    const connection = new Connection(id, client, this.#context)
    this.#connections.set(id, connection)
    this.#control.connectionsOpen = this.#connections.size
  }

  #closed(connection: Connection): void {
    this.#connections.delete(connection.id)
    this.#ids.release(connection.id)
    this.#control.connectionsOpen = this.#connections.size
    if (this.#connections.size === 0) this.#onEmpty?.()
  }

  /** Resolves when no connection is open. */
  async #empty(): Promise<void> {
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
  }

  #expire(): void {
    const { connectTimeout, idleTimeout } = this.#settings.options.connections
    const nowMs = this.#settings.clock.monotonicMs()
    for (const connection of this.#connections.values()) {
      if (connection.expire(nowMs, connectTimeout, idleTimeout)) this.#control.connectionsIdleClosed += 1
    }
  }

  #beat(): void {
    this.#control.dataHeartbeatMs = this.#settings.clock.monotonicMs()
    this.#context.writer.settle()
    this.#port.refresh()
    this.#upstream.refresh()
    if (this.#beats % PROBE_BEATS === 0) void this.#upstream.reachable()
    this.#beats += 1
  }

  #stop(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers.length = 0
  }
}
