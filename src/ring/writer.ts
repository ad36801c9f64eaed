// HOT: per chunk
import { ControlBlock } from './control.ts'
import { DIRECTION, type Direction, FRAME, type FrameKind } from './frame.ts'
import {
  alignedFrameBytes,
  FRAME_ALIGN,
  FRAME_HEADER_BYTES,
  HELD,
  POSITION,
  type TapMemory,
  WRAP,
} from './memory.ts'
import { Overflow } from './overflow.ts'

/** Space reserved for the life-cycle frames of connections: 2,700 frames. */
const LIFECYCLE_BYTES = 64 * 1024
/** Beyond this position the writer rewinds an empty ring to its start, so that it stays in the processor's cache. */
const REWIND_BYTES = 128 * 1024
/** Below this a byte loop beats the native copy and its subarray (bench/micro/ring.ts). */
const LOOP_BYTES = 48
/** Interval of checks for room while frames wait and no write occurs (a write also checks). */
const REFILL_MS = 5

type LifecycleKind = Exclude<FrameKind, typeof FRAME.DATA>

interface OwedFrame {
  readonly kind: LifecycleKind
  readonly direction: Direction
  readonly offset: number
  readonly timeMs: number
}

/**
 * The data plane's end of the ring; it never waits. Frames without room queue in the overflow and move to the ring as
 * the reader makes room. When the overflow is full too, bytes are dropped and counted. Life-cycle frames are never
 * dropped but owed: they are written when there is room again, before anything else of their connection, so that the
 * observer's state of a connection always ends.
 *
 * Owed frames are bounded: a connection that closes while its OPEN is still owed is dropped whole (counted). At any
 * time, owed frames belong to connections that were open at the same time, six for each at most.
 */
export class RingWriter {
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #floats: Float64Array
  readonly #positions: Int32Array
  readonly #capacity: number
  readonly #control: ControlBlock
  readonly #owed = new Map<number, OwedFrame[]>()
  readonly #overflow: Overflow
  #refillTimer: NodeJS.Timeout | undefined
  #write: number
  /** A past position of the reader: the space below it is still free. Saves a read of the other thread's cache line. */
  #read: number

  constructor(memory: TapMemory) {
    this.#bytes = new Uint8Array(memory.frames)
    this.#words = new Uint32Array(memory.frames)
    this.#floats = new Float64Array(memory.frames)
    this.#positions = new Int32Array(memory.positions)
    this.#capacity = memory.frames.byteLength
    this.#control = new ControlBlock(memory)
    this.#overflow = new Overflow(memory.overflowBytes)
    this.#write = Atomics.load(this.#positions, POSITION.WRITE)
    this.#read = Atomics.load(this.#positions, POSITION.READ)
  }

  /** Copies `source[start, end)`, or drops it without room; `offset` is the stream position of its first byte. */
  data(
    connection: number,
    direction: Direction,
    offset: number,
    timeMs: number,
    source: Uint8Array,
    start: number,
    end: number,
  ): void {
    const length = end - start
    const isOwed = this.#owed.size > 0 && this.#isOwed(connection)
    const size = alignedFrameBytes(length)
    const word = FRAME.DATA | (direction << 3) | (length << 4)
    const at = isOwed ? -1 : this.#room(size, LIFECYCLE_BYTES)
    if (at === -1) {
      if (
        !isOwed &&
        this.#overflow.add(word, connection, offset, timeMs, LIFECYCLE_BYTES, source, start, end)
      ) {
        this.#control.tapBytes += length
        this.#refillSoon()
      } else {
        this.#control.droppedBytes += length
      }
      return
    }
    this.#header(at, word, connection, offset, timeMs)
    const target = this.#bytes
    let to = at + FRAME_HEADER_BYTES
    if (length <= LOOP_BYTES) {
      for (let from = start; from < end; from += 1) target[to++] = source[from] as number
    } else if (length === source.length) {
      target.set(source, to)
    } else {
      target.set(source.subarray(start, end), to)
    }
    this.#control.tapBytes += length
    this.#publish(at + size)
  }

  /** `offset`: the length of that direction's stream so far. */
  lifecycle(
    kind: LifecycleKind,
    connection: number,
    direction: Direction,
    offset: number,
    timeMs: number,
  ): void {
    if (this.#owed.size > 0) this.settle()
    const owed = this.#owed.get(connection)
    if (owed === undefined) {
      if (this.#writeLifecycle(connection, kind, direction, offset, timeMs)) return
      this.#owed.set(connection, [{ kind, direction, offset, timeMs }])
    } else if ((kind === FRAME.CLOSE || kind === FRAME.FORGET) && owed[0]?.kind === FRAME.OPEN) {
      this.#owed.delete(connection)
      this.#control.unseenConnections += 1
    } else {
      owed.push({ kind, direction, offset, timeMs })
    }
  }

  /** Writes owed frames as far as there is room. Call it also from time to time without traffic. */
  settle(): void {
    if (this.#overflow.bytes > 0) this.#refill()
    for (const [connection, frames] of this.#owed) {
      for (let frame = frames[0]; frame !== undefined; frame = frames[0]) {
        if (!this.#writeLifecycle(connection, frame.kind, frame.direction, frame.offset, frame.timeMs)) return
        frames.shift()
      }
      this.#owed.delete(connection)
    }
  }

  /** Connections with owed life-cycle frames. */
  get owedConnections(): number {
    return this.#owed.size
  }

  #isOwed(connection: number): boolean {
    this.settle()
    return this.#owed.has(connection)
  }

  #writeLifecycle(
    connection: number,
    kind: LifecycleKind,
    direction: Direction,
    offset: number,
    timeMs: number,
  ): boolean {
    const at = this.#room(FRAME_HEADER_BYTES, 0)
    const word = kind | (direction << 3)
    if (at === -1) {
      if (!this.#overflow.add(word, connection, offset, timeMs, 0)) return false
      this.#refillSoon()
      return true
    }
    this.#header(at, word, connection, offset, timeMs)
    this.#publish(at + FRAME_HEADER_BYTES)
    return true
  }

  #header(at: number, word: number, connection: number, offset: number, timeMs: number): void {
    this.#words[at >>> 2] = word
    this.#words[(at >>> 2) + 1] = connection
    this.#floats[(at >>> 3) + 1] = offset
    this.#floats[(at >>> 3) + 2] = timeMs
  }

  /** Where a new frame may be written, after all waiting frames; see `#claim`. */
  #room(size: number, spare: number): number {
    if (this.#overflow.bytes > 0) {
      this.#refill()
      if (this.#overflow.bytes > 0) return -1
    }
    return this.#claim(size, spare)
  }

  /** Moves frames from the overflow into the ring as far as there is room. */
  #refill(): void {
    const overflow = this.#overflow
    for (let size = overflow.firstBytes; size > 0; size = overflow.firstBytes) {
      const at = this.#claim(size, 0)
      if (at === -1) break
      overflow.moveFirst(this.#bytes, at)
      this.#publish(at + size)
    }
    this.#control.overflowBytes = overflow.bytes
  }

  #refillSoon(): void {
    this.#control.overflowBytes = this.#overflow.bytes
    this.#refillTimer ??= setTimeout(() => {
      this.#refillTimer = undefined
      this.#refill()
      if (this.#overflow.bytes > 0) this.#refillSoon()
    }, REFILL_MS).unref()
  }

  /** Position in the ring where `size` bytes fit so that `spare` bytes stay free, or −1. */
  #claim(size: number, spare: number): number {
    let at = this.#place(size, spare)
    if (at === -1 || this.#write >= REWIND_BYTES) {
      this.#read = Atomics.load(this.#positions, POSITION.READ)
      if (this.#read === this.#write && this.#write >= REWIND_BYTES) this.#rewind()
      at = this.#place(size, spare)
    }
    if (at === 0 && this.#write !== 0) this.#leave()
    return at
  }

  #place(size: number, spare: number): number {
    const write = this.#write
    const needed = size + spare
    if (write < this.#read) return this.#read - FRAME_ALIGN - write >= needed ? write : -1
    if (this.#capacity - write >= needed) return write
    return this.#read - FRAME_ALIGN >= needed ? 0 : -1
  }

  /** Marks the end of the used part before the writer continues at 0. */
  #leave(): void {
    if (this.#write < this.#capacity) this.#words[this.#write >>> 2] = WRAP
  }

  /**
   * When the ring is empty and not being drained, both positions return to 0. Otherwise the writer would walk through
   * all of a 16 MiB ring, and the whole ring would become resident although a few KiB are in use.
   */
  #rewind(): void {
    const positions = this.#positions
    if (Atomics.compareExchange(positions, POSITION.HELD, HELD.NOBODY, HELD.WRITER) !== HELD.NOBODY) return
    Atomics.store(positions, POSITION.READ, 0)
    Atomics.store(positions, POSITION.WRITE, 0)
    this.#write = 0
    this.#read = 0
    Atomics.store(positions, POSITION.HELD, HELD.NOBODY)
  }

  #publish(write: number): void {
    this.#write = write
    const positions = this.#positions
    Atomics.store(positions, POSITION.WRITE, write)
    // Only after a pause: a reader that has seen frames recently polls (pump.ts) and needs no system call.
    if (Atomics.load(positions, POSITION.ASLEEP) === 1) {
      Atomics.store(positions, POSITION.ASLEEP, 0)
      Atomics.notify(positions, POSITION.ASLEEP)
    }
  }
}

/** The direction of frames without a direction: OPEN, UNREACHABLE, CLOSE. */
export const NO_DIRECTION = DIRECTION.TO_SERVER
