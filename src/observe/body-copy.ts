// HOT: per chunk
import type { BufferPool } from './buffer-pool.ts'

/** Below this a byte loop beats the call into native code (63 ns against 101 at 24 bytes, 123 against 89 at 32). */
const LOOP_BYTES = 32
/** Maximum bytes reserved in advance for a declared length, so that a false length costs little. */
const RESERVE_BYTES = 64 * 1024

/** A bounded copy of one body. It grows by doubling up to `limit` bytes and only counts beyond it. */
export class BodyCopy {
  readonly #pool: BufferPool
  readonly #limit: number
  readonly #onRefused: () => void
  #buffer: Buffer | undefined
  #length = 0
  #reserve = 0
  /** No more bytes are copied: over the limit, or no memory left. */
  full = false
  /** The copy lacks bytes of the body. */
  truncated = false
  /** Bytes of the body so far, including uncopied ones. */
  totalBytes = 0

  /** `onRefused` is called once for a body when the pool has no memory for its copy. */
  constructor(pool: BufferPool, limit: number, onRefused: () => void) {
    this.#pool = pool
    this.#limit = limit
    this.#onRefused = onRefused
  }

  /** The copy, valid until `clear`. */
  get bytes(): Buffer {
    return this.#buffer === undefined ? EMPTY : this.#buffer.subarray(0, this.#length)
  }

  /** Reserves the length declared in a head, so that the first buffer has the right size. */
  expect(bytes: number): void {
    this.#reserve = Math.min(bytes, this.#limit, RESERVE_BYTES)
  }

  append(source: Buffer, start: number, end: number): void {
    const count = end - start
    this.totalBytes += count
    if (this.full) {
      this.truncated = true
      return
    }
    let take = count
    if (this.#length + count > this.#limit) {
      take = this.#limit - this.#length
      this.full = true
      this.truncated = true
    }
    if (take === 0 || !this.#hasRoomFor(take)) return
    const target = this.#buffer as Buffer
    if (take < LOOP_BYTES) {
      for (let i = 0; i < take; i += 1) target[this.#length + i] = source[start + i] as number
    } else {
      source.copy(target, this.#length, start, start + take)
    }
    this.#length += take
  }

  /** Counts forwarded but unseen bytes; later bytes are not copied. */
  skip(count: number): void {
    this.totalBytes += count
    this.truncated = true
    this.full = true
  }

  clear(): void {
    if (this.#buffer !== undefined) this.#pool.release(this.#buffer)
    this.#buffer = undefined
    this.#length = 0
    this.#reserve = 0
    this.full = false
    this.truncated = false
    this.totalBytes = 0
  }

  #hasRoomFor(take: number): boolean {
    const needed = this.#length + take
    const old = this.#buffer
    if (old !== undefined && needed <= old.length) return true
    const larger = this.#pool.acquire(Math.max(needed, this.#reserve))
    if (larger === undefined) {
      this.full = true
      this.truncated = true
      this.#onRefused()
      return false
    }
    if (old !== undefined) {
      old.copy(larger, 0, 0, this.#length)
      this.#pool.release(old)
    }
    this.#buffer = larger
    return true
  }
}

const EMPTY = Buffer.alloc(0)
