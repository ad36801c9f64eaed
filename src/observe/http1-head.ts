// HOT: per byte of a head
import type { BufferPool } from './buffer-pool.ts'
import { parseContentLength, type Transfer } from './http1-framing.ts'
import { HEAD_KIND, HeadFacts, type HeadKind } from './http1-head-facts.ts'
import { CR, HT, LF, LONGEST_METHOD, SP, TOKEN, VERSION } from './http1-syntax.ts'
import type { UnobservedReason } from './unobserved.ts'

const INITIAL_BYTES = 1024

/**
 * One HTTP/1.x head (RFC 9112), in pieces of any size: a copy of its bytes, and the facts from its lines.
 *
 * It is stricter than RFC 9112 requires of a recipient: a form that two readers may interpret differently is
 * `ambiguous`, because a passive observer cannot know how the model server read it.
 *
 * Clients and servers repeat their heads. A head that differs from the previous one only in the digits of its length is
 * recognised by comparison, which is faster than parsing, and reuses its facts (docs/decisions/data-plane.md).
 */
export class Http1Head {
  readonly #kind: HeadKind
  readonly #limit: number
  readonly #pool: BufferPool
  readonly #initial = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  /** `#initial`, or a larger one of the pool. */
  #bytes: Buffer = this.#initial
  #length = 0
  #facts: HeadFacts
  /** Facts of the previous head, with its bytes still in `#initial`, when `#beforeLength` is not 0. */
  #before: HeadFacts
  #beforeLength = 0
  #lineStart = 0
  #returns = 0
  /** The blank line was read. */
  done = false
  /** The start line was read and is valid HTTP/1.x. */
  started = false
  /** Why the head is invalid; reading stops then. */
  error: UnobservedReason | undefined

  /**
   * `limit` is the maximum size of a head, including start line and blank line; `pool` lends memory for a large one.
   */
  constructor(kind: HeadKind, limit: number, pool: BufferPool) {
    this.#kind = kind
    this.#limit = limit
    this.#pool = pool
    this.#facts = new HeadFacts(kind)
    this.#before = new HeadFacts(kind)
  }

  clear(): void {
    if (this.#bytes !== this.#initial) {
      this.#pool.release(this.#bytes)
      this.#bytes = this.#initial
      this.#facts.clear()
      this.#beforeLength = 0
    } else if (this.done && this.error === undefined) {
      const before = this.#before
      this.#before = this.#facts
      this.#beforeLength = this.#length
      this.#facts = before
      this.#facts.clear()
    } else {
      this.#facts.clear()
      if (this.#length > 0) this.#beforeLength = 0
    }
    this.#length = 0
    this.#lineStart = 0
    this.#returns = 0
    this.done = false
    this.started = false
    this.error = undefined
  }

  get minor(): number {
    return this.#facts.minor
  }

  get status(): number {
    return this.#facts.status
  }

  /** −1 when the head has no Content-Length. */
  get contentLength(): number {
    return this.#facts.contentLength
  }

  get transfer(): Transfer {
    return this.#facts.transfer
  }

  get hasUpgrade(): boolean {
    return this.#facts.hasUpgrade
  }

  /** The first line of the HTTP/2 preface, `PRI * HTTP/2.0`. */
  get isHttp2Preface(): boolean {
    return this.#facts.isHttp2Preface
  }

  get method(): string {
    return this.#facts.method(this.#bytes)
  }

  /** The request target as sent; empty without one. */
  get target(): string {
    return this.#facts.target(this.#bytes)
  }

  get isHead(): boolean {
    return this.#facts.isMethod(this.#bytes, 'HEAD')
  }

  get isConnect(): boolean {
    return this.#facts.isMethod(this.#bytes, 'CONNECT')
  }

  /** The value of a field (`name` in lower case), several lines joined with `, `. */
  value(name: string): string | undefined {
    return this.#facts.value(this.#bytes, name)
  }

  /** Alternating names (in lower case) and values. */
  fields(): string[] {
    return this.#facts.fields(this.#bytes)
  }

  /** Reads up to the end of the head and returns the position after the last byte taken. See `done` and `error`. */
  feed(source: Buffer, start: number, end: number): number {
    if (this.#beforeLength > 0) {
      if (this.#length === 0 && this.#repeats(source, start, end)) return start + this.#length
      this.#beforeLength = 0
    }
    let at = start
    while (at < end && !this.done && this.error === undefined) {
      if (this.#length === this.#limit) this.error = 'head_too_large'
      else if (this.#length === this.#bytes.length) this.error = this.#grow()
      if (this.error !== undefined) break
      const room = Math.min(this.#bytes.length, this.#limit) - this.#length
      at = this.#copyLines(source, at, Math.min(end, at + room))
    }
    // Another protocol may never contain a line end.
    if (!this.started && this.error === undefined && !this.#mayStart()) this.error = 'malformed'
    return at
  }

  /** Takes a whole head that equals the previous one except for the digits of its Content-Length. */
  #repeats(source: Buffer, start: number, end: number): boolean {
    const length = this.#beforeLength
    if (end - start < length) return false
    const bytes = this.#initial
    const facts = this.#before
    const { lengthStart, lengthEnd } = facts
    for (let at = 0; at < length; at += 1) {
      // Anything other than digits there is detected when they are parsed.
      if (bytes[at] !== source[start + at] && (at < lengthStart || at >= lengthEnd)) return false
    }
    if (lengthEnd > 0) {
      const contentLength = parseContentLength(source, start + lengthStart, start + lengthEnd)
      if (contentLength === -1) return false
      facts.contentLength = contentLength
      for (let at = lengthStart; at < lengthEnd; at += 1) bytes[at] = source[start + at] as number
    }
    this.#before = this.#facts
    this.#facts = facts
    this.#beforeLength = 0
    this.#length = length
    this.started = true
    this.done = true
    return true
  }

  /** Copies bytes and parses each line when it is complete; the caller has made room for all of them. */
  #copyLines(source: Buffer, start: number, end: number): number {
    const bytes = this.#bytes
    let length = this.#length
    let at = start
    // One native copy, which may include body bytes, and a scan of plain memory: 5 % less for a whole exchange than
    // copying byte by byte.
    source.copy(bytes, length, start, end)
    while (at < end) {
      const byte = bytes[length] as number
      at += 1
      length += 1
      if (byte >= SP || byte === HT) continue
      if (byte === CR) {
        this.#returns += 1
      } else if (byte !== LF || this.#returns !== 1 || bytes[length - 2] !== CR) {
        // A bare CR, a bare LF, NUL or another control character: readers handle these differently.
        this.error = this.started ? 'ambiguous' : 'malformed'
        break
      } else {
        this.#returns = 0
        this.#readLine(this.#lineStart, length - 2)
        this.#lineStart = length
        if (this.done || this.error !== undefined) break
      }
    }
    this.#length = length
    return at
  }

  #readLine(start: number, end: number): void {
    if (!this.started) {
      this.started = this.#facts.readStartLine(this.#bytes, end)
      if (!this.started) this.error = 'malformed'
    } else if (start === end) {
      this.done = true
    } else {
      this.error = this.#facts.readField(this.#bytes, start, end)
    }
  }

  /** Whether the bytes so far can be the beginning of a start line. */
  #mayStart(): boolean {
    let at = 0
    if (this.#kind === HEAD_KIND.REQUEST) {
      while (at < this.#length && TOKEN[this.#bytes[at] as number] === 1) at += 1
      return at === this.#length ? at <= LONGEST_METHOD : at > 0 && this.#bytes[at] === SP
    }
    while (at < this.#length && at < VERSION.length && this.#bytes[at] === VERSION.charCodeAt(at)) at += 1
    return at === this.#length || at === VERSION.length
  }

  #grow(): UnobservedReason | undefined {
    const larger = this.#pool.acquire(this.#bytes.length * 2)
    if (larger === undefined) return 'copy_memory'
    this.#bytes.copy(larger, 0, 0, this.#length)
    if (this.#bytes !== this.#initial) this.#pool.release(this.#bytes)
    this.#bytes = larger
    return undefined
  }
}
