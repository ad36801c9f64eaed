// HOT: per chunk
import type { OnReadOpts, Socket } from 'node:net'
import type { Clock } from '../lib/clock.ts'
import type { ConnectionTable } from '../ring/connection-table.ts'
import type { ControlBlock } from '../ring/control.ts'
import { DIRECTION, type Direction } from '../ring/frame.ts'
import type { RingWriter } from '../ring/writer.ts'

/**
 * Sizes of a read buffer. It starts small, because most connections are idle most of the time: 2,000 of them take 10
 * MiB less with 1 KiB than with 4 KiB. A read that fills the buffer enlarges it.
 */
const SIZES = [1024, 8 * 1024, 64 * 1024] as const
const LARGE = 2
/** Consecutive reads that fit the next smaller buffer before it shrinks. */
const SMALL_READS = 64

const NOTHING = Buffer.alloc(0)

/**
 * Limits how many flows may use large read buffers. The others continue with the next smaller size. Otherwise thousands
 * of clients that stop reading, or idle after a large body, could exhaust the memory.
 */
export class LargeReads {
  #left: number

  constructor(flows = 128) {
    this.#left = flows
  }

  take(): boolean {
    if (this.#left === 0) return false
    this.#left -= 1
    return true
  }

  giveBack(): void {
    this.#left += 1
  }
}

/** State that all flows share. */
export interface Tap {
  readonly writer: RingWriter
  readonly table: ConnectionTable
  readonly control: ControlBlock
  readonly clock: Clock
  readonly largeReads: LargeReads
}

/** One direction of a connection: takes chunks from `source`, copies them into the ring, writes them to `target`. */
export class Flow {
  readonly #tap: Tap
  readonly #connection: number
  readonly #direction: Direction
  #source: Socket | undefined
  #target: Socket | undefined
  /**
   * Read buffers; those before `#current` are still in the target's queue. Two, or three while the connection drains.
   */
  #buffers: Buffer[] = []
  #current = 0
  /** Index into SIZES. */
  #level = 0
  #smallReads = 0
  #isBlocked = false
  #isHolding = false
  #held: Buffer | undefined
  #diverted: ((chunk: Buffer) => void) | undefined
  /** Bytes taken from the source so far. */
  bytes = 0
  /** `Clock.monotonicMs` of the last chunk. */
  lastMs: number

  constructor(tap: Tap, connection: number, direction: Direction) {
    this.#tap = tap
    this.#connection = connection
    this.#direction = direction
    this.lastMs = tap.clock.monotonicMs()
  }

  /**
   * Lets the socket read into our buffer instead of allocating one for each chunk. The buffer is reused only after the
   * last write has left it, see `#nextBuffer`.
   */
  get onread(): OnReadOpts {
    return {
      buffer: () => this.#nextBuffer(),
      callback: (length, buffer) => {
        this.#fitBuffer(length)
        return this.take(buffer as Buffer, length)
      },
    }
  }

  join(source: Socket, target: Socket): void {
    this.#source = source
    this.#target = target
  }

  /** For a socket that does not read into our buffer. */
  listen(source: Socket): void {
    source.on('data', (chunk: Buffer) => {
      if (!this.take(chunk, chunk.length)) source.pause()
    })
  }

  /** From now on, chunks go to the observer and to `receive` instead of being forwarded. */
  divert(receive: (chunk: Buffer) => void): void {
    this.#diverted = receive
  }

  /** From now on, each chunk waits for `release` before it is forwarded, and the source pauses meanwhile. */
  hold(): void {
    this.#isHolding = true
  }

  /** Whether a chunk waits for `release`; `lastMs` is the time since when. */
  get isWaiting(): boolean {
    return this.#held !== undefined
  }

  release(): void {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined && this.#forward(held)) this.#source?.resume()
  }

  /** Returns the chunk that waits for `release`; the caller writes it. */
  takeHeld(): Buffer | undefined {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#count(held.length)
    return held
  }

  /** The connection has ended. */
  close(): void {
    this.#leaveLarge()
    this.#level = 0
    this.#buffers = []
  }

  /** Forwards the first `length` bytes of `chunk`; `false` pauses the source, and `resume` follows automatically. */
  take(chunk: Buffer, length: number): boolean {
    const tap = this.#tap
    const offset = this.bytes
    this.bytes = offset + length
    this.lastMs = tap.clock.monotonicMs()
    const skip = tap.table.skipEnd(this.#connection, this.#direction) - offset
    if (skip <= 0) {
      tap.writer.data(this.#connection, this.#direction, offset, this.lastMs, chunk, 0, length)
    } else {
      const start = Math.min(skip, length)
      tap.control.skippedBytes += start
      if (start < length) {
        tap.writer.data(this.#connection, this.#direction, offset + start, this.lastMs, chunk, start, length)
      }
    }
    const bytes = length === chunk.length ? chunk : chunk.subarray(0, length)
    if (this.#diverted !== undefined) {
      this.#diverted(bytes)
      return true
    }
    if (this.#isHolding) {
      this.#held = bytes
      return false
    }
    return this.#forward(bytes)
  }

  #forward(bytes: Buffer): boolean {
    const target = this.#target
    if (target === undefined || target.destroyed || target.writableEnded) return true
    this.#count(bytes.length)
    target.write(bytes)
    // Bytes that the kernel does not take at once wait in the target's queue, and the source waits with them. The
    // result of `write` does not serve: it reflects a byte limit and would stop at a large chunk that the kernel did
    // take.
    if (target.writableLength === 0) return true
    if (!this.#isBlocked) {
      this.#isBlocked = true
      // The callback runs when everything before it was taken; the empty write sends nothing.
      target.write(NOTHING, this.#onDrain)
    }
    return false
  }

  #count(forwarded: number): void {
    const { control } = this.#tap
    if (this.#direction === DIRECTION.TO_SERVER) control.bytesToServer += forwarded
    else control.bytesToClient += forwarded
  }

  readonly #onDrain = (): void => {
    this.#isBlocked = false
    this.#source?.resume()
  }

  /**
   * Called after each read. A buffer is free again when the target's queue is empty, and so are all buffers before it.
   */
  #nextBuffer(): Buffer {
    const target = this.#target
    if (target !== undefined && target.writableLength > 0) this.#current += 1
    else this.#current = 0
    const size = SIZES[this.#level] as number
    let buffer = this.#buffers[this.#current]
    if (buffer === undefined || buffer.length !== size) {
      buffer = Buffer.allocUnsafeSlow(size)
      this.#buffers[this.#current] = buffer
    }
    return buffer
  }

  #fitBuffer(length: number): void {
    const level = this.#level
    if (level > 0 && length <= (SIZES[level - 1] as number)) {
      this.#smallReads += 1
      if (this.#smallReads < SMALL_READS) return
      this.#leaveLarge()
      this.#level = level - 1
      this.#buffers.length = 0
    } else if (length === SIZES[level] && level < LARGE) {
      if (level + 1 === LARGE && !this.#tap.largeReads.take()) return
      this.#level = level + 1
    }
    this.#smallReads = 0
  }

  #leaveLarge(): void {
    if (this.#level === LARGE) this.#tap.largeReads.giveBack()
  }
}
