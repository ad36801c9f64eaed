// HOT: per head
import { parseContentLength, parseTransfer, TRANSFER, type Transfer } from './http1-framing.ts'
import { COLON, DEL, HT, isBlank, isNameAt, isTextAt, SP, TOKEN, VERSION } from './http1-syntax.ts'
import type { UnobservedReason } from './unobserved.ts'

/**
 * Facts from the lines of one HTTP/1.x head (RFC 9112): an index of its fields, and the values that determine the
 * framing of the body. The bytes belong to the caller; strings are created on demand.
 *
 *     bytes   P O S T   / x   H T T P / 1 . 1 \r\n H o s t :   a \r\n \r\n
 *     fields                                        ^nameStart ^nameEnd ^valueStart ^valueEnd   (4 numbers each)
 */
const INITIAL_FIELDS = 16
const NUMBERS_PER_FIELD = 4
/** More fields are an attack; an index of this size takes 8 KiB. */
const MOST_FIELDS = 512

const METHODS = ['POST', 'GET', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE'] as const
const CONTENT_LENGTH = 'content-length'

export const HEAD_KIND = { REQUEST: 0, RESPONSE: 1 } as const
export type HeadKind = (typeof HEAD_KIND)[keyof typeof HEAD_KIND]

export class HeadFacts {
  readonly #kind: HeadKind
  #fields = new Uint32Array(INITIAL_FIELDS * NUMBERS_PER_FIELD)
  #fieldCount = 0
  #methodEnd = 0
  #targetEnd = 0
  #method: string | undefined
  #target: string | undefined
  /** Values of requested fields. */
  readonly #lines: (string | undefined)[] = []
  /** Minor version of HTTP/1.x, 0…9. */
  minor = 1
  status = 0
  /** −1 when the head has no Content-Length. */
  contentLength = -1
  /** Position of its digits; both 0 without. */
  lengthStart = 0
  lengthEnd = 0
  transfer: Transfer = TRANSFER.NONE
  hasUpgrade = false
  /** The first line of the HTTP/2 preface, `PRI * HTTP/2.0`. */
  isHttp2Preface = false

  constructor(kind: HeadKind) {
    this.#kind = kind
  }

  clear(): void {
    for (let field = 0; field < this.#lines.length; field += 1) this.#lines[field] = undefined
    this.#fieldCount = 0
    this.#methodEnd = 0
    this.#targetEnd = 0
    this.#method = undefined
    this.#target = undefined
    this.minor = 1
    this.status = 0
    this.contentLength = -1
    this.lengthStart = 0
    this.lengthEnd = 0
    this.transfer = TRANSFER.NONE
    this.hasUpgrade = false
    this.isHttp2Preface = false
  }

  /** Whether the bytes up to `end` are a start line of HTTP/1.x. */
  readStartLine(bytes: Buffer, end: number): boolean {
    return this.#kind === HEAD_KIND.REQUEST
      ? this.#readRequestLine(bytes, end)
      : this.#readStatusLine(bytes, end)
  }

  /** Adds one field; returns a reason if readers may interpret it differently. */
  readField(bytes: Buffer, start: number, end: number): UnobservedReason | undefined {
    let nameEnd = start
    while (TOKEN[bytes[nameEnd] as number] === 1) nameEnd += 1
    if (bytes[nameEnd] !== COLON || nameEnd === start) {
      // obs-fold, or white space before the colon (RFC 9112, sections 5.1 and 5.2)
      return bytes[nameEnd] === SP || bytes[nameEnd] === HT ? 'ambiguous' : 'malformed'
    }
    let valueStart = nameEnd + 1
    let valueEnd = end
    while (valueStart < valueEnd && isBlank(bytes[valueStart])) valueStart += 1
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) valueEnd -= 1
    const at = this.#fieldCount * NUMBERS_PER_FIELD
    if (this.#fieldCount === MOST_FIELDS) return 'head_too_large'
    if (at === this.#fields.length) this.#growFields()
    this.#fields[at] = start
    this.#fields[at + 1] = nameEnd
    this.#fields[at + 2] = valueStart
    this.#fields[at + 3] = valueEnd
    this.#fieldCount += 1
    switch (nameEnd - start) {
      case 7:
        if (isNameAt(bytes, start, 'upgrade')) this.hasUpgrade = true
        return undefined
      case CONTENT_LENGTH.length:
        return isNameAt(bytes, start, CONTENT_LENGTH)
          ? this.#readLength(bytes, valueStart, valueEnd)
          : undefined
      case 17:
        return isNameAt(bytes, start, 'transfer-encoding')
          ? this.#readTransfer(bytes, valueStart, valueEnd)
          : undefined
      default:
        return undefined
    }
  }

  method(bytes: Buffer): string {
    this.#method ??= this.#readMethod(bytes)
    return this.#method
  }

  /** The request target as sent; empty without one. */
  target(bytes: Buffer): string {
    this.#target ??= this.#targetEnd === 0 ? '' : text(bytes, this.#methodEnd + 1, this.#targetEnd)
    return this.#target
  }

  isMethod(bytes: Buffer, name: string): boolean {
    return this.#methodEnd === name.length && isTextAt(bytes, 0, name)
  }

  /** The value of a field (`name` in lower case), several lines joined with `, `. */
  value(bytes: Buffer, name: string): string | undefined {
    const first = this.#find(bytes, name, 0)
    if (first === -1) return undefined
    const next = this.#find(bytes, name, first + 1)
    if (next === -1) return this.#lineOf(bytes, first, name)
    const lines = [this.#lineOf(bytes, first, name)]
    for (let field = next; field !== -1; field = this.#find(bytes, name, field + 1))
      lines.push(this.#lineOf(bytes, field, name))
    return lines.join(', ')
  }

  /** Alternating names (in lower case) and values. */
  fields(bytes: Buffer): string[] {
    const fields: string[] = []
    for (let field = 0; field < this.#fieldCount * NUMBERS_PER_FIELD; field += NUMBERS_PER_FIELD) {
      fields.push(
        text(bytes, this.#fields[field] as number, this.#fields[field + 1] as number).toLowerCase(),
        text(bytes, this.#fields[field + 2] as number, this.#fields[field + 3] as number),
      )
    }
    return fields
  }

  #readMethod(bytes: Buffer): string {
    return METHODS.find((method) => this.isMethod(bytes, method)) ?? text(bytes, 0, this.#methodEnd)
  }

  /** The first field with that name from `from` on; −1 without one. */
  #find(bytes: Buffer, name: string, from: number): number {
    for (let field = from; field < this.#fieldCount; field += 1) {
      const at = field * NUMBERS_PER_FIELD
      const nameStart = this.#fields[at] as number
      if ((this.#fields[at + 1] as number) - nameStart === name.length && isNameAt(bytes, nameStart, name))
        return field
    }
    return -1
  }

  #lineOf(bytes: Buffer, field: number, name: string): string {
    const at = field * NUMBERS_PER_FIELD
    // The only field that differs between heads with the same facts.
    if (name === CONTENT_LENGTH)
      return text(bytes, this.#fields[at + 2] as number, this.#fields[at + 3] as number)
    return (this.#lines[field] ??= text(
      bytes,
      this.#fields[at + 2] as number,
      this.#fields[at + 3] as number,
    ))
  }

  #readRequestLine(bytes: Buffer, end: number): boolean {
    let at = 0
    while (TOKEN[bytes[at] as number] === 1) at += 1
    if (at === 0 || bytes[at] !== SP) return false
    this.#methodEnd = at
    at += 1
    const targetStart = at
    while (at < end && (bytes[at] as number) > SP && bytes[at] !== DEL) at += 1
    if (at === targetStart || bytes[at] !== SP || end - at !== 9) return false
    this.#targetEnd = at
    if (isTextAt(bytes, 0, 'PRI * HTTP/2.0')) this.isHttp2Preface = true
    return this.isHttp2Preface || this.#readVersion(bytes, at + 1)
  }

  #readStatusLine(bytes: Buffer, end: number): boolean {
    if (end < 12 || !this.#readVersion(bytes, 0) || bytes[8] !== SP) return false
    if (end > 12 && bytes[12] !== SP) return false
    for (let at = 9; at < 12; at += 1) {
      const digit = (bytes[at] as number) - 0x30
      if (digit < 0 || digit > 9) return false
      this.status = this.status * 10 + digit
    }
    return this.status >= 100
  }

  #readVersion(bytes: Buffer, at: number): boolean {
    this.minor = (bytes[at + 7] as number) - 0x30
    return this.minor >= 0 && this.minor <= 9 && isTextAt(bytes, at, VERSION)
  }

  #readLength(bytes: Buffer, start: number, end: number): UnobservedReason | undefined {
    if (this.contentLength !== -1 || this.transfer !== TRANSFER.NONE) return 'ambiguous'
    this.contentLength = parseContentLength(bytes, start, end)
    this.lengthStart = start
    this.lengthEnd = end
    return this.contentLength === -1 ? 'ambiguous' : undefined
  }

  #readTransfer(bytes: Buffer, start: number, end: number): UnobservedReason | undefined {
    const transfer = parseTransfer(bytes, start, end)
    if (this.transfer !== TRANSFER.NONE || this.contentLength !== -1 || transfer === -1) return 'ambiguous'
    this.transfer = transfer
    return undefined
  }

  #growFields(): void {
    const larger = new Uint32Array(this.#fields.length * 2)
    larger.set(this.#fields)
    this.#fields = larger
  }
}

/** Bytes as text; heads are decoded as ISO-8859-1, so that every byte is valid. */
function text(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end)
}
