import type { Socket } from 'node:net'
import type { Address } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { startInterval, type Timer } from '../lib/timers.ts'
import { ConnectionTable } from '../ring/connection-table.ts'
import { ControlBlock, UPSTREAM } from '../ring/control.ts'
import type { TapMemory } from '../ring/memory.ts'
import { RingWriter } from '../ring/writer.ts'
import { affordableConnections, type Grants } from './affordable.ts'
import { Connection, type ConnectionContext } from './connection.ts'
import { ConnectionIds } from './connection-ids.ts'
import { type Drain, drain } from './drain.ts'
import { LargeReads } from './flow.ts'
import { Listener } from './listener.ts'
import type { SpliceOptions } from './options.ts'
import type { Upstream } from './upstream.ts'

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
 * Opens the data ports and forwards everything to the model server.
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
  readonly #shared: Omit<ConnectionContext, 'upstream'>
  readonly #contexts = new Map<Upstream, ConnectionContext>()
  readonly #ids: ConnectionIds
  /** Connections open at once. */
  readonly #limit: number
  readonly #connections = new Map<number, Connection>()
  readonly #listeners: readonly Listener[]
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
    this.#shared = {
      writer: new RingWriter(memory),
      table,
      control: this.#control,
      clock,
      largeReads: new LargeReads(),
      onClosed: (connection) => this.#closed(connection),
    }
    const { listen, upstream } = settings
    const { tls, upstreamTls, listeners = [] } = options
    this.#listeners = [{ listen, upstream, tls, upstreamTls }, ...listeners].map(
      (listener, index) =>
        new Listener({
          options: listener,
          setting:
            index === 0
              ? { name: '--listen', example: '0.0.0.0:9081' }
              : { name: `listeners[${index - 1}].listen:`, example: `0.0.0.0:${9081 + index}` },
          limit: this.#limit,
          connectTimeoutMs: options.connections.connectTimeout,
          control: this.#control,
          clock,
          logger,
          onClient: (client, to) => this.#accept(client, to),
          onState: () => this.#tellState(),
        }),
    )
    for (const { upstream } of this.#listeners) this.#contexts.set(upstream, { ...this.#shared, upstream })
  }

  /** The first data port, with its actual number. */
  get address(): Address {
    return (this.#listeners[0] as Listener).address
  }

  /** All data ports, in the order of the configuration. */
  get addresses(): readonly Address[] {
    return this.#listeners.map(({ address }) => address)
  }

  async listen(): Promise<void> {
    try {
      for (const listener of this.#listeners) await listener.listen()
    } catch (error) {
      for (const listener of this.#listeners) listener.close()
      throw error
    }
    this.#beat()
    const { connectTimeout, idleTimeout } = this.#settings.options.connections
    const expireEveryMs = Math.min(BEAT_MS, Math.max(10, Math.min(connectTimeout, idleTimeout) / 4))
    this.#timers.push(
      startInterval(() => this.#beat(), BEAT_MS, { keepsAlive: false }),
      startInterval(() => this.#expire(), expireEveryMs, { keepsAlive: false }),
    )
  }

  /** Whether the model server accepts connections, at all of its addresses. */
  async upstreamReachable(): Promise<boolean> {
    const answers = await Promise.all(this.#listeners.map(({ upstream }) => upstream.reachable()))
    return answers.every(Boolean)
  }

  /** Shuts down in order, see drain.ts. Resolves when no connection is open. */
  async drain(timeoutMs = this.#settings.options.drain.timeout): Promise<void> {
    const { clock, logger, options } = this.#settings
    const draining: Drain = {
      connections: this.#connections,
      upstream: {
        hasGone: () => this.#listeners.every(({ upstream }) => upstream.hasGone),
      },
      control: this.#control,
      clock,
      logger,
      shrinkQueue: () => this.#each((listener) => listener.shrinkQueue()),
      closePort: () => this.#each((listener) => listener.close()),
      empty: () => this.#empty(),
    }
    await drain(draining, { delayMs: options.drain.delay, timeoutMs })
    this.#stop()
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    this.#each((listener) => listener.close())
    for (const connection of this.#connections.values()) connection.abort()
    await this.#empty()
    this.#stop()
  }

  #each(act: (listener: Listener) => void): void {
    for (const listener of this.#listeners) act(listener)
  }

  /** The worst state of all addresses counts: a model server that misses a port is not ready. */
  #tellState(): void {
    const states = this.#listeners.map(({ upstream }) => upstream.state)
    this.#control.upstreamsDown = states.reduce<number>(
      (bits, state, index) => (state === UPSTREAM.REACHABLE ? bits : bits | (1 << index)),
      0,
    )
    this.#control.upstreamState = states.includes(UPSTREAM.UNREACHABLE)
      ? UPSTREAM.UNREACHABLE
      : states.includes(UPSTREAM.UNKNOWN)
        ? UPSTREAM.UNKNOWN
        : UPSTREAM.REACHABLE
  }

  #accept(client: Socket, upstream: Upstream): void {
    // Not `server.maxConnections`: the server does not count adopted sockets (adopt.ts).
    if (this.#connections.size >= this.#limit) {
      this.#control.connectionsRefused += 1
      client.destroy()
      return
    }
    const id = this.#ids.take()
    this.#control.connectionsAccepted += 1
    if (this.#control.connectionsAccepted === 1) this.#settings.onFirstClient?.()
    const connection = new Connection(id, client, this.#contexts.get(upstream) as ConnectionContext)
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
    this.#shared.writer.settle()
    this.#each((listener) => listener.refresh())
    if (this.#beats % PROBE_BEATS === 0) void this.upstreamReachable()
    this.#beats += 1
  }

  #stop(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers.length = 0
  }
}
