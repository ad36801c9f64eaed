/**
 * The admin port on the main thread: it answers probes itself and relays everything else to the analysis thread. A
 * probe therefore only needs the thread that carries the traffic, and the port stays open while analysis is replaced.
 *
 *     accepted ──head within 2 s──► probe?  ──yes──► answered here, next head
 *         │                            └────no────► relayed to the analysis thread for good
 *         └── no head ──► closed
 *
 * Two limits, one for connections without a complete head and one for relayed ones. Beyond a limit, the least recently
 * used connection is closed, so connections in use are kept.
 */
import { createServer, type Server, type Socket } from 'node:net'
import type { MessagePort } from 'node:worker_threads'
import type { Address } from '../lib/address.ts'
import { listenAt } from '../lib/listen.ts'
import { listenFailed } from '../lib/listen-failed.ts'
import type { Logger } from '../lib/logger.ts'
import { startTimer } from '../lib/timers.ts'
import { type Answer, problem, renderAnswer } from './answer.ts'
import { areAllowedHosts, WRONG_HOST } from './hosts.ts'
import { Newest } from './newest.ts'
import { isProbePath, probe, type ProbePath, type ProbeSources } from './probes.ts'
import { Relay, type RelayedConnection } from './relay.ts'
import { parseHead, type RequestHead } from './request-head.ts'

/** Time limit for a complete head, from the start or from the first byte after an answer. */
const HEAD_MS = 2_000
/** Idle timeout; longer than Prometheus' usual interval. */
const IDLE_MS = 65_000
/** Maximum connections without a complete head, and maximum relayed connections. */
const MOST_UNFINISHED = 64
const MOST_RELAYED = 64
const EXPIRE_EVERY_MS = 500
const MOST_UNREAD_BYTES = 64 * 1024

export interface AdminPortOptions extends ProbeSources {
  /** Port 0 requests a free one. */
  readonly listen: Address
  /** Allowed names in Host headers besides IP addresses and localhost. */
  readonly hosts: readonly string[]
  readonly logger: Logger
}

/** A connection between two requests, or in the middle of a head. */
interface Unfinished {
  readonly socket: Socket
  bytes: Buffer
  deadlineMs: number
}

export class AdminPort {
  readonly #options: AdminPortOptions
  readonly #server: Server
  readonly #unfinished = new Newest<Unfinished>(MOST_UNFINISHED)
  readonly #relayed = new Newest<RelayedConnection>(MOST_RELAYED)
  readonly #lastMovedMs = new WeakMap<RelayedConnection, number>()
  readonly #expiry: NodeJS.Timeout
  #relay: Relay | undefined
  #isTrimming = false
  /** Requests that wait for the next analysis thread during a planned replacement. */
  #held: { readonly socket: Socket; readonly bytes: Buffer }[] | undefined

  private constructor(options: AdminPortOptions) {
    this.#options = options
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket))
    this.#expiry = setInterval(() => this.#expire(), EXPIRE_EVERY_MS).unref()
  }

  /** @throws ModeltapError LISTEN_FAILED */
  static async open(options: AdminPortOptions): Promise<AdminPort> {
    const port = new AdminPort(options)
    try {
      await listenAt(port.#server, options.listen)
    } catch (cause) {
      clearInterval(port.#expiry)
      const setting = { address: options.listen, setting: '--admin', example: '0.0.0.0:9465' }
      throw listenFailed(setting, cause as NodeJS.ErrnoException)
    }
    port.#server.on('error', (error) => {
      options.logger.error({ reason: error.message }, 'cannot accept a connection to the admin port')
    })
    return port
  }

  /** With the actual port number. */
  get address(): Address {
    const { listen } = this.#options
    const bound = this.#server.address()
    if (listen.kind === 'unix' || bound === null || typeof bound === 'string') return listen
    return { kind: 'tcp', host: listen.host, port: bound.port }
  }

  /** From now on, requests go to this analysis thread. Those of the previous thread are answered with 503 or cut. */
  attach(port: MessagePort): void {
    this.detach()
    this.#relay = new Relay({
      port,
      onMoved: (connection) => this.#moved(connection),
      onClosed: (connection) => this.#relayed.delete(connection),
    })
    const held = this.#held ?? []
    this.#held = undefined
    for (const { socket, bytes } of held) if (!socket.destroyed) this.#moved(this.#relay.take(socket, bytes))
  }

  /** New requests wait for the next `attach`: the current thread finishes its requests and takes no more. */
  hold(): void {
    this.#held ??= []
  }

  /** There is no analysis thread until the next `attach`. */
  detach(): void {
    const cut = this.#relay?.detach() ?? []
    this.#relay = undefined
    for (const connection of cut) {
      const { socket, isAnswered } = connection
      this.#relayed.delete(connection)
      // A partial response cannot be completed; a client without any bytes receives an error.
      if (isAnswered) socket.destroy()
      else this.#end(socket, NO_ANALYSIS)
    }
  }

  /** Lets running answers finish, at most for `graceMs`. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#expiry)
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const { socket } of this.#unfinished) socket.destroy()
    const deadline = startTimer(() => {
      for (const { socket } of this.#relayed) socket.destroy()
    }, graceMs)
    for (const { socket } of this.#held ?? []) socket.destroy()
    await closed
    deadline.cancel()
    this.detach()
  }

  #accept(socket: Socket): void {
    const connection: Unfinished = {
      socket,
      bytes: NOTHING,
      deadlineMs: this.#options.clock.monotonicMs() + HEAD_MS,
    }
    socket.on('error', () => undefined)
    this.#wait(connection)
  }

  /** Waits for the next head. */
  #wait(connection: Unfinished): void {
    const { socket } = connection
    this.#unfinished.use(connection)
    this.#trim()
    const onData = (chunk: Buffer): void => {
      // After an answer, the time limit of the next head starts with its first byte.
      if (connection.bytes.length === 0)
        connection.deadlineMs = Math.min(connection.deadlineMs, this.#options.clock.monotonicMs() + HEAD_MS)
      connection.bytes = connection.bytes.length === 0 ? chunk : Buffer.concat([connection.bytes, chunk])
      this.#read(connection)
    }
    const onEnd = (): void => void socket.end()
    const onClose = (): void => this.#unfinished.delete(connection)
    socket.on('data', onData).on('end', onEnd).on('close', onClose)
  }

  #read(connection: Unfinished): void {
    for (;;) {
      const parsed = parseHead(connection.bytes)
      if (parsed.kind === 'unfinished') return
      if (parsed.kind === 'broken') {
        this.#refuse(connection, problem(400, 'This is not a request of HTTP/1.1, or its head is too long.'))
        return
      }
      const { head, bytes } = parsed
      if (!areAllowedHosts(head.hosts, this.#options.hosts)) {
        this.#refuse(connection, problem(421, WRONG_HOST))
        return
      }
      if (!isProbePath(head.path) || (head.method !== 'GET' && head.method !== 'HEAD')) {
        this.#handOver(connection)
        return
      }
      connection.bytes = connection.bytes.subarray(bytes)
      if (!this.#answerProbe(connection.socket, head.path, head)) return
      const waitMs = connection.bytes.length === 0 ? IDLE_MS : HEAD_MS
      connection.deadlineMs = this.#options.clock.monotonicMs() + waitMs
      this.#unfinished.use(connection)
    }
  }

  /** Returns whether another request may follow on the connection. */
  #answerProbe(socket: Socket, path: ProbePath, head: RequestHead): boolean {
    const { status, body } = probe(path, this.#options)
    // A client that sends requests without reading answers would fill the memory.
    const keepsAlive = head.keepsAlive && !head.hasBody && socket.writableLength < MOST_UNREAD_BYTES
    const isHead = head.method === 'HEAD'
    socket.write(renderAnswer({ status, type: 'application/json', body }, { keepsAlive, isHead }))
    if (keepsAlive) return true
    socket.removeAllListeners('data')
    socket.resume()
    socket.end()
    return false
  }

  #refuse({ socket }: Unfinished, answer: Answer): void {
    socket.removeAllListeners('data')
    // Remaining bytes are read and dropped: closing with unread bytes would reset the connection before the answer
    // arrives.
    socket.resume()
    this.#end(socket, answer)
  }

  #end(socket: Socket, answer: Answer): void {
    socket.end(renderAnswer(answer, { keepsAlive: false, isHead: false }))
  }

  #handOver(connection: Unfinished): void {
    const { socket, bytes } = connection
    const isFull = this.#held !== undefined && this.#held.length >= MOST_RELAYED
    if (isFull || (this.#relay === undefined && this.#held === undefined)) {
      this.#refuse(connection, NO_ANALYSIS)
      return
    }
    this.#unfinished.delete(connection)
    for (const event of ['data', 'end', 'close'] as const) socket.removeAllListeners(event)
    if (this.#held !== undefined) {
      socket.pause()
      this.#held.push({ socket, bytes })
      return
    }
    this.#moved((this.#relay as Relay).take(socket, bytes))
    this.#trim()
  }

  #moved(connection: RelayedConnection): void {
    this.#relayed.use(connection)
    this.#lastMovedMs.set(connection, this.#options.clock.monotonicMs())
  }

  /**
   * Two turns of the event loop later: the kernel delivers all waiting connections before any of their bytes, and a
   * connection with a whole request must not be closed before the request was read.
   */
  #trim(): void {
    if (this.#isTrimming) return
    this.#isTrimming = true
    setImmediate(() =>
      setImmediate(() => {
        this.#isTrimming = false
        for (const { socket } of [...this.#unfinished.takeSurplus(), ...this.#relayed.takeSurplus()]) {
          this.#options.control.adminClosedFull += 1
          socket.destroy()
        }
      }),
    )
  }

  #expire(): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const { socket, deadlineMs } of this.#unfinished) {
      if (nowMs < deadlineMs) continue
      this.#options.control.adminClosedTimeout += 1
      socket.destroy()
    }
    for (const connection of this.#relayed) {
      if (nowMs - (this.#lastMovedMs.get(connection) ?? nowMs) > IDLE_MS) connection.socket.destroy()
    }
  }
}

const NOTHING = Buffer.alloc(0)
const NO_ANALYSIS = problem(
  503,
  'The analysis thread is being started. Traffic is not affected; ask again in a second.',
  1,
)
