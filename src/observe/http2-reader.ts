// HOT: per frame
import type { HeaderBlock } from './header-block.ts'
import type { UnobservedReason } from './unobserved.ts'

/**
 * HTTP/2 framing of one direction (RFC 9113, section 4), in pieces of any size. Data goes to the owner as it arrives;
 * only header blocks and the few bytes of control frames are collected first.
 *
 *     | length 3 | type 1 | flags 1 | stream 4 | payload: [pad length 1] [prefix 0, 4 or 5] content [padding] |
 */
const HEADER_BYTES = 9
const TYPE = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const
const FLAG = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const
const PRIORITY_BYTES = 5
const PROMISED_ID_BYTES = 4
const SETTING_BYTES = 6
/** For GOAWAY, the last stream and the code; its debug data is not needed. */
const GOAWAY_BYTES = 8
/** The rest of the client's preface after its first line and the blank line, which look like an HTTP/1 head. */
const PREFACE_REST = Buffer.from('SM\r\n\r\n')
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

const AT = { PREFACE: 0, HEADER: 1, PAD_LENGTH: 2, PREFIX: 3, CONTENT: 4, PADDING: 5, STOPPED: 6 } as const
type At = (typeof AT)[keyof typeof AT]

/** Callbacks of a frame reader; `reader` identifies the direction. */
export interface Http2FrameOwner {
  readonly headers: (reader: Http2Reader, block: Buffer, timeMs: number) => void
  /** Bytes `[start, end)` of a DATA frame. */
  readonly data: (reader: Http2Reader, source: Buffer, start: number, end: number, timeMs: number) => void
  /** Unseen bytes of a DATA frame. */
  readonly dataGap: (reader: Http2Reader, count: number, timeMs: number) => void
  /** A DATA frame ended its stream. */
  readonly dataEnd: (reader: Http2Reader, timeMs: number) => void
  readonly reset: (reader: Http2Reader, timeMs: number) => void
  readonly setting: (reader: Http2Reader, id: number, value: number) => void
  readonly goAway: (reader: Http2Reader, lastStream: number, timeMs: number) => void
  readonly fail: (reader: Http2Reader, reason: UnobservedReason) => void
}

export type Preface = 'none' | 'rest' | 'whole'

export class Http2Reader {
  readonly #owner: Http2FrameOwner
  readonly #preface: Buffer
  #at: At
  #taken = 0
  #nextOffset: number
  readonly #small = Buffer.alloc(HEADER_BYTES)
  #smallLength = 0
  #type = 0
  #flags = 0
  /** Bytes left in the payload, before and with the padding. */
  #contentLeft = 0
  #paddingLeft = 0
  #prefixLeft = 0
  #hasSettings = false
  /** The stream with an unfinished header block; 0 without one. */
  #blockStream = 0
  #isPromised = false
  readonly #block: HeaderBlock
  /** Stream of the current frame. */
  stream = 0
  /** The current header block or data ends its stream. */
  endsStream = false
  /** When the first byte of the frame, or of the header block's first frame, arrived. */
  frameMs = Number.NaN
  /** The block belongs to a stream promised by the server; it only matters for compression. */
  get isPromised(): boolean {
    return this.#isPromised
  }

  /** The client's preface was read, if one was expected. */
  hasPreface: boolean

  /** `offset`: position of this reader's first byte in the stream. */
  constructor(owner: Http2FrameOwner, preface: Preface, offset: number, block: HeaderBlock) {
    this.#owner = owner
    this.#block = block
    this.#preface = preface === 'whole' ? PREFACE : PREFACE_REST
    this.#at = preface === 'none' ? AT.HEADER : AT.PREFACE
    // Its first line, which `rest` lacks, is sufficient.
    this.hasPreface = preface !== 'whole'
    this.#nextOffset = offset
  }

  stop(): void {
    this.#at = AT.STOPPED
    this.#block.clear()
  }

  read(source: Buffer, start: number, end: number, offset: number, timeMs: number): void {
    if (offset !== this.#nextOffset) this.#jump(offset, timeMs)
    this.#nextOffset = offset + end - start
    let at = start
    while (at < end) {
      switch (this.#at) {
        case AT.CONTENT:
          at = this.#readContent(source, at, end, timeMs)
          break
        case AT.HEADER:
          at = this.#readHeader(source, at, end, timeMs)
          break
        case AT.PAD_LENGTH:
          this.#readPadLength(source[at] as number, timeMs)
          at += 1
          break
        case AT.PREFIX:
          at = this.#skipPrefix(at, end, timeMs)
          break
        case AT.PADDING:
          at = this.#skipPadding(at, end, timeMs)
          break
        case AT.PREFACE:
          this.#readPreface(source[at] as number)
          at += 1
          break
        case AT.STOPPED:
          return
      }
    }
  }

  #readPreface(byte: number): void {
    if (byte !== this.#preface[this.#taken]) return this.#fail('malformed')
    this.#taken += 1
    if (this.#taken < this.#preface.length) return
    this.#at = AT.HEADER
    this.hasPreface = true
  }

  #readHeader(source: Buffer, start: number, end: number, timeMs: number): number {
    if (this.#smallLength === 0 && this.#blockStream === 0) this.frameMs = timeMs
    const at = this.#gather(source, start, end, HEADER_BYTES)
    if (this.#smallLength === HEADER_BYTES) this.#beginFrame(timeMs)
    return at
  }

  /** Fills `#small` up to `size` bytes. */
  #gather(source: Buffer, start: number, end: number, size: number): number {
    let at = start
    while (at < end && this.#smallLength < size) {
      this.#small[this.#smallLength] = source[at] as number
      this.#smallLength += 1
      at += 1
    }
    return at
  }

  #beginFrame(timeMs: number): void {
    const small = this.#small
    const length = small.readUIntBE(0, 3)
    this.#type = small[3] as number
    this.#flags = small[4] as number
    this.stream = small.readUInt32BE(5) & 0x7fffffff
    this.#smallLength = 0
    this.#contentLeft = length
    this.#paddingLeft = 0
    this.#prefixLeft = 0
    if (!this.#isPermitted(length)) return this.#fail('malformed')
    this.#enterPayload(timeMs)
  }

  /** Violating these rules proves that this is not HTTP/2. */
  #isPermitted(length: number): boolean {
    const type = this.#type
    if (this.#blockStream !== 0) return type === TYPE.CONTINUATION && this.stream === this.#blockStream
    if (!this.#hasSettings && type !== TYPE.SETTINGS) return false
    this.#hasSettings = true
    switch (type) {
      case TYPE.DATA:
      case TYPE.HEADERS:
      case TYPE.PUSH_PROMISE:
        return this.stream !== 0
      case TYPE.RST_STREAM:
        return this.stream !== 0 && length === 4
      case TYPE.SETTINGS:
        return this.stream === 0 && length % SETTING_BYTES === 0
      case TYPE.PING:
        return this.stream === 0 && length === 8
      case TYPE.GOAWAY:
        return this.stream === 0 && length >= GOAWAY_BYTES
      case TYPE.WINDOW_UPDATE:
        return length === 4
      case TYPE.PRIORITY:
        return length === PRIORITY_BYTES
      default:
        return type !== TYPE.CONTINUATION
    }
  }

  #enterPayload(timeMs: number): void {
    const type = this.#type
    const isBlock = type === TYPE.HEADERS || type === TYPE.PUSH_PROMISE
    if (isBlock) {
      this.#blockStream = this.stream
      this.#block.clear()
      this.#isPromised = type === TYPE.PUSH_PROMISE
      if (this.#isPromised) this.#prefixLeft = PROMISED_ID_BYTES
      else if ((this.#flags & FLAG.PRIORITY) !== 0) this.#prefixLeft = PRIORITY_BYTES
    }
    if (isBlock || type === TYPE.DATA) {
      this.endsStream = !this.#isPromised && (this.#flags & FLAG.END_STREAM) !== 0
      if (type === TYPE.DATA) this.endsStream = (this.#flags & FLAG.END_STREAM) !== 0
      if ((this.#flags & FLAG.PADDED) !== 0) {
        this.#at = AT.PAD_LENGTH
        if (this.#contentLeft === 0) this.#fail('malformed')
        return
      }
    }
    this.#enterContent(timeMs)
  }

  #readPadLength(padding: number, timeMs: number): void {
    this.#contentLeft -= 1 + padding
    this.#paddingLeft = padding
    if (this.#contentLeft < 0) return this.#fail('malformed')
    this.#enterContent(timeMs)
  }

  #enterContent(timeMs: number): void {
    if (this.#prefixLeft > this.#contentLeft) return this.#fail('malformed')
    this.#contentLeft -= this.#prefixLeft
    if (this.#prefixLeft > 0) this.#at = AT.PREFIX
    else if (this.#contentLeft > 0) this.#at = AT.CONTENT
    else this.#endContent(timeMs)
  }

  #skipPrefix(start: number, end: number, timeMs: number): number {
    const count = Math.min(end - start, this.#prefixLeft)
    this.#prefixLeft -= count
    if (this.#prefixLeft === 0) this.#enterContent(timeMs)
    return start + count
  }

  #readContent(source: Buffer, start: number, end: number, timeMs: number): number {
    const stop = Math.min(end, start + this.#contentLeft)
    this.#contentLeft -= stop - start
    switch (this.#type) {
      case TYPE.DATA:
        this.#owner.data(this, source, start, stop, timeMs)
        break
      case TYPE.HEADERS:
      case TYPE.PUSH_PROMISE:
      case TYPE.CONTINUATION:
        this.#gatherBlock(source, start, stop)
        break
      case TYPE.SETTINGS:
        this.#readSettings(source, start, stop)
        break
      case TYPE.RST_STREAM:
      case TYPE.GOAWAY:
        this.#gather(source, start, stop, GOAWAY_BYTES)
        break
    }
    if (this.#contentLeft === 0 && this.#at === AT.CONTENT) this.#endContent(timeMs)
    return stop
  }

  #readSettings(source: Buffer, start: number, end: number): void {
    let at = start
    while (at < end) {
      at = this.#gather(source, at, end, SETTING_BYTES)
      if (this.#smallLength < SETTING_BYTES) return
      this.#smallLength = 0
      this.#owner.setting(this, this.#small.readUInt16BE(0), this.#small.readUInt32BE(2))
    }
  }

  /** The content is complete; only padding may follow. */
  #endContent(timeMs: number): void {
    this.#at = this.#paddingLeft > 0 ? AT.PADDING : AT.HEADER
    if (this.#at === AT.HEADER) this.#endFrame(timeMs)
  }

  #skipPadding(start: number, end: number, timeMs: number): number {
    const count = Math.min(end - start, this.#paddingLeft)
    this.#paddingLeft -= count
    if (this.#paddingLeft === 0) {
      this.#at = AT.HEADER
      this.#endFrame(timeMs)
    }
    return start + count
  }

  #endFrame(timeMs: number): void {
    switch (this.#type) {
      case TYPE.DATA:
        if (this.endsStream) this.#owner.dataEnd(this, timeMs)
        break
      case TYPE.HEADERS:
      case TYPE.PUSH_PROMISE:
      case TYPE.CONTINUATION:
        if ((this.#flags & FLAG.END_HEADERS) !== 0) this.#endBlock(timeMs)
        break
      case TYPE.RST_STREAM:
        this.#owner.reset(this, timeMs)
        break
      case TYPE.GOAWAY:
        this.#owner.goAway(this, this.#small.readUInt32BE(0) & 0x7fffffff, timeMs)
        break
    }
    this.#smallLength = 0
  }

  #gatherBlock(source: Buffer, start: number, end: number): void {
    const reason = this.#block.append(source, start, end)
    if (reason !== undefined) this.#fail(reason)
  }

  #endBlock(timeMs: number): void {
    this.#blockStream = 0
    this.#owner.headers(this, this.#block.bytes, timeMs)
    this.#block.clear()
  }

  /** Bytes are missing: harmless inside the content of a DATA frame, but fatal to header compression anywhere else. */
  #jump(offset: number, timeMs: number): void {
    const missing = offset - this.#nextOffset
    if (this.#at === AT.STOPPED) return
    const isInData = this.#at === AT.CONTENT && this.#type === TYPE.DATA
    if (missing < 0 || !isInData || missing > this.#contentLeft) return this.#fail('hole')
    this.#contentLeft -= missing
    this.#owner.dataGap(this, missing, timeMs)
    if (this.#contentLeft === 0) this.#endContent(timeMs)
  }

  #fail(reason: UnobservedReason): void {
    this.stop()
    this.#owner.fail(this, reason)
  }
}
