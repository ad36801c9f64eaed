// HOT: per frame
import type { Direction } from '../ring/frame.ts'
import { ChunkedFraming } from './chunked.ts'
import type { BodyObserver } from './exchange.ts'
import type { Http1Message } from './http1-exchange.ts'
import { CR, LF } from './http1-syntax.ts'
import type { ObserverContext } from './observer-context.ts'
import type { UnobservedReason } from './unobserved.ts'

/** A skip request for fewer bytes is not worth its cost. */
const SKIP_BYTES = 64 * 1024

/** The body after a head. */
export const BODY = { NONE: -1, CHUNKED: -2, UNTIL_CLOSE: -3, SWITCHED: -4 } as const

export const READING = {
  /** Between messages. */
  START: 0,
  HEAD: 1,
  /** `remaining` bytes of body. */
  LENGTH: 2,
  CHUNKED: 3,
  UNTIL_CLOSE: 4,
  /** After a request that may change the protocol: the answer decides how to read these bytes. */
  PAUSED: 5,
  /** The rest is not HTTP/1.x, or framing is lost. */
  STOPPED: 6,
} as const
type Reading = (typeof READING)[keyof typeof READING]

/** The connection's interface for readers: it supplies messages and decides framing. */
export interface MessageOwner {
  /** The first byte of a message arrived; `undefined` stops the reader. */
  begin: (reader: Http1Reader, timeMs: number) => Http1Message | undefined
  /** A head is complete: a length in bytes, or one of `BODY`. */
  bodyAfter: (reader: Http1Reader, message: Http1Message) => number
  /** The message's last byte arrived. */
  finish: (reader: Http1Reader, message: Http1Message) => void
  fail: (reader: Http1Reader, reason: UnobservedReason) => void
}

/** Reads the messages of one direction of a connection, in pieces of any size. */
export class Http1Reader {
  readonly direction: Direction
  readonly #connection: number
  readonly #owner: MessageOwner
  readonly #context: ObserverContext
  #reading: Reading = READING.START
  /** Stream offset of the next byte; −1 accepts that of the next frame. */
  #nextOffset: number
  #message: Http1Message | undefined
  #chunked: ChunkedFraming | undefined
  /** Remaining body bytes, if the length is known. */
  #remaining = 0
  #hasAskedToSkip = false
  /** Bytes arrived while paused and were not read. */
  sawPaused = false
  bodyObserver: BodyObserver | undefined

  constructor(direction: Direction, connection: number, owner: MessageOwner, context: ObserverContext) {
    this.direction = direction
    this.#connection = connection
    this.#owner = owner
    this.#context = context
    this.#nextOffset = 0
  }

  /** Stream offset of the next byte. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  get reading(): Reading {
    return this.#reading
  }

  /** Restarts between messages, at `offset` or, when −1, at the next frame. */
  restart(offset: number): void {
    this.#toStart()
    this.#nextOffset = offset
    this.sawPaused = false
  }

  stop(): void {
    this.#reading = READING.STOPPED
    this.#message = undefined
    this.bodyObserver = undefined
  }

  pause(): void {
    this.#reading = READING.PAUSED
    this.sawPaused = false
  }

  resume(): void {
    this.#toStart()
  }

  /**
   * Reads the bytes of a frame; returns the position after the last byte taken, or −1 when none was taken because
   * earlier bytes are missing.
   */
  read(source: Buffer, start: number, end: number, offset: number, timeMs: number): number {
    if (offset !== this.#nextOffset) this.#jump(offset, timeMs)
    if (this.#hasStopped()) return -1
    this.#nextOffset = offset + end - start
    let at = start
    while (at < end) {
      switch (this.#reading) {
        case READING.START:
          at = this.#readStart(source, at, end, timeMs)
          break
        case READING.HEAD:
          at = this.#readHead(source, at, end, timeMs)
          break
        case READING.LENGTH:
          at = this.#readLength(source, at, end, timeMs)
          break
        case READING.CHUNKED:
          at = this.#readChunked(source, at, end, timeMs)
          break
        case READING.UNTIL_CLOSE:
          at = this.#takeData(source, at, end, timeMs)
          if (this.#message?.copy.full === true) this.#askToSkip(Number.MAX_SAFE_INTEGER)
          break
        case READING.PAUSED:
          this.sawPaused = true
          return end
        case READING.STOPPED:
          return at
      }
    }
    return at
  }

  /** The direction ended normally at `offset`; a body that extends to the close is complete. */
  end(offset: number, timeMs: number): void {
    if (offset > this.#nextOffset && this.#nextOffset >= 0) this.#jump(offset, timeMs)
    if (this.#reading === READING.UNTIL_CLOSE) this.#finish()
  }

  #readStart(source: Buffer, start: number, end: number, timeMs: number): number {
    let at = start
    // Empty lines before a message are ignored (RFC 9112, section 2.2).
    while (at < end && (source[at] === CR || source[at] === LF)) at += 1
    if (at === end) return at
    const message = this.#owner.begin(this, timeMs)
    if (message === undefined) {
      this.stop()
      return at
    }
    this.#message = message
    message.firstByteMs = timeMs
    this.#reading = READING.HEAD
    return this.#readHead(source, at, end, timeMs)
  }

  #readHead(source: Buffer, start: number, end: number, timeMs: number): number {
    const message = this.#message as Http1Message
    const at = message.head.feed(source, start, end)
    message.lastByteMs = timeMs
    if (message.head.error !== undefined) this.#owner.fail(this, message.head.error)
    else if (message.head.done) this.#enterBody(this.#owner.bodyAfter(this, message), message)
    return at
  }

  #enterBody(body: number, message: Http1Message): void {
    if (body > 0) {
      this.#remaining = body
      this.#hasAskedToSkip = false
      message.copy.expect(body)
      this.#reading = READING.LENGTH
    } else if (body === 0 || body === BODY.NONE) {
      this.#finish()
    } else if (body === BODY.CHUNKED) {
      this.#hasAskedToSkip = false
      this.#chunked ??= new ChunkedFraming(this.#context.headLimit)
      this.#chunked.clear()
      this.#reading = READING.CHUNKED
    } else if (body === BODY.UNTIL_CLOSE) {
      this.#hasAskedToSkip = false
      this.#reading = READING.UNTIL_CLOSE
    } else {
      this.stop()
    }
  }

  #readLength(source: Buffer, start: number, end: number, timeMs: number): number {
    const message = this.#message as Http1Message
    const at = this.#takeData(source, start, Math.min(end, start + this.#remaining), timeMs)
    this.#remaining -= at - start
    if (this.#remaining === 0) this.#finish()
    else if (message.copy.full && at === end) {
      // The last byte must still arrive: it marks the time of the body's end.
      if (this.#remaining > SKIP_BYTES) this.#askToSkip(this.#nextOffset + this.#remaining - 1)
    }
    return at
  }

  #readChunked(source: Buffer, start: number, end: number, timeMs: number): number {
    const framing = this.#chunked as ChunkedFraming
    const message = this.#message as Http1Message
    let at = framing.feed(source, start, end)
    message.lastByteMs = timeMs
    if (framing.error !== undefined) {
      this.#owner.fail(this, framing.error)
    } else if (framing.done) {
      this.#finish()
    } else if (framing.dataBytes > 0 && at < end) {
      const dataStart = at
      at = this.#takeData(source, at, Math.min(end, at + framing.dataBytes), timeMs)
      framing.took(at - dataStart)
      if (message.copy.full && framing.dataBytes > SKIP_BYTES) {
        this.#hasAskedToSkip = false
        this.#askToSkip(this.#nextOffset - (end - at) + framing.dataBytes)
      }
    }
    return at
  }

  #takeData(source: Buffer, start: number, end: number, timeMs: number): number {
    const message = this.#message as Http1Message
    message.copy.append(source, start, end)
    message.lastByteMs = timeMs
    if (this.bodyObserver !== undefined) this.bodyObserver.data(source, start, end, timeMs)
    return end
  }

  #askToSkip(offset: number): void {
    if (this.#hasAskedToSkip || this.bodyObserver !== undefined) return
    this.#hasAskedToSkip = true
    this.#context.skipUntil(this.#connection, this.direction, offset)
  }

  /** Bytes are missing before `offset`: harmless inside body data of known length, otherwise framing is lost. */
  #jump(offset: number, timeMs: number): void {
    const missing = offset - this.#nextOffset
    const isFirst = this.#nextOffset < 0
    this.#nextOffset = offset
    if (isFirst || this.#reading === READING.STOPPED) return
    const message = this.#message
    if (missing > 0 && message !== undefined && missing <= this.#skippableBytes()) {
      message.copy.skip(missing)
      this.bodyObserver?.gap?.(missing, timeMs)
      if (this.#reading === READING.LENGTH) {
        this.#remaining -= missing
        if (this.#remaining === 0) {
          message.lastByteMs = timeMs
          this.#finish()
        }
      } else if (this.#reading === READING.CHUNKED) {
        this.#chunked?.took(missing)
      }
      return
    }
    this.#owner.fail(this, 'hole')
  }

  #skippableBytes(): number {
    if (this.#reading === READING.LENGTH) return this.#remaining
    if (this.#reading === READING.CHUNKED) return this.#chunked?.dataBytes ?? 0
    return this.#reading === READING.UNTIL_CLOSE ? Number.POSITIVE_INFINITY : 0
  }

  /** A method, so that the compiler does not narrow the field across a call. */
  #hasStopped(): boolean {
    return this.#reading === READING.STOPPED
  }

  #finish(): void {
    const message = this.#message as Http1Message
    this.#toStart()
    message.ended = true
    this.#owner.finish(this, message)
  }

  #toStart(): void {
    this.#reading = READING.START
    this.#message = undefined
    this.bodyObserver = undefined
  }
}
