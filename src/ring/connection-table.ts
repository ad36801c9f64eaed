// HOT: per chunk
import { DIRECTION, type Direction, type SkipRequests } from './frame.ts'
import { CONNECTION_WORDS, type TapMemory } from './memory.ts'

/**
 * What the observer reports to the splice about each connection. A connection's entry is its id modulo the number of
 * entries; the splice assigns ids so that no two open connections share one (connection-ids.ts). Offsets are stored as
 * 32-bit words: skips as a number of blocks, progress as the low bits.
 */
const WORD = { SKIP_OWNER: 0, SKIP_BLOCKS: 1, IDLE_OWNER: 3, SEEN: 4 } as const
/** Skips are rounded down to this many bytes. */
const BLOCK_BYTES = 4096
const ALL_BLOCKS = 0xffff_ffff

export class ConnectionTable implements SkipRequests {
  readonly #words: Uint32Array
  readonly #mask: number

  constructor(memory: TapMemory) {
    this.#words = new Uint32Array(memory.connections)
    this.#mask = this.#words.length / CONNECTION_WORDS - 1
  }

  /** Entries; a power of two. */
  get size(): number {
    return this.#mask + 1
  }

  /** Written by the observer. An offset of 2^44 or more skips the rest of this direction. */
  skipUntil(connection: number, direction: Direction, offset: number): void {
    const entry = this.#entry(connection)
    if (Atomics.load(this.#words, entry + WORD.SKIP_OWNER) !== connection) {
      Atomics.store(this.#words, entry + WORD.SKIP_BLOCKS, 0)
      Atomics.store(this.#words, entry + WORD.SKIP_BLOCKS + 1, 0)
      Atomics.store(this.#words, entry + WORD.SKIP_OWNER, connection)
    }
    const blocks = Math.min(Math.floor(offset / BLOCK_BYTES), ALL_BLOCKS)
    Atomics.store(this.#words, entry + WORD.SKIP_BLOCKS + direction, blocks)
  }

  /** Read by the splice: bytes with an offset below this need not be copied. */
  skipEnd(connection: number, direction: Direction): number {
    const entry = this.#entry(connection)
    if (Atomics.load(this.#words, entry + WORD.SKIP_OWNER) !== connection) return 0
    const blocks = Atomics.load(this.#words, entry + WORD.SKIP_BLOCKS + direction)
    return blocks === ALL_BLOCKS ? Number.POSITIVE_INFINITY : blocks * BLOCK_BYTES
  }

  /** Written by the observer: whether the connection is between exchanges after the bytes received so far. */
  markIdle(connection: number, idle: boolean): void {
    const entry = this.#entry(connection) + WORD.IDLE_OWNER
    if (idle) Atomics.store(this.#words, entry, connection)
    else Atomics.compareExchange(this.#words, entry, connection, 0)
  }

  /** Written by the reader before it hands over the first frame of a connection. */
  begin(connection: number): void {
    const entry = this.#entry(connection) + WORD.SEEN
    Atomics.store(this.#words, entry + DIRECTION.TO_SERVER, 0)
    Atomics.store(this.#words, entry + DIRECTION.TO_CLIENT, 0)
  }

  /** Written by the reader: the observer has handled this direction up to `offset`. */
  seen(connection: number, direction: Direction, offset: number): void {
    Atomics.store(this.#words, this.#entry(connection) + WORD.SEEN + direction, offset)
  }

  /** Read by the splice: whether the observer has handled this direction up to `offset`. */
  hasSeen(connection: number, direction: Direction, offset: number): boolean {
    return Atomics.load(this.#words, this.#entry(connection) + WORD.SEEN + direction) === offset >>> 0
  }

  /**
   * Read by the splice: whether the connection is between exchanges, given the bytes in each direction. The observer's
   * mark counts only after it has handled all of them, so bytes still in the ring make this `false`.
   */
  isIdle(connection: number, bytesToServer: number, bytesToClient: number): boolean {
    return (
      this.hasSeen(connection, DIRECTION.TO_SERVER, bytesToServer) &&
      this.hasSeen(connection, DIRECTION.TO_CLIENT, bytesToClient) &&
      // Read last: the observer writes its mark before the reader counts the bytes as seen.
      Atomics.load(this.#words, this.#entry(connection) + WORD.IDLE_OWNER) === connection
    )
  }

  #entry(connection: number): number {
    return (connection & this.#mask) * CONNECTION_WORDS
  }
}
