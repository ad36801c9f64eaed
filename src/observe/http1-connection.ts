// HOT: per message
import { DIRECTION } from '../ring/frame.ts'
import type { Outcome } from './exchange.ts'
import {
  type Http1Exchange,
  type Http1ExchangePool,
  type Http1Message,
  outcomeOfStatus,
} from './http1-exchange.ts'
import { TRANSFER } from './http1-framing.ts'
import { BODY, Http1Reader, type MessageOwner, READING } from './http1-reader.ts'
import type { ObserverContext } from './observer-context.ts'
import type { UnobservedReason } from './unobserved.ts'

const SWITCHING_PROTOCOLS = 101

/** Events that an HTTP/1.x connection reports to its dispatcher. */
export interface Http1Events {
  /** Observation as HTTP/1.x has ended; `exchanges` in flight were dropped. */
  readonly lost: (reason: UnobservedReason, exchanges: number) => void
  /** The bytes after those read so far are another protocol. */
  readonly switched: (to: Switch) => void
}

/** `http2_preface`: the first line of HTTP/2's preface was read. `h2c`: the response head accepted that upgrade. */
export type Switch = 'connect' | 'upgrade' | 'h2c' | 'http2_preface'

/**
 * One HTTP/1.x connection: two readers, and the queue that matches responses with requests, oldest first. The queue
 * is a linked list of exchanges, so pipelining of any depth costs no other memory.
 */
export class Http1Connection implements MessageOwner {
  readonly #id: number
  readonly #context: ObserverContext
  readonly #exchanges: Http1ExchangePool
  readonly #events: Http1Events
  readonly requests: Http1Reader
  readonly responses: Http1Reader
  /** The oldest and the youngest exchange in progress. */
  #oldest: Http1Exchange | undefined
  #youngest: Http1Exchange | undefined
  #count = 0
  /** The exchange with the request head being read; it is not queued yet. */
  #arriving: Http1Exchange | undefined
  #hasSeenRequest = false
  /** Responses were matched while several requests waited: this client pipelines. */
  pipelines = false
  /** When the splice answered 503, until an exchange has received that answer. */
  unreachableMs = Number.NaN
  /** Framing was found again, but no response has confirmed it yet. */
  isUnconfirmed = false

  constructor(id: number, context: ObserverContext, exchanges: Http1ExchangePool, events: Http1Events) {
    this.#id = id
    this.#context = context
    this.#exchanges = exchanges
    this.#events = events
    this.requests = new Http1Reader(DIRECTION.TO_SERVER, id, this, context)
    this.responses = new Http1Reader(DIRECTION.TO_CLIENT, id, this, context)
  }

  /** No request is being read or waits for its response. */
  get isIdle(): boolean {
    return this.#count === 0 && this.#arriving === undefined
  }

  begin(reader: Http1Reader, timeMs: number): Http1Message | undefined {
    if (reader === this.responses) return this.#beginResponse()
    if (!this.#context.hasRoomFor(this.#count)) {
      this.fail(reader, 'too_many_requests')
      return undefined
    }
    if (this.#count === 0) this.#context.markIdle(this.#id, false)
    const exchange = this.#exchanges.acquire(this.#id)
    exchange.endedMs = timeMs
    this.#arriving = exchange
    return exchange.request
  }

  bodyAfter(reader: Http1Reader, message: Http1Message): number {
    return reader === this.requests ? this.#acceptRequest(message) : this.#acceptResponse(message)
  }

  finish(reader: Http1Reader, message: Http1Message): void {
    const exchange = reader === this.requests ? this.#youngest : this.#oldest
    if (exchange === undefined) return
    if (reader === this.requests) {
      if (message.head.hasUpgrade || message.head.isConnect) this.requests.pause()
      // The model server may answer before the end of the request.
      if (exchange.response.ended) this.#complete(exchange)
      return
    }
    if (message.head.status < 200) {
      // An interim response (100, 102, 103): the final one follows.
      message.clear()
      return
    }
    exchange.endedMs = message.lastByteMs
    exchange.outcome = outcomeOfStatus(exchange.status)
    if (exchange.request.ended) this.#complete(exchange)
  }

  fail(_reader: Http1Reader, reason: UnobservedReason): void {
    // An invalid first head means another protocol; an invalid response after a resynchronisation means that framing
    // was not found.
    let cause = reason
    if (reason === 'malformed' && !this.#hasSeenRequest) cause = 'not_http'
    if (this.isUnconfirmed && reason !== 'ambiguous') cause = 'hole'
    this.#give(cause)
  }

  /** The server ended its direction normally, at `offset`. */
  serverEnded(offset: number, timeMs: number, outcome: Outcome): void {
    this.responses.end(offset, timeMs)
    this.endResponses(timeMs, outcome)
  }

  /** No more responses can arrive: ends exchanges in flight with `outcome`. Requests are still read. */
  endResponses(timeMs: number, outcome: Outcome): void {
    this.responses.stop()
    // A body that is still arriving belongs to an exchange that has ended.
    if (this.requests.reading !== READING.START && this.requests.reading !== READING.HEAD)
      this.requests.stop()
    while (this.#oldest !== undefined) {
      const exchange = this.#oldest
      if (!exchange.response.ended) {
        exchange.outcome = outcome
        exchange.endedMs = timeMs
        exchange.response.copy.truncated = true
      }
      if (!exchange.request.ended) exchange.request.copy.truncated = true
      this.#complete(exchange)
    }
  }

  /** Both directions are over. */
  close(timeMs: number, outcome: Outcome): void {
    this.endResponses(timeMs, outcome)
    this.requests.stop()
    if (!Number.isNaN(this.unreachableMs)) this.#answerUnreachable(this.#arriving)
    else if (this.#arriving !== undefined) this.#context.lose('incomplete_request', 1)
    this.#dropArriving()
  }

  /**
   * The splice answered 503. That answer belongs to the requests in flight; without one, to the next request head. If
   * none arrives before the close, it belongs to an exchange with an empty method and target, because the error ratio
   * must include it.
   */
  unreachable(timeMs: number): void {
    this.responses.stop()
    this.unreachableMs = timeMs
    while (this.#oldest !== undefined) {
      this.unreachableMs = timeMs
      this.#answerUnreachable(this.#oldest)
    }
  }

  /** Drops everything in flight uncounted: the observer itself ends or evicts the connection. */
  drop(): number {
    const dropped = this.#count + (this.#arriving === undefined ? 0 : 1)
    while (this.#oldest !== undefined) this.#exchanges.release(this.#unlinkOldest(this.#oldest))
    this.#dropArriving()
    this.requests.stop()
    this.responses.stop()
    return dropped
  }

  #beginResponse(): Http1Message | undefined {
    const exchange = this.#oldest
    if (exchange === undefined || exchange.response.ended) {
      const hasTalked = this.#hasSeenRequest || this.#arriving?.request.head.started === true
      this.fail(this.responses, hasTalked ? 'unmatched_response' : 'not_http')
      return undefined
    }
    return exchange.response
  }

  #acceptRequest(message: Http1Message): number {
    const head = message.head
    if (head.isHttp2Preface) {
      if (this.#hasSeenRequest) this.fail(this.requests, 'malformed')
      else this.#events.switched('http2_preface')
      return BODY.SWITCHED
    }
    const isFaulty = head.transfer === TRANSFER.OTHER || (head.transfer !== TRANSFER.NONE && head.minor === 0)
    if (isFaulty) {
      this.fail(this.requests, 'ambiguous')
      return BODY.SWITCHED
    }
    this.#hasSeenRequest = true
    const exchange = this.#arriving as Http1Exchange
    this.#enqueue(exchange)
    this.#arriving = undefined
    if (!Number.isNaN(this.unreachableMs)) {
      this.#answerUnreachable(exchange)
      return BODY.SWITCHED
    }
    if (head.transfer === TRANSFER.CHUNKED) return BODY.CHUNKED
    return head.contentLength > 0 ? head.contentLength : BODY.NONE
  }

  /** RFC 9112, section 6.3: the body of a response. */
  #acceptResponse(message: Http1Message): number {
    const exchange = this.#oldest as Http1Exchange
    const head = message.head
    this.isUnconfirmed = false
    if (this.#count > 1) this.pipelines = true
    if (head.status === SWITCHING_PROTOCOLS) return this.#acceptSwitch(exchange, 'upgrade')
    if (head.status < 200) return BODY.NONE
    exchange.status = head.status
    if (exchange.request.head.isConnect && head.status < 300) return this.#acceptSwitch(exchange, 'connect')
    this.#resumePaused()
    if (this.responses.reading === READING.STOPPED) return BODY.SWITCHED
    const hasNoBody = head.status === 204 || head.status === 304 || exchange.request.head.isHead
    if (hasNoBody) return BODY.NONE
    if (head.contentLength >= 0) return head.contentLength
    this.responses.bodyObserver = this.#context.options.onStreamedResponse?.(exchange)
    exchange.responseObserver = this.responses.bodyObserver
    return head.transfer === TRANSFER.CHUNKED ? BODY.CHUNKED : BODY.UNTIL_CLOSE
  }

  /** Ends an exchange with the splice's own 503; an exchange that is not queued yet is queued first. */
  #answerUnreachable(exchange: Http1Exchange | undefined): void {
    const answered = exchange ?? this.#exchanges.acquire(this.#id)
    if (exchange === undefined || exchange === this.#arriving) {
      this.#arriving = undefined
      this.#enqueue(answered)
      if (Number.isNaN(answered.request.firstByteMs)) answered.request.firstByteMs = this.unreachableMs
    }
    answered.status = 503
    answered.outcome = 'upstream_unreachable'
    const timeMs = Math.max(this.unreachableMs, answered.request.firstByteMs)
    answered.response.firstByteMs = timeMs
    answered.response.lastByteMs = timeMs
    answered.endedMs = timeMs
    if (!answered.request.ended) answered.request.copy.truncated = true
    this.unreachableMs = Number.NaN
    this.requests.stop()
    this.#complete(answered)
  }

  /**
   * The server refused to switch, so the client continues in HTTP/1.x; bytes that it sent in advance cannot be
   * assigned.
   */
  #resumePaused(): void {
    if (this.requests.reading !== READING.PAUSED) return
    if (this.requests.sawPaused) this.fail(this.requests, 'hole')
    else this.requests.resume()
  }

  #acceptSwitch(exchange: Http1Exchange, to: 'connect' | 'upgrade'): number {
    const upgrade = exchange.request.head.value('upgrade') ?? ''
    exchange.status = exchange.response.head.status
    exchange.response.ended = true
    exchange.endedMs = exchange.response.lastByteMs
    exchange.outcome = 'success'
    if (to === 'upgrade' && isH2c(upgrade)) {
      // The response is stream 1 of HTTP/2, not this head: RFC 7540, section 3.2.
      this.#events.switched('h2c')
      return BODY.SWITCHED
    }
    this.#complete(exchange)
    this.#events.switched(to)
    return BODY.SWITCHED
  }

  /** For the upgrade to h2c: removes the exchange that becomes stream 1 from the queue. */
  takeOldest(): Http1Exchange | undefined {
    return this.#oldest === undefined ? undefined : this.#unlinkOldest(this.#oldest)
  }

  releaseTaken(exchange: Http1Exchange): void {
    this.#exchanges.release(exchange)
  }

  #enqueue(exchange: Http1Exchange): void {
    if (this.#youngest === undefined) this.#oldest = exchange
    else this.#youngest.next = exchange
    this.#youngest = exchange
    this.#count += 1
    this.#context.inFlight += 1
  }

  #unlinkOldest(exchange: Http1Exchange): Http1Exchange {
    this.#oldest = exchange.next
    if (this.#oldest === undefined) this.#youngest = undefined
    this.#count -= 1
    this.#context.inFlight -= 1
    return exchange
  }

  #complete(exchange: Http1Exchange): void {
    this.#unlinkOldest(exchange)
    if (this.#count === 0 && this.#arriving === undefined) this.#context.markIdle(this.#id, true)
    this.#context.emit(exchange)
    this.#exchanges.release(exchange)
  }

  #dropArriving(): void {
    if (this.#arriving !== undefined) this.#exchanges.release(this.#arriving)
    this.#arriving = undefined
  }

  #give(reason: UnobservedReason): void {
    this.#events.lost(reason, this.drop())
  }
}

/** Whether an Upgrade field offers cleartext HTTP/2. */
function isH2c(upgrade: string): boolean {
  return upgrade.split(',').some((protocol) => protocol.trim().toLowerCase() === 'h2c')
}
