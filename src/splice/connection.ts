import type { Socket } from 'node:net'
import { DIRECTION, type Direction, FRAME } from '../ring/frame.ts'
import { NO_DIRECTION } from '../ring/writer.ts'
import { adopt } from './adopt.ts'
import { end, endWith, reset } from './ends.ts'
import { Flow, type Tap } from './flow.ts'
import { understandsHttp1, unreachableResponse } from './unreachable.ts'
import { connectTimeout, type Upstream } from './upstream.ts'

/** How long a peer may take to end its side after our last byte, before the connection is cut. */
const LINGER_MS = 2000

/** While draining: maximum time that a chunk waits for the observer to decide whether the exchange has ended. */
const HOLD_MS = 50

/** While draining: a connection without bytes for this long is not in the middle of a client's loop. */
const QUIET_MS = 500

const STATE = { CONNECTING: 0, JOINED: 1, REFUSING: 2, CLOSING: 3 } as const
type State = (typeof STATE)[keyof typeof STATE]

export interface ConnectionContext extends Tap {
  readonly upstream: Upstream
  /** Both sides are closed; the id may be reused. */
  readonly onClosed: (connection: Connection) => void
}

/**
 * One client with its own connection to the model server, byte for byte and end for end: FIN for FIN, reset for reset.
 *
 *     CONNECTING ──connected──► JOINED ──both ended──► closed
 *          └──cannot be reached──► REFUSING ──answered 503, or client gone──► closed
 *     JOINED ──closed by us while draining──► CLOSING ──► closed
 */
export class Connection {
  readonly id: number
  readonly #context: ConnectionContext
  readonly #client: Socket
  /** The client's bytes come through `Flow.onread` instead of `data` events. */
  readonly #isAdopted: boolean
  #server: Socket | undefined
  readonly #toServer: Flow
  readonly #toClient: Flow
  #state: State = STATE.CONNECTING
  #openSides = 1
  readonly #openedMs: number
  #deadlineMs = Number.POSITIVE_INFINITY

  /**
   * `accepted` is paused: nothing is read before the model server has accepted too. A TLS socket cannot be adopted,
   * because its bytes are decrypted on the way.
   */
  constructor(id: number, accepted: Socket, context: ConnectionContext) {
    this.id = id
    this.#context = context
    this.#toServer = new Flow(context, id, DIRECTION.TO_SERVER)
    const adopted = 'encrypted' in accepted ? undefined : adopt(accepted, this.#toServer.onread)
    this.#isAdopted = adopted !== undefined
    const client = adopted ?? accepted
    this.#client = client
    this.#toClient = new Flow(context, id, DIRECTION.TO_CLIENT)
    this.#openedMs = this.#toServer.lastMs
    context.writer.lifecycle(FRAME.OPEN, id, NO_DIRECTION, 0, this.#openedMs)
    client.on('error', () => this.#failed(DIRECTION.TO_SERVER))
    client.on('end', () => this.#ended(DIRECTION.TO_SERVER))
    client.on('close', this.#onSideClosed)
    this.#connect()
  }

  /** Between exchanges: the observer has seen all bytes and marked the connection idle. */
  get isIdle(): boolean {
    const { table } = this.#context
    return this.#state === STATE.JOINED && table.isIdle(this.id, this.#toServer.bytes, this.#toClient.bytes)
  }

  /** Call it from time to time: ends what waits too long. Returns whether the connection was idle for too long. */
  expire(nowMs: number, connectTimeoutMs: number, idleTimeoutMs: number): boolean {
    if (nowMs > this.#deadlineMs) {
      this.abort()
    } else if (this.#state === STATE.CONNECTING) {
      if (nowMs - this.#openedMs > connectTimeoutMs) this.#unreachable(connectTimeout(connectTimeoutMs))
    } else if (nowMs - Math.max(this.#toServer.lastMs, this.#toClient.lastMs) > idleTimeoutMs) {
      this.abort()
      return true
    }
    return false
  }

  /** From now on, the last bytes of a response leave together with the end of the connection. */
  startDraining(): void {
    this.#toClient.hold()
  }

  /**
   * Called every millisecond while draining: forwards held bytes, and ends the connection after the end of an exchange,
   * or when it has been quiet since its last exchange. Returns whether it ended.
   */
  drain(nowMs: number): boolean {
    if (this.#state !== STATE.JOINED) return false
    const flow = this.#toClient
    if (flow.isWaiting) {
      const isSeen = this.#context.table.hasSeen(this.id, DIRECTION.TO_CLIENT, flow.bytes)
      if (!isSeen && nowMs - flow.lastMs < HOLD_MS) return false
    } else if (nowMs - Math.max(flow.lastMs, this.#toServer.lastMs) < QUIET_MS) {
      // The next request is probably on its way and would cross our FIN. Its response will end the connection.
      return false
    }
    const isIdle = this.isIdle
    if (isIdle) this.#finish(flow.takeHeld())
    else flow.release()
    return isIdle
  }

  /** Cuts both sides. */
  abort(): void {
    reset(this.#client)
    if (this.#server !== undefined) reset(this.#server)
  }

  #finish(last: Buffer | undefined): void {
    this.#state = STATE.CLOSING
    this.#deadlineMs = this.#context.clock.monotonicMs() + LINGER_MS
    // A request that arrives while the last response is queued has crossed our FIN and gets no answer. A reset informs
    // its sender, as the kernel does once the client's socket is closed.
    this.#toServer.divert(() => reset(this.#client))
    endWith(this.#client, last)
    if (this.#server === undefined) return
    end(this.#server)
    // The server waited for the held bytes. Nobody receives what it still sends, but its end must be seen.
    this.#toClient.divert(() => undefined)
    this.#server.resume()
  }

  #connect(): void {
    const { upstream } = this.#context
    const attempt = upstream.connect(this.#toClient.onread)
    if (attempt === undefined) {
      this.#refuse()
      return
    }
    const server = attempt.socket
    this.#server = server
    this.#openSides = 2
    this.#toClient.join(server, this.#client)
    this.#toServer.join(this.#client, server)
    server.on(attempt.ready, () => this.#join())
    if (!attempt.isReading) this.#toClient.listen(server)
    server.on('end', () => this.#ended(DIRECTION.TO_CLIENT))
    server.on('error', (error: NodeJS.ErrnoException) => {
      // A reset while connecting comes from a server that had accepted, so it is forwarded as a reset.
      const isReset = error.code === 'ECONNRESET' && attempt.ready === 'connect'
      if (this.#state === STATE.CONNECTING && !isReset) this.#unreachable(error)
      else this.#failed(DIRECTION.TO_CLIENT)
    })
    server.on('close', this.#onSideClosed)
  }

  #join(): void {
    if (this.#state !== STATE.CONNECTING) return
    this.#state = STATE.JOINED
    this.#context.upstream.succeeded()
    this.#startReading()
  }

  #startReading(): void {
    if (!this.#isAdopted) this.#toServer.listen(this.#client)
    this.#client.resume()
  }

  #ended(direction: Direction): void {
    if (this.#state !== STATE.JOINED && this.#state !== STATE.CLOSING) {
      // The answer, if any, is written; nobody reads more.
      if (this.#state === STATE.REFUSING && !this.#client.writableEnded) this.#client.destroy()
      return
    }
    const toServer = direction === DIRECTION.TO_SERVER
    this.#report(FRAME.END, direction)
    const target = toServer ? this.#server : this.#client
    if (target !== undefined) end(target)
  }

  /** The side that sends in `direction` failed; the other side receives the same kind of end. */
  #failed(direction: Direction): void {
    // Both ends are sent already; bytes on their way to the other side must still arrive.
    if (this.#state === STATE.CLOSING) return
    if (this.#state !== STATE.REFUSING) this.#report(FRAME.RESET, direction)
    this.abort()
  }

  #unreachable(error: Error): void {
    const server = this.#server
    if (this.#state !== STATE.CONNECTING) return
    this.#context.upstream.failed(error)
    this.#refuse()
    server?.destroy()
  }

  /** Answers as soon as the client's first bytes show that it understands the response. */
  #refuse(): void {
    const { clock, control, upstream } = this.#context
    const client = this.#client
    this.#state = STATE.REFUSING
    this.#deadlineMs = clock.monotonicMs() + LINGER_MS
    control.connectionsUnreachable += 1
    // The observer sees the request, so that the failure has a method and a path.
    this.#toServer.divert((chunk) => {
      // Bytes after the answer are read and dropped: closing with unread bytes would reset the connection before the
      // answer arrives.
      if (client.writableEnded) return
      if (!understandsHttp1(chunk)) {
        client.destroy()
        return
      }
      this.#report(FRAME.UNREACHABLE, NO_DIRECTION)
      client.end(unreachableResponse(upstream.name, upstream.retryAfterSeconds))
    })
    this.#startReading()
  }

  #report(
    kind: typeof FRAME.END | typeof FRAME.RESET | typeof FRAME.UNREACHABLE,
    direction: Direction,
  ): void {
    const { writer, clock } = this.#context
    const flow = direction === DIRECTION.TO_SERVER ? this.#toServer : this.#toClient
    writer.lifecycle(kind, this.id, direction, flow.bytes, clock.monotonicMs())
  }

  readonly #onSideClosed = (): void => {
    this.#openSides -= 1
    if (this.#openSides > 0) return
    this.#toServer.close()
    this.#toClient.close()
    const { writer, clock } = this.#context
    writer.lifecycle(FRAME.CLOSE, this.id, NO_DIRECTION, 0, clock.monotonicMs())
    this.#context.onClosed(this)
  }
}
