import type { Direction, SkipRequests } from '../ring/frame.ts'
import { BufferPool } from './buffer-pool.ts'
import type { BodyObserver, Exchange } from './exchange.ts'
import type { UnobservedReason } from './unobserved.ts'

/** All in bytes or counts; what is beyond a limit is counted with its reason. */
export interface ObserverLimits {
  /** Copied of each body. */
  readonly bodyBytes: number
  /** Of one head: start line, fields and blank line; for HTTP/2 the header block and the decoded list. */
  readonly headerBytes: number
  /** Connections followed at once. */
  readonly connections: number
  /** All copies of bodies and large heads of all open connections together. */
  readonly copyBytes?: number
  /** Requests in flight on one connection: pipelined, or streams of HTTP/2. All connections may have 16 times that. */
  readonly inFlight?: number
}

export interface ObserverOptions {
  /**
   * Takes a finished exchange. It must be consumed during the call: the exchange, its messages and their bodies are
   * used again for the next one as soon as the call returns.
   */
  readonly onExchange: (exchange: Exchange) => void
  readonly onUnobserved: (reason: UnobservedReason, count?: number) => void
  readonly skip: SkipRequests
  /** A connection went between exchanges (`true`) or got bytes of a new one (`false`). Never `true` when opaque. */
  readonly markIdle?: (connection: number, idle: boolean) => void
  /**
   * Asked once for each final response whose head declares no length, as event streams do, when its head is
   * complete. What it returns follows the body. The exchange is unfinished: only the heads may be read.
   */
  readonly onStreamedResponse?: (exchange: Exchange) => BodyObserver | undefined
  readonly limits: ObserverLimits
}

const DEFAULT_COPY_BYTES = 64 * 1024 * 1024
const DEFAULT_IN_FLIGHT = 4096
const IN_FLIGHT_FACTOR = 16

/** What the connections of one observer share. */
export class ObserverContext {
  readonly options: ObserverOptions
  readonly bodyLimit: number
  readonly headLimit: number
  readonly #inFlightLimit: number
  readonly pool: BufferPool
  /** Exchanges whose request was seen and whose end was not. */
  inFlight = 0

  constructor(options: ObserverOptions) {
    this.options = options
    this.bodyLimit = options.limits.bodyBytes
    this.headLimit = options.limits.headerBytes
    this.#inFlightLimit = options.limits.inFlight ?? DEFAULT_IN_FLIGHT
    this.pool = new BufferPool(options.limits.copyBytes ?? DEFAULT_COPY_BYTES)
  }

  /** What a consumer threw. It is kept until the frame is read to its end, so that framing survives it. */
  consumerError: Error | undefined

  readonly countRefusedCopy = (): void => this.options.onUnobserved('copy_memory', 1)

  /** Whether one more request can be followed on a connection that has `count` in flight. */
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
