// HOT: per chunk
import { DIRECTION, type Direction, type SkipRequests } from './frame.ts'
import { CONNECTION_WORDS, type TapMemory } from './memory.ts'

/**
 * What the observer tells the splice about single connections. A connection's entry is its id modulo the number of
 * entries; the splice gives out ids so that no two open connections share one (connection-ids.ts). Offsets are kept
 * as 32-bit words: of skips the blocks, of progress the low bits.
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

  /** The observer's side. An offset of 2^44 or more means: nothing more of this direction, ever. */
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

  /** The splice's side: bytes with an offset below this need not be copied. */
  skipEnd(connection: number, direction: Direction): number {
    const entry = this.#entry(connection)
    if (Atomics.load(this.#words, entry + WORD.SKIP_OWNER) !== connection) return 0
    const blocks = Atomics.load(this.#words, entry + WORD.SKIP_BLOCKS + direction)
    return blocks === ALL_BLOCKS ? Number.POSITIVE_INFINITY : blocks * BLOCK_BYTES
  }

  /** The observer's side: after the bytes that it has been handed so far, the connection is between exchanges, or not. */
  markIdle(connection: number, idle: boolean): void {
    const entry = this.#entry(connection) + WORD.IDLE_OWNER
    if (idle) Atomics.store(this.#words, entry, connection)
    else Atomics.compareExchange(this.#words, entry, connection, 0)
  }

  /** The reader's side: a connection's first frame is about to be handed on. */
  begin(connection: number): void {
    const entry = this.#entry(connection) + WORD.SEEN
    Atomics.store(this.#words, entry + DIRECTION.TO_SERVER, 0)
    Atomics.store(this.#words, entry + DIRECTION.TO_CLIENT, 0)
  }

  /** The reader's side: the observer has handled this direction up to `offset`. */
  seen(connection: number, direction: Direction, offset: number): void {
    Atomics.store(this.#words, this.#entry(connection) + WORD.SEEN + direction, offset)
  }

  /** The splice's side: whether the observer has handled everything of that direction up to `offset`. */
  hasSeen(connection: number, direction: Direction, offset: number): boolean {
    return Atomics.load(this.#words, this.#entry(connection) + WORD.SEEN + direction) === offset >>> 0
  }

  /**
   * The splice's side: whether the connection is between exchanges, given how many bytes went each way. What the
   * observer said counts only once it has seen all of them; bytes on their way make this `false` by themselves.
   */
  isIdle(connection: number, bytesToServer: number, bytesToClient: number): boolean {
    return (
      this.hasSeen(connection, DIRECTION.TO_SERVER, bytesToServer) &&
      this.hasSeen(connection, DIRECTION.TO_CLIENT, bytesToClient) &&
      // Read last: the observer says it before the reader counts the bytes as seen.
      Atomics.load(this.#words, this.#entry(connection) + WORD.IDLE_OWNER) === connection
    )
  }

  #entry(connection: number): number {
    return (connection & this.#mask) * CONNECTION_WORDS
  }
}
