// HOT: per stream
import { BodyCopy } from './body-copy.ts'
import type { BodyObserver, Exchange, Message, Outcome } from './exchange.ts'
import { isGrpcType, outcomeOfGrpcStatus, parseGrpcStatus } from './grpc.ts'
import type { Fields } from './hpack.ts'
import { outcomeOfStatus } from './http1-exchange.ts'
import type { ObserverContext } from './observer-context.ts'

/** Free exchanges kept for reuse. */
const KEPT_EXCHANGES = 256

/** One direction of an HTTP/2 stream. Reused after `clear`. */
export class Http2Message implements Message {
  readonly copy: BodyCopy
  #head: Fields = NO_FIELDS
  #trailers: Fields = NO_FIELDS
  firstByteMs = Number.NaN
  lastByteMs = Number.NaN
  /** The stream was ended in this direction. */
  ended = false

  constructor(context: ObserverContext) {
    this.copy = new BodyCopy(context.pool, context.bodyLimit, context.countRefusedCopy)
  }

  /** From the head, or from the trailers when the head lacks the field. */
  readonly header = (name: string): string | undefined =>
    valueOf(this.#head, name) ?? valueOf(this.#trailers, name)

  get hasHead(): boolean {
    return this.#head !== NO_FIELDS
  }

  get body(): Buffer {
    return this.copy.bytes
  }

  get bodyBytes(): number {
    return this.copy.totalBytes
  }

  get truncated(): boolean {
    return this.copy.truncated
  }

  setHead(fields: Fields, firstByteMs: number): void {
    this.#head = fields
    this.firstByteMs = firstByteMs
  }

  setTrailers(fields: Fields): void {
    this.#trailers = fields
  }

  clear(): void {
    this.copy.clear()
    this.#head = NO_FIELDS
    this.#trailers = NO_FIELDS
    this.firstByteMs = Number.NaN
    this.lastByteMs = Number.NaN
    this.ended = false
  }
}

export class Http2Exchange implements Exchange {
  readonly request: Http2Message
  readonly response: Http2Message
  readonly wireProtocol = 'http/2'
  connection = 0
  stream = 0
  method = ''
  target = ''
  status = 0
  grpcStatus: number | undefined
  outcome: Outcome = 'success'
  endedMs = Number.NaN
  responseObserver: BodyObserver | undefined
  isGrpc = false
  /** Bytes of header lists charged to the copies' budget. */
  headBytes = 0

  constructor(context: ObserverContext) {
    this.request = new Http2Message(context)
    this.response = new Http2Message(context)
  }

  /** Reads the request line and the kind of call from the request's fields. */
  readRequestHead(): void {
    const { header } = this.request
    this.method = header(':method') ?? ''
    // CONNECT has no path (RFC 9113, section 8.5).
    this.target = header(':path') ?? header(':authority') ?? ''
    this.isGrpc = isGrpcType(header('content-type'))
  }

  /** The outcome of a stream with a complete response. */
  settle(): void {
    if (!this.isGrpc) {
      this.outcome = outcomeOfStatus(this.status)
      return
    }
    this.grpcStatus = parseGrpcStatus(this.response.header('grpc-status'))
    this.outcome = outcomeOfGrpcStatus(this.grpcStatus, this.status)
  }

  clear(): void {
    this.request.clear()
    this.response.clear()
    this.connection = 0
    this.stream = 0
    this.method = ''
    this.target = ''
    this.status = 0
    this.grpcStatus = undefined
    this.outcome = 'success'
    this.endedMs = Number.NaN
    this.responseObserver = undefined
    this.isGrpc = false
    this.headBytes = 0
  }
}

export class Http2ExchangePool {
  readonly #context: ObserverContext
  readonly #free: Http2Exchange[] = []

  constructor(context: ObserverContext) {
    this.#context = context
  }

  acquire(connection: number, stream: number): Http2Exchange {
    const exchange = this.#free.pop() ?? new Http2Exchange(this.#context)
    exchange.connection = connection
    exchange.stream = stream
    return exchange
  }

  release(exchange: Http2Exchange): void {
    this.#context.pool.unreserve(exchange.headBytes)
    exchange.clear()
    if (this.#free.length < KEPT_EXCHANGES) this.#free.push(exchange)
  }
}

const NO_FIELDS: Fields = []

function valueOf(fields: Fields, name: string): string | undefined {
  let value: string | undefined
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at] !== name) continue
    const next = fields[at + 1]
    value = value === undefined ? next : `${value}, ${next}`
  }
  return value
}
