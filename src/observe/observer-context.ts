import type { Direction, SkipRequests } from '../ring/frame.ts'
import { BufferPool } from './buffer-pool.ts'
import type { BodyObserver, Exchange } from './exchange.ts'
import type { UnobservedReason } from './unobserved.ts'

/** All in bytes or counts; data beyond a limit is counted with its reason. */
export interface ObserverLimits {
  /** Maximum copy of each body. */
  readonly bodyBytes: number
  /** Maximum of one head: start line, fields and blank line; for HTTP/2 the header block and the decoded list. */
  readonly headerBytes: number
  /** Maximum number of connections. */
  readonly connections: number
  /** Maximum of all copies of bodies and large heads of all open connections. */
  readonly copyBytes?: number
  /**
   * Requests in flight on one connection: pipelined, or streams of HTTP/2. All connections together may have 16 times
   * that.
   */
  readonly inFlight?: number
}

export interface ObserverOptions {
  /**
   * Receives a finished exchange. It is valid during the call only: the exchange, its messages and their bodies are
   * reused for the next one.
   */
  readonly onExchange: (exchange: Exchange) => void
  readonly onUnobserved: (reason: UnobservedReason, count?: number) => void
  readonly skip: SkipRequests
  /** A connection is between exchanges (`true`) or received bytes of a new one (`false`). Never `true` when opaque. */
  readonly markIdle?: (connection: number, idle: boolean) => void
  /**
   * Called once for each final response without a declared length, as event streams have, when its head is complete.
   * The returned observer follows the body. The exchange is unfinished: only the heads may be read.
   */
  readonly onStreamedResponse?: (exchange: Exchange) => BodyObserver | undefined
  readonly limits: ObserverLimits
}

const DEFAULT_COPY_BYTES = 64 * 1024 * 1024
const DEFAULT_IN_FLIGHT = 4096
const IN_FLIGHT_FACTOR = 16

/** State shared by the connections of one observer. */
export class ObserverContext {
  readonly options: ObserverOptions
  readonly bodyLimit: number
  readonly headLimit: number
  readonly #inFlightLimit: number
  readonly pool: BufferPool
  /** Exchanges with a seen request and an unseen end. */
  inFlight = 0

  constructor(options: ObserverOptions) {
    this.options = options
    this.bodyLimit = options.limits.bodyBytes
    this.headLimit = options.limits.headerBytes
    this.#inFlightLimit = options.limits.inFlight ?? DEFAULT_IN_FLIGHT
    this.pool = new BufferPool(options.limits.copyBytes ?? DEFAULT_COPY_BYTES)
  }

  /** An error thrown by a consumer. It is kept until the frame has been read, so that framing stays intact. */
  consumerError: Error | undefined

  readonly countRefusedCopy = (): void => this.options.onUnobserved('copy_memory', 1)

  /** Whether a connection with `count` requests in flight may have another one. */
  hasRoomFor(count: number): boolean {
    return count < this.#inFlightLimit && this.inFlight < this.#inFlightLimit * IN_FLIGHT_FACTOR
  }

  emit(exchange: Exchange): void {
    try {
      this.options.onExchange(exchange)
    } catch (error) {
      this.consumerError ??= error instanceof Error ? error : new Error(String(error))
    }
  }

  lose(reason: UnobservedReason, count: number): void {
    this.options.onUnobserved(reason, count)
  }

  skipUntil(connection: number, direction: Direction, offset: number): void {
    this.options.skip.skipUntil(connection, direction, offset)
  }

  markIdle(connection: number, idle: boolean): void {
    this.options.markIdle?.(connection, idle)
  }
}
