// HOT: per exchange
import { BodyCopy } from './body-copy.ts'
import type { BodyObserver, Exchange, Message, Outcome, WireProtocol } from './exchange.ts'
import { Http1Head } from './http1-head.ts'
import { HEAD_KIND, type HeadKind } from './http1-head-facts.ts'
import type { ObserverContext } from './observer-context.ts'

/** Free exchanges kept for reuse; each holds about 3 KiB. */
const KEPT_EXCHANGES = 256

/** One direction of an HTTP/1.x exchange. Reused after `clear`. */
export class Http1Message implements Message {
  readonly head: Http1Head
  readonly copy: BodyCopy
  firstByteMs = Number.NaN
  lastByteMs = Number.NaN
  /** The last byte of the message was seen. */
  ended = false

  constructor(kind: HeadKind, context: ObserverContext) {
    this.head = new Http1Head(kind, context.headLimit, context.pool)
    this.copy = new BodyCopy(context.pool, context.bodyLimit, context.countRefusedCopy)
  }

  /** A field and not a method, so that consumers may detach it. */
  readonly header = (name: string): string | undefined => this.head.value(name)

  get body(): Buffer {
    return this.copy.bytes
  }

  get bodyBytes(): number {
    return this.copy.totalBytes
  }

  get truncated(): boolean {
    return this.copy.truncated
  }

  clear(): void {
    this.head.clear()
    this.copy.clear()
    this.firstByteMs = Number.NaN
    this.lastByteMs = Number.NaN
    this.ended = false
  }
}

export class Http1Exchange implements Exchange {
  readonly request: Http1Message
  readonly response: Http1Message
  readonly grpcStatus = undefined
  connection = 0
  outcome: Outcome = 'success'
  status = 0
  endedMs = Number.NaN
  responseObserver: BodyObserver | undefined
  /** The next younger exchange of the same connection. */
  next: Http1Exchange | undefined

  constructor(context: ObserverContext) {
    this.request = new Http1Message(HEAD_KIND.REQUEST, context)
    this.response = new Http1Message(HEAD_KIND.RESPONSE, context)
  }

  get wireProtocol(): WireProtocol {
    return this.request.head.minor === 0 ? 'http/1.0' : 'http/1.1'
  }

  get method(): string {
    return this.request.head.method
  }

  get target(): string {
    return this.request.head.target
  }

  clear(): void {
    this.request.clear()
    this.response.clear()
    this.connection = 0
    this.outcome = 'success'
    this.status = 0
    this.endedMs = Number.NaN
    this.responseObserver = undefined
    this.next = undefined
  }
}

/** Exchanges for reuse: at 35,000 requests a second, allocating them costs more than parsing. */
export class Http1ExchangePool {
  readonly #context: ObserverContext
  readonly #free: Http1Exchange[] = []

  constructor(context: ObserverContext) {
    this.#context = context
  }

  acquire(connection: number): Http1Exchange {
    const exchange = this.#free.pop() ?? new Http1Exchange(this.#context)
    exchange.connection = connection
    return exchange
  }

  release(exchange: Http1Exchange): void {
    exchange.clear()
    if (this.#free.length < KEPT_EXCHANGES) this.#free.push(exchange)
  }
}

/** The outcome of an exchange with a complete response. */
export function outcomeOfStatus(status: number): Outcome {
  if (status < 400) return 'success'
  return status < 500 ? 'client_error' : 'server_error'
}
