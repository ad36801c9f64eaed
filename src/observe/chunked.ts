// HOT: per byte of a chunk's framing
import { CR, hexDigit, HT, LF, SEMICOLON, SP } from './http1-syntax.ts'
import type { UnobservedReason } from './unobserved.ts'

/** 13 hexadecimal digits stay below 2^53. */
const SIZE_DIGITS = 13

const PHASE = {
  SIZE: 0,
  EXTENSION: 1,
  SIZE_LF: 2,
  DATA: 3,
  DATA_CR: 4,
  DATA_LF: 5,
  TRAILER: 6,
  TRAILER_LF: 7,
} as const
type Phase = (typeof PHASE)[keyof typeof PHASE]

/**
 * The framing of a chunked body (RFC 9112, section 7.1), in pieces of any size. `feed` consumes framing bytes until
 * data starts, the body ends or the framing is broken; the owner reads the data itself and reports it with `took`.
 */
export class ChunkedFraming {
  readonly #limit: number
  #phase: Phase = PHASE.SIZE
  #digits = 0
  #size = 0
  /** Bytes of extensions or trailers since the last data. */
  #extra = 0
  #lineLength = 0
  /** Bytes of chunk data that follow; 0 outside of data. */
  dataBytes = 0
  done = false
  error: UnobservedReason | undefined

  /** `limit`: maximum bytes of one chunk's extensions, and of all trailers together. */
  constructor(limit: number) {
    this.#limit = limit
  }

  clear(): void {
    this.#phase = PHASE.SIZE
    this.#digits = 0
    this.#size = 0
    this.#extra = 0
    this.#lineLength = 0
    this.dataBytes = 0
    this.done = false
    this.error = undefined
  }

  /** `count` bytes of the current chunk's data were read. */
  took(count: number): void {
    this.dataBytes -= count
    if (this.dataBytes === 0) this.#phase = PHASE.DATA_CR
  }

  /**
   * Returns the position after the last framing byte; afterwards `dataBytes > 0`, `done`, `error`, or no more bytes.
   */
  feed(source: Uint8Array, start: number, end: number): number {
    let at = start
    while (at < end && this.dataBytes === 0 && !this.done && this.error === undefined) {
      this.#read(source[at] as number)
      at += 1
    }
    return at
  }

  #read(byte: number): void {
    switch (this.#phase) {
      case PHASE.SIZE:
        return this.#readSize(byte)
      case PHASE.EXTENSION:
        return this.#readExtension(byte)
      case PHASE.SIZE_LF:
        return byte === LF ? this.#endSizeLine() : this.#fail()
      case PHASE.DATA_CR:
        return byte === CR ? this.#enter(PHASE.DATA_LF) : this.#fail()
      case PHASE.DATA_LF:
        return byte === LF ? this.#enter(PHASE.SIZE) : this.#fail()
      case PHASE.TRAILER:
        return this.#readTrailer(byte)
      case PHASE.TRAILER_LF:
        return byte === LF ? this.#endTrailer() : this.#fail()
      case PHASE.DATA:
        return undefined
    }
  }

  #readSize(byte: number): void {
    const digit = hexDigit(byte)
    if (digit >= 0 && this.#digits < SIZE_DIGITS) {
      this.#size = this.#size * 16 + digit
      this.#digits += 1
    } else if (this.#digits === 0) {
      this.#fail()
    } else if (byte === CR) {
      this.#enter(PHASE.SIZE_LF)
    } else if (byte === SEMICOLON) {
      this.#enter(PHASE.EXTENSION)
    } else {
      this.#fail()
    }
  }

  #readExtension(byte: number): void {
    if (byte === CR) this.#enter(PHASE.SIZE_LF)
    else if (byte < SP && byte !== HT) this.#fail()
    else this.#count()
  }

  #endSizeLine(): void {
    this.dataBytes = this.#size
    this.#enter(this.#size === 0 ? PHASE.TRAILER : PHASE.DATA)
    this.#extra = 0
    this.#digits = 0
    this.#size = 0
  }

  #readTrailer(byte: number): void {
    if (byte === CR) {
      this.#enter(PHASE.TRAILER_LF)
    } else if (byte < SP && byte !== HT) {
      this.#fail()
    } else {
      this.#lineLength += 1
      this.#count()
    }
  }

  #endTrailer(): void {
    if (this.#lineLength === 0) this.done = true
    this.#lineLength = 0
    this.#phase = PHASE.TRAILER
  }

  #count(): void {
    this.#extra += 1
    if (this.#extra > this.#limit) this.error = 'head_too_large'
  }

  #enter(phase: Phase): void {
    this.#phase = phase
  }

  #fail(): void {
    this.error = 'ambiguous'
  }
}
