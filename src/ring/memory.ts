/**
 * The memory that the two threads share. It is made once, by the data plane, and outlives every analysis thread.
 *
 *     TapMemory
 *     ├─ frames       the ring: frames one behind the other, see below; what it cannot take waits in the writer's own
 *     │               memory (overflow.ts)
 *     ├─ positions    where writer and reader are; one cache line each, so that neither slows the other
 *     ├─ counters     figures about the data plane, each written by one thread only (control.ts)
 *     ├─ connections  what the observer tells the splice about single connections (connection-table.ts)
 *     └─ ownPorts     which local ports connections of modeltap itself have (own-ports.ts)
 *
 * A frame, all of it aligned to 8 bytes and in the machine's byte order:
 *
 *      0       4            8                 16                24
 *      ├───────┼────────────┼─────────────────┼─────────────────┼──────────────────┬─────────┤
 *      │ word  │ connection │ offset (f64)    │ timeMs (f64)    │ payload          │ padding │
 *      └───────┴────────────┴─────────────────┴─────────────────┴──────────────────┴─────────┘
 *      word = kind (bits 0–2) | direction (bit 3) | payload bytes (bits 4–31)
 *
 * Frames are contiguous. Where the next one does not fit before the end, the writer leaves a WRAP word and goes on at 0.
 *
 *      write ≥ read:   0 ┄┄┄┄┄┄ read ████████ write ┄┄┄┄┄┄ capacity      █ frames   ┄ free
 *      write < read:   0 ██████ write ┄┄┄┄┄┄┄ read ██████ WRAP ┄┄┄┄
 *
 * `write = read` means empty; the writer therefore never fills the last free 8 bytes below `read`.
 */
export interface TapMemory {
  readonly frames: SharedArrayBuffer
  /** Bytes that the writer may queue in memory of its own while the ring is full (overflow.ts). */
  readonly overflowBytes: number
  readonly positions: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  readonly connections: SharedArrayBuffer
  readonly ownPorts: SharedArrayBuffer
}

export interface TapMemoryOptions {
  /** Bytes of ring and overflow, rounded up to a multiple of 8; at least `MIN_RING_BYTES`. */
  readonly ringBytes: number
  /** Connections open at once. */
  readonly maxConnections: number
}

/** Four of the largest chunks that a socket hands over at once. */
export const MIN_RING_BYTES = 256 * 1024
/** Positions are 32-bit integers. */
export const MAX_RING_BYTES = 1024 * 1024 * 1024
/**
 * What of it is shared, at most: some 40 ms of the fastest traffic. The rest is the writer's, and given back when the
 * reader has caught up; a page of the ring stays resident once it was used.
 */
const SHARED_BYTES = 2 * 1024 * 1024

export const FRAME_ALIGN = 8
export const FRAME_HEADER_BYTES = 24
/** Stands in `word` where the rest of the ring is not used. No frame begins with it: no kind of frame is 0. */
export const WRAP = 8

/** What a frame with so many bytes of payload takes. */
export const alignedFrameBytes = (length: number): number =>
  FRAME_HEADER_BYTES + ((length + FRAME_ALIGN - 1) & -FRAME_ALIGN)

const CACHE_LINE_WORDS = 16
/** Indices into `positions`, as an Int32Array. */
export const POSITION = {
  /** Written by the writer: where the next frame begins. */
  WRITE: 0,
  /** Written by the reader: the first frame that it has not finished. */
  READ: CACHE_LINE_WORDS,
  /** Written by the reader: behind the frame that it is handing to its sink, `NOT_READING` outside of that. */
  READING: CACHE_LINE_WORDS + 1,
  /** Who may change both positions: the reader while it drains, the writer while it rewinds. Nobody waits for it. */
  HELD: 2 * CACHE_LINE_WORDS,
  /** 1 while the reader sleeps until the next frame; the writer sets it to 0 and notifies. */
  ASLEEP: 3 * CACHE_LINE_WORDS,
} as const
const POSITION_LINES = 4

export const HELD = { NOBODY: 0, READER: 1, WRITER: 2 } as const
export const NOT_READING = -1

/** 64-bit floats, one each for the named figures of control.ts; room for more than there are. */
const COUNTER_BYTES = 64 * Float64Array.BYTES_PER_ELEMENT

/** One bit for each port. */
export const OWN_PORT_BYTES = 65_536 / 8

/** 32-bit words of one connection's entry, see connection-table.ts. */
export const CONNECTION_WORDS = 8

/** Plain shared buffers: travels to a thread through `workerData`. */
export function createTapMemory({ ringBytes, maxConnections }: TapMemoryOptions): TapMemory {
  if (!(ringBytes >= MIN_RING_BYTES && ringBytes <= MAX_RING_BYTES)) {
    throw new RangeError(`ringBytes is ${ringBytes}; allowed: ${MIN_RING_BYTES} to ${MAX_RING_BYTES}`)
  }
  const positions = new SharedArrayBuffer(POSITION_LINES * CACHE_LINE_WORDS * Int32Array.BYTES_PER_ELEMENT)
  new Int32Array(positions)[POSITION.READING] = NOT_READING
  // Twice as many entries as connections, so that an id with a free entry is always near (connection-ids.ts).
  const entries = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * maxConnections)))
  const bytes = Math.ceil(ringBytes / FRAME_ALIGN) * FRAME_ALIGN
  const shared = Math.min(bytes, SHARED_BYTES)
  return {
    frames: new SharedArrayBuffer(shared),
    overflowBytes: bytes - shared,
    positions,
    counters: new SharedArrayBuffer(COUNTER_BYTES),
    connections: new SharedArrayBuffer(entries * CONNECTION_WORDS * Int32Array.BYTES_PER_ELEMENT),
    ownPorts: new SharedArrayBuffer(OWN_PORT_BYTES),
  }
}
