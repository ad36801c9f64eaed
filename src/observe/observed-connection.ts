// HOT: per frame
import { DIRECTION, type Direction } from '../ring/frame.ts'
import type { Outcome } from './exchange.ts'
import { Http1Connection, type Http1Events, type Switch } from './http1-connection.ts'
import type { Http1ExchangePool } from './http1-exchange.ts'
import { startsRequest } from './http1-syntax.ts'
import { Http2Connection, type Http2Start } from './http2-connection.ts'
import type { Http2ExchangePool } from './http2-exchange.ts'
import type { ObserverContext } from './observer-context.ts'
import type { UnobservedReason } from './unobserved.ts'

const TLS_HANDSHAKE = 0x16
/** The high byte of a SETTINGS frame's length; no text protocol starts with it. */
const SETTINGS_FIRST = 0x00
/** A pipelining client receives its responses late, so resynchronisation waits for this long without bytes. */
const QUIET_MS = 1000

const MODE = { HTTP1: 0, HTTP2: 1, LOST: 2, OPAQUE: 3 } as const
type Mode = (typeof MODE)[keyof typeof MODE]

export interface ExchangePools {
  readonly http1: Http1ExchangePool
  readonly http2: Http2ExchangePool
}

/**
 * One client connection: finds out what it speaks, and what to do when that cannot be known or is lost.
 *
 *     HTTP1 ──hole, bytes that cannot be placed──► LOST ──a request line begins a frame──► HTTP1
 *       ├──TLS, tunnel, upgrade, ambiguous, another protocol──► OPAQUE (until the close)
 *       └──preface, upgrade to h2c──► HTTP2 ──hole, broken frame──► OPAQUE
 */
export class ObservedConnection implements Http1Events {
  readonly #id: number
  readonly #context: ObserverContext
  readonly #pools: ExchangePools
  readonly #http1: Http1Connection
  #http2: Http2Connection | undefined
  #mode: Mode = MODE.HTTP1
  #switch: Switch | undefined
  #hasBytes = false
  /** First seen after its OPEN, and not understood yet. */
  #isMidstream = false
  #isClientGone = false
  #isServerGone = false
  #lastFrameMs: number

  constructor(id: number, context: ObserverContext, pools: ExchangePools, timeMs: number) {
    this.#id = id
    this.#context = context
    this.#pools = pools
    this.#http1 = new Http1Connection(id, context, pools.http1, this)
    this.#lastFrameMs = timeMs
  }

  /** Dropping the connection now would lose nothing. */
  get isIdle(): boolean {
    // HTTP/2 cannot be resumed in the middle, because its compression state would be missing.
    return this.#mode === MODE.HTTP1 ? this.#http1.isIdle : this.#mode !== MODE.HTTP2
  }

  /** The connection was open before its first frame: its protocol is detected at a request line. */
  beginMidstream(): void {
    this.#mode = MODE.LOST
    this.#isMidstream = true
    this.#http1.drop()
    this.#context.markIdle(this.#id, false)
  }

  data(
    direction: Direction,
    offset: number,
    timeMs: number,
    source: Buffer,
    start: number,
    end: number,
  ): void {
    const quietMs = timeMs - this.#lastFrameMs
    this.#lastFrameMs = timeMs
    if (start === end) return
    if (!this.#hasBytes) this.#sniff(direction, offset, source[start] as number)
    if (this.#http2 !== undefined) {
      this.#http2.read(direction, source, start, end, offset, timeMs)
      return
    }
    // The frame after a gap may itself start with a request; a frame with rejected bytes may not.
    let isUnread = true
    if (this.#mode === MODE.HTTP1) {
      const reader = direction === DIRECTION.TO_SERVER ? this.#http1.requests : this.#http1.responses
      const at = reader.read(source, start, end, offset, timeMs)
      isUnread = at < 0
      if (this.#switch !== undefined) {
        const http2 = this.#enterSwitched(this.#switch, direction, offset + at - start)
        http2?.read(direction, source, at, end, offset + at - start, timeMs)
      }
    }
    if (this.#mode === MODE.LOST && isUnread && direction === DIRECTION.TO_SERVER) {
      this.#resynchronise(offset, timeMs, quietMs, source, start, end)
    }
    if (this.#isMidstream) {
      // A frame that starts with a request lost nothing; any other belongs to an exchange with an unknown start.
      this.#isMidstream = false
      if (!this.#isHttp1()) this.#context.lose('midstream', 1)
    }
  }

  /** Normal end of one direction after `offset` bytes. */
  end(direction: Direction, offset: number, timeMs: number): void {
    this.#lastFrameMs = timeMs
    if (direction === DIRECTION.TO_SERVER) {
      this.#isClientGone ||= !this.#isServerGone
    } else {
      this.#isServerGone = true
      this.#active?.serverEnded(offset, timeMs, this.#outcomeOfEnd())
    }
  }

  reset(direction: Direction, timeMs: number): void {
    this.#lastFrameMs = timeMs
    if (direction === DIRECTION.TO_SERVER) this.#isClientGone ||= !this.#isServerGone
    else this.#isServerGone = true
    this.#active?.endResponses(timeMs, this.#outcomeOfEnd())
  }

  unreachable(timeMs: number): void {
    this.#lastFrameMs = timeMs
    this.#active?.unreachable(timeMs)
  }

  close(timeMs: number): void {
    this.#active?.close(timeMs, this.#outcomeOfEnd())
    this.#mode = MODE.OPAQUE
  }

  /** The capture stops tracking the connection: the end of its exchanges stays unknown. */
  forget(): void {
    const exchanges = this.#active?.drop() ?? 0
    if (exchanges > 0) this.#context.lose('forgotten', exchanges)
    this.#mode = MODE.OPAQUE
  }

  /** Ends observation without counting exchanges in flight. */
  abandon(): void {
    this.#active?.drop()
    this.#mode = MODE.OPAQUE
  }

  lost(reason: UnobservedReason, exchanges: number): void {
    const canRecover = reason === 'hole' || reason === 'unmatched_response' || reason === 'too_many_requests'
    const isHttp1 = this.#mode === MODE.HTTP1
    this.#mode = isHttp1 && (canRecover || reason === 'head_too_large') ? MODE.LOST : MODE.OPAQUE
    this.#context.markIdle(this.#id, false)
    this.#context.lose(reason, Math.max(1, exchanges))
  }

  /** The reader is still inside the frame; the rest is passed on when it returns. */
  switched(to: Switch): void {
    this.#switch = to
  }

  get #active(): Http1Connection | Http2Connection | undefined {
    if (this.#mode === MODE.HTTP1) return this.#http1
    return this.#mode === MODE.HTTP2 ? this.#http2 : undefined
  }

  /**
   * Detection by the first byte of a connection. TLS starts with a handshake record. A server that speaks first may use
   * HTTP/2, because its SETTINGS need not wait for the preface.
   */
  #sniff(direction: Direction, offset: number, first: number): void {
    this.#hasBytes = true
    if (offset !== 0 || this.#mode !== MODE.HTTP1) return
    if (direction === DIRECTION.TO_SERVER) {
      if (first === TLS_HANDSHAKE) this.lost('tls', this.#http1.drop())
    } else if (first === SETTINGS_FIRST && this.#http1.isIdle) {
      this.#http1.drop()
      this.#startHttp2({ preface: 'whole', clientOffset: 0, serverOffset: 0 })
    }
  }

  /** `offset`: start of the new protocol's bytes in the direction in which the switch was seen. */
  #enterSwitched(to: Switch, direction: Direction, offset: number): Http2Connection | undefined {
    this.#switch = undefined
    if (to === 'http2_preface') {
      this.#http1.drop()
      const http2 = this.#startHttp2({ preface: 'rest', clientOffset: offset, serverOffset: 0 })
      if (!Number.isNaN(this.#http1.unreachableMs)) http2.unreachable(this.#http1.unreachableMs)
      return http2
    }
    if (to === 'h2c' && direction === DIRECTION.TO_CLIENT && !this.#http1.requests.sawPaused) {
      const exchange = this.#http1.takeOldest()
      const http2 = this.#startHttp2({
        preface: 'whole',
        clientOffset: this.#http1.requests.nextOffset,
        serverOffset: offset,
      })
      if (exchange !== undefined) {
        http2.adopt(exchange, exchange.request.header('http2-settings') ?? '')
        this.#http1.releaseTaken(exchange)
      }
      this.#http1.drop()
      return http2
    }
    this.#http1.drop()
    this.#mode = MODE.OPAQUE
    this.#context.markIdle(this.#id, false)
    this.#context.lose(to === 'connect' ? 'connect' : 'upgrade', 1)
    return undefined
  }

  #startHttp2(start: Http2Start): Http2Connection {
    this.#mode = MODE.HTTP2
    this.#http2 = new Http2Connection(
      this.#id,
      this.#context,
      this.#pools.http2,
      start,
      (reason, exchanges) => this.lost(reason, exchanges),
    )
    return this.#http2
  }

  #resynchronise(
    offset: number,
    timeMs: number,
    quietMs: number,
    source: Buffer,
    start: number,
    end: number,
  ): void {
    if (this.#http1.pipelines && quietMs < QUIET_MS) return
    if (!startsRequest(source, start, end)) return
    this.#mode = MODE.HTTP1
    this.#http1.isUnconfirmed = true
    this.#http1.requests.restart(offset)
    this.#http1.responses.restart(-1)
    this.#http1.requests.read(source, start, end, offset, timeMs)
  }

  /**
   * Whether HTTP/1 is still in charge after the calls above; a method, so that the compiler does not narrow the field.
   */
  #isHttp1(): boolean {
    return this.#mode === MODE.HTTP1
  }

  #outcomeOfEnd(): Outcome {
    return this.#isClientGone ? 'aborted' : 'upstream_closed'
  }
}
