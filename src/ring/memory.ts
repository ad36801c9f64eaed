/**
 * The memory that the two threads share. The data plane creates it once, and it outlives every analysis thread.
 *
 *     TapMemory
 *     ├─ frames       the ring: consecutive frames, see below; frames that do not fit wait in the writer's own
 *     │               memory (overflow.ts)
 *     ├─ positions    positions of writer and reader, one cache line each to avoid false sharing
 *     ├─ counters     figures about the data plane, each written by one thread only (control.ts)
 *     ├─ connections  what the observer reports to the splice about each connection (connection-table.ts)
 *     └─ ownPorts     local ports of modeltap's own connections (own-ports.ts)
 *
 * A frame, aligned to 8 bytes and in the machine's byte order:
 *
 *      0       4            8                 16                24
 *      ├───────┼────────────┼─────────────────┼─────────────────┼──────────────────┬─────────┤
 *      │ word  │ connection │ offset (f64)    │ timeMs (f64)    │ payload          │ padding │
 *      └───────┴────────────┴─────────────────┴─────────────────┴──────────────────┴─────────┘
 *      word = kind (bits 0–2) | direction (bit 3) | payload bytes (bits 4–31)
 *
 * Frames are contiguous. When the next frame does not fit before the end, the writer leaves a WRAP word and continues
 * at 0.
 *
 *      write ≥ read:   0 ┄┄┄┄┄┄ read ████████ write ┄┄┄┄┄┄ capacity      █ frames   ┄ free
 *      write < read:   0 ██████ write ┄┄┄┄┄┄┄ read ██████ WRAP ┄┄┄┄
 *
 * `write = read` means empty, so the writer never fills the last 8 free bytes below `read`.
 */
export interface TapMemory {
  readonly frames: SharedArrayBuffer
  /** Maximum bytes that the writer queues in its own memory while the ring is full (overflow.ts). */
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

/** Four of the largest chunks that a socket delivers at once. */
export const MIN_RING_BYTES = 256 * 1024
/** Positions are 32-bit integers. */
export const MAX_RING_BYTES = 1024 * 1024 * 1024
/**
 * Maximum size of the shared part: about 40 ms of the fastest traffic. The rest is the writer's memory, which is freed
 * when the reader has caught up; a page of the ring stays resident after its first use.
 */
const SHARED_BYTES = 2 * 1024 * 1024

export const FRAME_ALIGN = 8
export const FRAME_HEADER_BYTES = 24
/** Stands in `word` where the rest of the ring is not used. No frame begins with it: no kind of frame is 0. */
export const WRAP = 8

/** Bytes that a frame with this payload length occupies. */
export const alignedFrameBytes = (length: number): number =>
  FRAME_HEADER_BYTES + ((length + FRAME_ALIGN - 1) & -FRAME_ALIGN)

const CACHE_LINE_WORDS = 16
/** Indices into `positions`, as an Int32Array. */
export const POSITION = {
  /** Written by the writer: start of the next frame. */
  WRITE: 0,
  /** Written by the reader: the first frame that it has not finished. */
  READ: CACHE_LINE_WORDS,
  /** Written by the reader: end of the frame that its sink is handling, otherwise `NOT_READING`. */
  READING: CACHE_LINE_WORDS + 1,
  /**
   * The thread that may change both positions: the reader while it drains, the writer while it rewinds. Neither waits
   * for it.
   */
  HELD: 2 * CACHE_LINE_WORDS,
  /** 1 while the reader sleeps until the next frame; the writer sets it to 0 and notifies. */
  ASLEEP: 3 * CACHE_LINE_WORDS,
} as const
const POSITION_LINES = 4

export const HELD = { NOBODY: 0, READER: 1, WRITER: 2 } as const
export const NOT_READING = -1

/** 64-bit floats, one for each figure of control.ts, with spare room. */
const COUNTER_BYTES = 64 * Float64Array.BYTES_PER_ELEMENT

/** One bit for each port. */
export const OWN_PORT_BYTES = 65_536 / 8

/** 32-bit words of one connection's entry, see connection-table.ts. */
export const CONNECTION_WORDS = 8

/** Allocates plain shared buffers, which `workerData` passes to a thread. */
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
