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

/** The writer gets space back after this many bytes, not after each frame. */
const RELEASE_BYTES = 64 * 1024

/** The analysis thread's end of the ring. One at a time; a new one goes on where the last one was. */
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
   * Hands frames to `sink` in the order in which they were written, at most `maxFrames`; returns how many.
   * A frame whose handling throws counts as handled.
   */
  drain(sink: FrameSink, maxFrames: number): number {
    const positions = this.#positions
    // The writer holds it for an instant, with an empty ring.
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

  /** Bytes between writer and reader, and those that wait for room; a reader's backlog. */
  usedBytes(): number {
    const positions = this.#positions
    if (Atomics.compareExchange(positions, POSITION.HELD, HELD.NOBODY, HELD.READER) !== HELD.NOBODY) return 0
    const read = Atomics.load(positions, POSITION.READ)
    const write = Atomics.load(positions, POSITION.WRITE)
    Atomics.store(positions, POSITION.HELD, HELD.NOBODY)
    const used = write >= read ? write - read : this.#ringBytes - read + write
    return used + this.#control.overflowBytes
  }

  /** Time stamp (`timeMs`) of the frame that is next; `undefined` when none waits. Not during `drain`. */
  oldestFrameMs(): number | undefined {
    let read = Atomics.load(this.#positions, POSITION.READ)
    const write = Atomics.load(this.#positions, POSITION.WRITE)
    if (read === write) return undefined
    if (read === this.#ringBytes || this.#words[read >>> 2] === WRAP) read = 0
    return read === write ? undefined : this.#floats[(read >>> 3) + 2]
  }

  /**
   * Announces sleep. Resolves at the next frame; `undefined` when there is one already.
   * Sleep and frame cannot miss each other: the writer publishes before it looks for a sleeper, this looks for frames
   * after it has said that it sleeps, and both are sequentially consistent.
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

  /** Holds the thread for so long, its event loop included. */
  pause(milliseconds: number): void {
    // Nobody changes it: the writer does so only for a reader that has said that it sleeps.
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
   * The last reader may have been ended anywhere. The frame that it was at is passed over, because it may be what
   * stopped it.
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
