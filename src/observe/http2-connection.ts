// HOT: per stream
import { DIRECTION, type Direction } from '../ring/frame.ts'
import type { Outcome } from './exchange.ts'
import { HeaderBlock } from './header-block.ts'
import { type Fields, HPACK_RESULT, HpackState } from './hpack.ts'
import type { Http1Exchange } from './http1-exchange.ts'
import type { Http2Exchange, Http2ExchangePool, Http2Message } from './http2-exchange.ts'
import { type Http2FrameOwner, Http2Reader, type Preface } from './http2-reader.ts'
import type { ObserverContext } from './observer-context.ts'
import type { UnobservedReason } from './unobserved.ts'

const SETTINGS_HEADER_TABLE_SIZE = 1
const SETTING_BYTES = 6

export interface Http2Start {
  readonly preface: Preface
  /** Stream offsets of the start of HTTP/2 in each direction. */
  readonly clientOffset: number
  readonly serverOffset: number
}

/**
 * One HTTP/2 connection: two frame readers, their compression states, and the open streams. A broken frame or a gap
 * outside of data ends its observation, because later header blocks cannot be decompressed.
 */
export class Http2Connection implements Http2FrameOwner {
  readonly #id: number
  readonly #context: ObserverContext
  readonly #exchanges: Http2ExchangePool
  readonly #lost: (reason: UnobservedReason, exchanges: number) => void
  readonly #requests: Http2Reader
  readonly #responses: Http2Reader
  readonly #requestFields: HpackState
  readonly #responseFields: HpackState
  readonly #streams = new Map<number, Http2Exchange>()
  /** The newest stream that a client opened; ids never decrease (RFC 9113, section 5.1.1). */
  #lastStream = 0
  /** When the splice answered 503. */
  #unreachableMs = Number.NaN
  #hasAnsweredUnreachable = false

  constructor(
    id: number,
    context: ObserverContext,
    exchanges: Http2ExchangePool,
    start: Http2Start,
    lost: (reason: UnobservedReason, exchanges: number) => void,
  ) {
    this.#id = id
    this.#context = context
    this.#exchanges = exchanges
    this.#lost = lost
    const newBlock = (): HeaderBlock => new HeaderBlock(context.pool, context.headLimit)
    this.#requests = new Http2Reader(this, start.preface, start.clientOffset, newBlock())
    this.#responses = new Http2Reader(this, 'none', start.serverOffset, newBlock())
    this.#requestFields = new HpackState(context.headLimit)
    this.#responseFields = new HpackState(context.headLimit)
  }

  get isIdle(): boolean {
    return this.#streams.size === 0
  }

  read(
    direction: Direction,
    source: Buffer,
    start: number,
    end: number,
    offset: number,
    timeMs: number,
  ): void {
    const reader = direction === DIRECTION.TO_SERVER ? this.#requests : this.#responses
    reader.read(source, start, end, offset, timeMs)
  }

  /**
   * The request that was upgraded to h2c: it is stream 1, and complete. `settings` is its HTTP2-Settings field, the
   * client's SETTINGS in base64url (RFC 7540, section 3.2.1).
   */
  adopt({ request, method, target }: Http1Exchange, settings: string): void {
    const bytes = Buffer.from(settings, 'base64url')
    for (let at = 0; at + SETTING_BYTES <= bytes.length; at += SETTING_BYTES) {
      this.setting(this.#requests, bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2))
    }
    const fields = [':method', method, ':path', target, ...request.head.fields()]
    const exchange = this.#openStream(1, fields, request.firstByteMs, 0)
    if (exchange === undefined) return
    exchange.request.copy.append(request.body, 0, request.body.length)
    if (request.truncated) exchange.request.copy.skip(request.bodyBytes - request.body.length)
    exchange.request.lastByteMs = request.lastByteMs
    exchange.request.ended = true
  }

  headers(reader: Http2Reader, block: Buffer, timeMs: number): void {
    const state = reader === this.#requests ? this.#requestFields : this.#responseFields
    const fields: Fields = []
    const result = state.decode(block, fields)
    if (result === HPACK_RESULT.BROKEN) return this.fail(reader, 'malformed')
    if (reader.isPromised) return
    const isTooLarge = result === HPACK_RESULT.LIST_TOO_LARGE
    let exchange = this.#streams.get(reader.stream)
    if (exchange !== undefined && (isTooLarge || !this.#charge(exchange, state.listBytes))) {
      this.#dropStream(exchange, isTooLarge ? 'head_too_large' : 'copy_memory')
    } else if (reader === this.#responses) {
      if (exchange !== undefined) this.#readResponseFields(exchange, fields, timeMs)
    } else if (exchange !== undefined) {
      exchange.request.setTrailers(fields)
      this.#endRequestPart(exchange, timeMs)
    } else if (reader.stream > this.#lastStream) {
      this.#lastStream = reader.stream
      if (isTooLarge) return this.#context.lose('head_too_large', 1)
      exchange = this.#openStream(reader.stream, fields, reader.frameMs, state.listBytes)
      if (exchange !== undefined) this.#endRequestPart(exchange, timeMs)
    }
  }

  data(reader: Http2Reader, source: Buffer, start: number, end: number, timeMs: number): void {
    const exchange = this.#streams.get(reader.stream)
    if (exchange === undefined) return
    const message = this.#messageOf(reader, exchange)
    message.copy.append(source, start, end)
    message.lastByteMs = timeMs
    if (reader === this.#responses && exchange.responseObserver !== undefined) {
      exchange.responseObserver.data(source, start, end, timeMs)
    }
  }

  dataGap(reader: Http2Reader, count: number, timeMs: number): void {
    const exchange = this.#streams.get(reader.stream)
    if (exchange === undefined) return
    const message = this.#messageOf(reader, exchange)
    message.copy.skip(count)
    message.lastByteMs = timeMs
    if (reader === this.#responses) exchange.responseObserver?.gap?.(count, timeMs)
  }

  dataEnd(reader: Http2Reader, timeMs: number): void {
    const exchange = this.#streams.get(reader.stream)
    if (exchange === undefined) return
    if (reader === this.#requests) return this.#endRequest(exchange, timeMs)
    // Data before any head is invalid (RFC 9113, section 8.1).
    if (!exchange.response.hasHead) return this.fail(reader, 'malformed')
    this.#endResponse(exchange, timeMs)
  }

  reset(reader: Http2Reader, timeMs: number): void {
    const exchange = this.#streams.get(reader.stream)
    if (exchange === undefined) return
    // A server that has answered may request the client to stop sending (RFC 9113, section 8.1).
    if (!exchange.response.ended) {
      this.#cutOff(exchange, timeMs, reader === this.#requests ? 'aborted' : 'upstream_closed')
    }
    this.#complete(exchange)
  }

  goAway(reader: Http2Reader, lastStream: number, timeMs: number): void {
    if (reader !== this.#responses) return
    for (const exchange of this.#streams.values()) {
      if (exchange.stream <= lastStream) continue
      this.#cutOff(exchange, timeMs, 'upstream_closed')
      this.#complete(exchange)
    }
  }

  setting(reader: Http2Reader, id: number, value: number): void {
    if (id !== SETTINGS_HEADER_TABLE_SIZE) return
    // The sender of the setting decodes with that table, so the other side encodes with it.
    const encoder = reader === this.#requests ? this.#responseFields : this.#requestFields
    encoder.permit(value)
  }

  fail(_reader: Http2Reader, reason: UnobservedReason): void {
    // A server that speaks first counts as HTTP/2 until the client's preface is missing.
    const isOther = reason === 'malformed' && !this.#requests.hasPreface
    this.#lost(isOther ? 'not_http' : reason, this.drop())
  }

  /** The server ended its direction normally. */
  serverEnded(_offset: number, timeMs: number, outcome: Outcome): void {
    this.endResponses(timeMs, outcome)
  }

  /** No more responses can arrive: ends every open stream with `outcome`. */
  endResponses(timeMs: number, outcome: Outcome): void {
    for (const exchange of this.#streams.values()) {
      if (!exchange.response.ended) this.#cutOff(exchange, timeMs, outcome)
      if (!exchange.request.ended) exchange.request.copy.truncated = true
      this.#complete(exchange)
    }
  }

  close(timeMs: number, outcome: Outcome): void {
    this.endResponses(timeMs, outcome)
    if (!Number.isNaN(this.#unreachableMs) && !this.#hasAnsweredUnreachable) {
      // Opening a stream answers it immediately.
      this.#openStream(0, [], this.#unreachableMs, 0)
    }
    this.#requests.stop()
    this.#responses.stop()
  }

  /** The splice answered 503: see `Http1Connection.unreachable`. */
  unreachable(timeMs: number): void {
    this.#unreachableMs = timeMs
    this.#responses.stop()
    for (const exchange of this.#streams.values()) this.#answerUnreachable(exchange)
  }

  /** Drops every open stream uncounted; returns their number. */
  drop(): number {
    const dropped = this.#streams.size
    for (const exchange of this.#streams.values()) this.#forget(exchange)
    this.#requests.stop()
    this.#responses.stop()
    return dropped
  }

  #openStream(stream: number, fields: Fields, firstByteMs: number, bytes: number): Http2Exchange | undefined {
    if (!this.#context.hasRoomFor(this.#streams.size)) {
      this.#context.lose('too_many_requests', 1)
      return undefined
    }
    const exchange = this.#exchanges.acquire(this.#id, stream)
    if (!this.#charge(exchange, bytes)) {
      this.#exchanges.release(exchange)
      this.#context.lose('copy_memory', 1)
      return undefined
    }
    exchange.request.setHead(fields, firstByteMs)
    exchange.readRequestHead()
    if (this.#streams.size === 0) this.#context.markIdle(this.#id, false)
    this.#streams.set(stream, exchange)
    this.#context.inFlight += 1
    if (Number.isNaN(this.#unreachableMs)) return exchange
    this.#answerUnreachable(exchange)
    return undefined
  }

  #readResponseFields(exchange: Http2Exchange, fields: Fields, timeMs: number): void {
    const { response } = exchange
    if (response.hasHead) {
      response.setTrailers(fields)
    } else {
      const status = parseStatus(fields)
      if (status === 0) return this.fail(this.#responses, 'malformed')
      // An interim response; the final one follows.
      if (status < 200) return
      exchange.status = status
      response.setHead(fields, this.#responses.frameMs)
      if (!this.#responses.endsStream && response.header('content-length') === undefined) {
        exchange.responseObserver = this.#context.options.onStreamedResponse?.(exchange)
      }
    }
    response.lastByteMs = timeMs
    if (this.#responses.endsStream) this.#endResponse(exchange, timeMs)
  }

  #endRequestPart(exchange: Http2Exchange, timeMs: number): void {
    exchange.request.lastByteMs = timeMs
    if (this.#requests.endsStream) this.#endRequest(exchange, timeMs)
  }

  #endRequest(exchange: Http2Exchange, timeMs: number): void {
    exchange.request.ended = true
    exchange.request.lastByteMs = timeMs
    if (exchange.response.ended) this.#complete(exchange)
  }

  #endResponse(exchange: Http2Exchange, timeMs: number): void {
    exchange.response.ended = true
    exchange.response.lastByteMs = timeMs
    exchange.endedMs = timeMs
    exchange.settle()
    // A gRPC call ends with its status, even if the client still sends.
    if (exchange.request.ended || exchange.isGrpc) this.#complete(exchange)
  }

  #cutOff(exchange: Http2Exchange, timeMs: number, outcome: Outcome): void {
    exchange.outcome = outcome
    exchange.endedMs = timeMs
    exchange.response.copy.truncated = true
    if (!exchange.request.ended) exchange.request.copy.truncated = true
  }

  #answerUnreachable(exchange: Http2Exchange): void {
    const timeMs = Math.max(this.#unreachableMs, exchange.request.firstByteMs)
    exchange.status = 503
    exchange.response.firstByteMs = timeMs
    exchange.response.lastByteMs = timeMs
    this.#cutOff(exchange, timeMs, 'upstream_unreachable')
    this.#hasAnsweredUnreachable = true
    this.#complete(exchange)
  }

  #complete(exchange: Http2Exchange): void {
    if (!exchange.request.ended) exchange.request.copy.truncated = true
    this.#streams.delete(exchange.stream)
    this.#context.inFlight -= 1
    if (this.#streams.size === 0) this.#context.markIdle(this.#id, true)
    this.#context.emit(exchange)
    this.#exchanges.release(exchange)
  }

  #dropStream(exchange: Http2Exchange, reason: UnobservedReason): void {
    this.#forget(exchange)
    this.#context.lose(reason, 1)
    if (this.#streams.size === 0) this.#context.markIdle(this.#id, true)
  }

  #forget(exchange: Http2Exchange): void {
    this.#streams.delete(exchange.stream)
    this.#context.inFlight -= 1
    this.#exchanges.release(exchange)
  }

  /** Charges a field list to the memory of all copies; false when the budget is used up. */
  #charge(exchange: Http2Exchange, bytes: number): boolean {
    if (!this.#context.pool.reserve(bytes)) return false
    exchange.headBytes += bytes
    return true
  }

  #messageOf(reader: Http2Reader, exchange: Http2Exchange): Http2Message {
    return reader === this.#requests ? exchange.request : exchange.response
  }
}

/** The status of a response head; 0 when missing or not a three-digit number. */
function parseStatus(fields: Fields): number {
  const at = fields.indexOf(':status')
  const text = at % 2 === 0 ? fields[at + 1] : undefined
  return text !== undefined && /^[1-9]\d\d$/.test(text) ? Number(text) : 0
}
