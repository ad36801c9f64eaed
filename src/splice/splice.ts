import type { AddressInfo, Socket } from 'node:net'
import type { Address } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { ConnectionTable } from '../ring/connection-table.ts'
import { ControlBlock, DRAIN } from '../ring/control.ts'
import type { TapMemory } from '../ring/memory.ts'
import { RingWriter } from '../ring/writer.ts'
import { ConnectionIds } from './connection-ids.ts'
import { Connection, type ConnectionContext } from './connection.ts'
import { createDataPort, listen, type DataPort } from './data-port.ts'
import { LargeReads } from './flow.ts'
import { affordableConnections } from './open-files.ts'
import type { SpliceOptions } from './options.ts'
import { Upstream } from './upstream.ts'

const BEAT_MS = 1000
/** Without traffic the model server is asked this often whether it accepts connections. */
const PROBE_BEATS = 5
/** While draining: how often connections are looked at. */
const DRAIN_LOOK_MS = 1
/** When more and more clients connect: how long that is waited out before the port is closed. */
const ACCEPT_WAITING_MS = 1000
/** During the drain delay: how often the model server is looked after. */
const DELAY_LOOK_MS = 10

export interface SpliceSettings {
  /** Port 0 takes a free one. */
  readonly listen: Address
  readonly upstream: Address
  readonly memory: TapMemory
  readonly clock: Clock
  readonly logger: Logger
  readonly options: SpliceOptions
  /** Before anything of it is read. */
  readonly onFirstClient?: () => void
  /** Files that the process may open, sockets among them. */
  readonly maxOpenFiles: number
}

/**
 * Opens the data port and passes everything on to `upstream`.
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
  readonly #timers: NodeJS.Timeout[] = []
  #beats = 0
  #onEmpty: (() => void) | undefined

  constructor(settings: SpliceSettings) {
    const { memory, clock, logger, options, maxOpenFiles } = settings
    this.#settings = settings
    this.#control = new ControlBlock(memory)
    const table = new ConnectionTable(memory)
    this.#ids = new ConnectionIds(table.size)
    this.#limit = affordableConnections(options.connections.limit, maxOpenFiles)
    if (this.#limit < options.connections.limit) {
      logger.warn(
        { limit: this.#limit, configured: options.connections.limit, maxOpenFiles },
        'connections.limit is lowered: this process may not open enough files; raise its limit of open files (ulimit -n)',
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

  /** The data port, with its real number. */
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
      setInterval(() => this.#beat(), BEAT_MS).unref(),
      setInterval(() => this.#expire(), expireEveryMs).unref(),
    )
  }

  /** Whether the model server accepts connections. */
  upstreamReachable(): Promise<boolean> {
    return this.#upstream.reachable()
  }

  /**
   * Ends in order: not ready at once, no new connections after `drain.delay`, then connections end as soon as they are
   * between exchanges; after `timeoutMs` the rest is cut. Resolves when no connection is open.
   */
  async drain(timeoutMs = this.#settings.options.drain.timeout): Promise<void> {
    const { delay } = this.#settings.options.drain
    this.#control.drainState = DRAIN.DRAINING
    await this.#delay(delay)
    await this.#acceptWaiting()
    this.#port.server.close()
    await this.#drainConnections(timeoutMs)
    this.#control.drainState = DRAIN.DRAINED
    this.#stop()
  }

  /** Cuts everything. */
  async close(): Promise<void> {
    this.#port.server.close()
    for (const connection of this.#connections.values()) connection.abort()
    await this.#empty()
    this.#stop()
  }

  #accept(client: Socket): void {
    // Not `server.maxConnections`: the server loses sight of sockets that are adopted (adopt.ts).
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

  /**
   * Resolves after the drain delay, or when the model server has gone before: who is refused by the system tries another
   * instance without a request lost, and who is accepted would only get a 503.
   */
  async #delay(delayMs: number): Promise<void> {
    const endMs = this.#settings.clock.monotonicMs() + delayMs
    while (this.#settings.clock.monotonicMs() < endMs && !this.#upstream.hasGone) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(DELAY_LOOK_MS, delayMs)))
    }
  }

  /**
   * Closing a port resets the connections that the kernel has made and nobody has accepted yet. The event loop accepts
   * one in each turn, so there are none left behind a turn in which none came; that is when the port is closed.
   */
  async #acceptWaiting(): Promise<void> {
    const { clock } = this.#settings
    const endMs = clock.monotonicMs() + ACCEPT_WAITING_MS
    const count = (): number => this.#control.connectionsAccepted + this.#control.connectionsRefused
    // Now is somewhere in the middle of a turn.
    await turnOfEventLoop()
    let before = Number.NaN
    while (count() !== before && clock.monotonicMs() < endMs) {
      before = count()
      await turnOfEventLoop()
    }
  }

  async #drainConnections(timeoutMs: number): Promise<void> {
    for (const connection of this.#connections.values()) connection.startDraining()
    const deadline = setTimeout(() => this.#cut(), timeoutMs)
    this.#endIdle()
    await this.#empty()
    clearTimeout(deadline)
  }

  /**
   * Looks again and again until no connection is open. At most one connection ends in a turn of the event loop, because
   * the FIN leaves at the end of the turn: so it follows the last bytes of its response by microseconds, and a client
   * finds it before it uses the connection again.
   */
  #endIdle(): void {
    const nowMs = this.#settings.clock.monotonicMs()
    let hasEnded = false
    for (const connection of this.#connections.values()) {
      hasEnded = connection.drain(nowMs)
      if (hasEnded) break
    }
    if (this.#connections.size === 0) return
    if (hasEnded) setImmediate(() => this.#endIdle())
    else setTimeout(() => this.#endIdle(), DRAIN_LOOK_MS)
  }

  /** Resolves when no connection is open. */
  async #empty(): Promise<void> {
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
  }

  #cut(): void {
    this.#settings.logger.warn(
      { connections: this.#connections.size },
      'the drain time is over; the connections that are left are cut',
    )
    for (const connection of this.#connections.values()) connection.abort()
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
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers.length = 0
  }
}

const turnOfEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
