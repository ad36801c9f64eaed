// HOT: per frame
import { DIRECTION, type Direction, FRAME, type FrameKind, type FrameSink } from '../ring/frame.ts'
import { Http1ExchangePool } from './http1-exchange.ts'
import { startsRequest } from './http1-syntax.ts'
import { Http2ExchangePool } from './http2-exchange.ts'
import { type ExchangePools, ObservedConnection } from './observed-connection.ts'
import { ObserverContext, type ObserverOptions } from './observer-context.ts'

/** Number of the oldest connections checked when a new one needs room. */
const EVICTION_SCAN = 16

/**
 * Makes exchanges of frames. It never throws because of bytes: what cannot be understood is counted by reason, and
 * the connection is followed no further (see `UNOBSERVED_REASONS`). What `onExchange` throws, `frame` throws once the
 * frame is read to its end.
 *
 * @example
 * const observer = new Observer({ onExchange, onUnobserved, skip, limits: { bodyBytes: 2 ** 20, headerBytes: 65536, connections: 10_000 } })
 * ring.read(observer)
 */
export class Observer implements FrameSink {
  readonly #context: ObserverContext
  readonly #pools: ExchangePools
  readonly #connections = new Map<number, ObservedConnection>()
  #bytes: Uint8Array | undefined
  #buffer: Buffer = Buffer.alloc(0)

  constructor(options: ObserverOptions) {
    this.#context = new ObserverContext(options)
    this.#pools = { http1: new Http1ExchangePool(this.#context), http2: new Http2ExchangePool(this.#context) }
  }

  /** Requests seen whose response is not over, on all connections. */
  get inFlight(): number {
    return this.#context.inFlight
  }

  /** Connections followed at this moment. */
  get connections(): number {
    return this.#connections.size
  }

  /** Bytes lent out for body copies at this moment. */
  get copyBytes(): number {
    return this.#context.pool.lentBytes
  }

  get #isFull(): boolean {
    return this.#connections.size >= this.#context.options.limits.connections
  }

  frame(
    kind: FrameKind,
    connection: number,
    direction: Direction,
    offset: number,
    timeMs: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (kind === FRAME.OPEN) {
      this.#open(connection, timeMs)
      return
    }
    let observed = this.#connections.get(connection)
    switch (kind) {
      case FRAME.DATA:
        observed ??= this.#meet(connection, direction, offset, timeMs)
        if (observed !== undefined)
          observed.data(direction, offset, timeMs, this.#asBuffer(bytes), start, end)
        else if (direction === DIRECTION.TO_SERVER && startsRequest(bytes, start, end)) {
          this.#context.lose('too_many_connections', 1)
        }
        break
      case FRAME.END:
        observed?.end(direction, offset, timeMs)
        break
      case FRAME.RESET:
        observed?.reset(direction, timeMs)
        break
      case FRAME.UNREACHABLE:
        observed ??= this.#open(connection, timeMs)
        observed?.unreachable(timeMs)
        break
      case FRAME.CLOSE:
        this.#connections.delete(connection)
        observed?.close(timeMs)
        break
      case FRAME.FORGET:
        this.#connections.delete(connection)
        observed?.forget()
        break
    }
    if (this.#context.consumerError !== undefined) this.#rethrow(this.#context.consumerError)
  }

  #rethrow(error: Error): never {
    this.#context.consumerError = undefined
    throw error
  }

  #open(connection: number, timeMs: number): ObservedConnection | undefined {
    this.#connections.get(connection)?.abandon()
    if (this.#isFull && !this.#evictIdle()) return undefined
    const observed = new ObservedConnection(connection, this.#context, this.#pools, timeMs)
    this.#connections.set(connection, observed)
    this.#context.markIdle(connection, true)
    return observed
  }

  /** A connection whose OPEN was never seen: this observer started later, or the ring was full. */
  #meet(
    connection: number,
    direction: Direction,
    offset: number,
    timeMs: number,
  ): ObservedConnection | undefined {
    // Bytes of the server alone tell no exchange, so nobody makes room for them.
    if (direction === DIRECTION.TO_CLIENT && this.#isFull) return undefined
    const observed = this.#open(connection, timeMs)
    if (offset > 0 || direction === DIRECTION.TO_CLIENT) observed?.beginMidstream()
    return observed
  }

  /**
   * Makes room by forgetting an old connection on which nothing is under way. If it speaks again it is met again at
   * its next request, so nothing is lost by it.
   */
  #evictIdle(): boolean {
    let scanned = 0
    for (const [id, observed] of this.#connections) {
      if (observed.isIdle) {
        this.#connections.delete(id)
        return true
      }
      // To the end of the order, so that the next scan goes on where this one stopped.
      this.#connections.delete(id)
      this.#connections.set(id, observed)
      scanned += 1
      if (scanned === EVICTION_SCAN) break
    }
    return false
  }

  /** The ring is always the same array; Buffer's native methods need a Buffer over it. */
  #asBuffer(bytes: Uint8Array): Buffer {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    return this.#buffer
  }
}
