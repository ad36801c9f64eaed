// HOT: per frame
import { ConnectionTable } from './connection-table.ts'
import { ControlBlock } from './control.ts'
import { type Direction, FRAME, type FrameKind, type FrameSink } from './frame.ts'
import {
  alignedFrameBytes,
  FRAME_HEADER_BYTES,
  HELD,
  NOT_READING,
  POSITION,
  type TapMemory,
  WRAP,
} from './memory.ts'

/** The reader returns space to the writer in steps of this many bytes, not for each frame. */
const RELEASE_BYTES = 64 * 1024

/**
 * The analysis thread's end of the ring. Only one exists at a time; a new reader continues where the last one stopped.
 */
export class RingReader {
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #floats: Float64Array
  readonly #positions: Int32Array
  readonly #table: ConnectionTable
  readonly #control: ControlBlock
  readonly #ringBytes: number
  /** Bytes of ring and overflow. */
  readonly capacity: number

  constructor(memory: TapMemory) {
    this.#bytes = new Uint8Array(memory.frames)
    this.#words = new Uint32Array(memory.frames)
    this.#floats = new Float64Array(memory.frames)
    this.#positions = new Int32Array(memory.positions)
    this.#table = new ConnectionTable(memory)
    this.#control = new ControlBlock(memory)
    this.#ringBytes = memory.frames.byteLength
    this.capacity = this.#ringBytes + memory.overflowBytes
    this.#takeOver()
  }

  /**
   * Hands at most `maxFrames` frames to `sink` in the order in which they were written; returns how many. A frame
   * counts as handled even when handling it throws.
   */
  drain(sink: FrameSink, maxFrames: number): number {
    const positions = this.#positions
    // The writer holds it for a moment, while the ring is empty.
    if (Atomics.compareExchange(positions, POSITION.HELD, HELD.NOBODY, HELD.READER) !== HELD.NOBODY) return 0
    let read = Atomics.load(positions, POSITION.READ)
    let write = Atomics.load(positions, POSITION.WRITE)
    let released = read
    let frames = 0
    try {
      while (frames < maxFrames) {
        if (read === write) {
          write = Atomics.load(positions, POSITION.WRITE)
          if (read === write) break
        }
        if (read === this.#ringBytes || this.#words[read >>> 2] === WRAP) {
          read = 0
          continue
        }
        const at = read
        const length = (this.#words[at >>> 2] as number) >>> 4
        read = at + alignedFrameBytes(length)
        positions[POSITION.READING] = read
        frames += 1
        this.#hand(sink, at, length)
        if (read - released > RELEASE_BYTES || read < released) {
          Atomics.store(positions, POSITION.READ, read)
          released = read
        }
      }
    } finally {
      Atomics.store(positions, POSITION.READ, read)
      positions[POSITION.READING] = NOT_READING
      Atomics.store(positions, POSITION.HELD, HELD.NOBODY)
    }
    return frames
  }

  /** Bytes between writer and reader plus waiting bytes: the reader's backlog. */
  usedBytes(): number {
    const positions = this.#positions
    if (Atomics.compareExchange(positions, POSITION.HELD, HELD.NOBODY, HELD.READER) !== HELD.NOBODY) return 0
    const read = Atomics.load(positions, POSITION.READ)
    const write = Atomics.load(positions, POSITION.WRITE)
    Atomics.store(positions, POSITION.HELD, HELD.NOBODY)
    const used = write >= read ? write - read : this.#ringBytes - read + write
    return used + this.#control.overflowBytes
  }

  /** Timestamp (`timeMs`) of the next frame; `undefined` when none waits. Not during `drain`. */
  oldestFrameMs(): number | undefined {
    let read = Atomics.load(this.#positions, POSITION.READ)
    const write = Atomics.load(this.#positions, POSITION.WRITE)
    if (read === write) return undefined
    if (read === this.#ringBytes || this.#words[read >>> 2] === WRAP) read = 0
    return read === write ? undefined : this.#floats[(read >>> 3) + 2]
  }

  /**
   * Announces sleep. Resolves at the next frame; `undefined` when a frame is already there. No wake-up is lost: the
   * writer publishes before it checks for a sleeper, the reader announces sleep before it checks for frames, and both
   * operations are sequentially consistent.
   */
  sleep(): Promise<unknown> | undefined {
    const positions = this.#positions
    Atomics.store(positions, POSITION.ASLEEP, 1)
    if (Atomics.load(positions, POSITION.READ) !== Atomics.load(positions, POSITION.WRITE)) {
      Atomics.store(positions, POSITION.ASLEEP, 0)
      return undefined
    }
    const { async, value } = Atomics.waitAsync(positions, POSITION.ASLEEP, 1)
    return async ? value : undefined
  }

  /** Blocks the thread for this time, including its event loop. */
  pause(milliseconds: number): void {
    // The value does not change: the writer changes it only for a reader that has announced sleep.
    Atomics.wait(this.#positions, POSITION.ASLEEP, 0, milliseconds)
  }

  /** Ends a sleep without a frame. */
  wake(): void {
    Atomics.store(this.#positions, POSITION.ASLEEP, 0)
    Atomics.notify(this.#positions, POSITION.ASLEEP)
  }

  #hand(sink: FrameSink, at: number, length: number): void {
    const word = this.#words[at >>> 2] as number
    const kind = (word & 7) as FrameKind
    const direction = ((word >>> 3) & 1) as Direction
    const connection = this.#words[(at >>> 2) + 1] as number
    const offset = this.#floats[(at >>> 3) + 1] as number
    const start = at + FRAME_HEADER_BYTES
    if (kind === FRAME.OPEN) this.#table.begin(connection)
    sink.frame(
      kind,
      connection,
      direction,
      offset,
      this.#floats[(at >>> 3) + 2] as number,
      this.#bytes,
      start,
      start + length,
    )
    if (kind === FRAME.DATA) this.#table.seen(connection, direction, offset + length)
  }

  /**
   * The last reader may have stopped anywhere. Its current frame is skipped, because this frame may have caused the
   * crash.
   */
  #takeOver(): void {
    const positions = this.#positions
    const reading = positions[POSITION.READING] as number
    if (reading !== NOT_READING) Atomics.store(positions, POSITION.READ, reading)
    positions[POSITION.READING] = NOT_READING
    Atomics.store(positions, POSITION.ASLEEP, 0)
    Atomics.compareExchange(positions, POSITION.HELD, HELD.READER, HELD.NOBODY)
  }
}
