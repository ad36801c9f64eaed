// HOT: per segment
/**
 * One direction of a TCP connection: segments in any order → bytes in order, each once.
 *
 * The kernel decides which copy of overlapping data an application reads (`tcp_data_queue_ofo`, measured on Linux
 * 6.18). Delivered bytes stay. A segment in order wins over early ones. Of two early segments, the one that starts
 * first keeps its whole range; with the same start, the longer one wins.
 *
 *     next ──► delivered │ hole │ early │ hole │ early
 */

/** Maximum early segments, and bytes in them, of one direction; beyond either, the gap in front of them is skipped. */
const MOST_EARLY = 64
const MOST_EARLY_BYTES = 1_048_576

export interface StreamSink {
  /** Bytes in order; a jump of `offset` is a gap that stays. */
  bytes(offset: number, timeMs: number, source: Uint8Array, start: number, end: number): void
}

/** Counters of a stream; they only grow. */
export interface StreamCounts {
  /** Bytes that were sent and acknowledged but never captured. */
  lostBytes: number
  /** Skipped gaps. */
  gaps: number
  /** Segments, or parts of them, seen before: retransmissions and second copies of the capture. */
  repeatedSegments: number
}

interface Early {
  readonly sequence: number
  readonly bytes: Uint8Array
}

/** Signed distance from `b` to `a` in the 32-bit circle of sequence numbers. */
const distance = (a: number, b: number): number => (a - b) | 0

export class Stream {
  readonly #counts: StreamCounts
  /** Sequence number of the next byte that the application reads. */
  #next = 0
  #isKnown = false
  /** Position of this byte in the stream. */
  #offset = 0
  readonly #early: Early[] = []
  #earlyBytes = 0
  #finSequence: number | undefined

  constructor(counts: StreamCounts) {
    this.#counts = counts
  }

  get offset(): number {
    return this.#offset
  }

  get isKnown(): boolean {
    return this.#isKnown
  }

  /** Bytes buffered behind a gap. */
  get earlyBytes(): number {
    return this.#earlyBytes
  }

  /** Starts the stream: `sequence` is that of its first byte. */
  begin(sequence: number, offset: number): void {
    this.#next = sequence >>> 0
    this.#offset = offset
    this.#isKnown = true
    this.#early.length = 0
    this.#earlyBytes = 0
    this.#finSequence = undefined
  }

  /**
   * Whether the peer accepts a reset with this sequence number (RFC 5961): exactly the next one. Later ones are
   * accepted too, because the capture may have lost bytes.
   */
  acceptsReset(sequence: number): boolean {
    return !this.#isKnown || distance(sequence, this.#next) >= 0
  }

  /** Whether the peer acknowledges bytes that were never captured. */
  isBehind(acknowledged: number): boolean {
    const ahead = distance(acknowledged, this.#next)
    // A FIN takes one sequence number and no byte.
    return this.#isKnown && ahead > (this.#isFinAt(acknowledged - 1) ? 1 : 0) && ahead < 2 ** 30
  }

  /** The sender's FIN follows all bytes up to here. */
  get isEnded(): boolean {
    return this.#finSequence !== undefined && this.#finSequence === this.#next
  }

  fin(sequence: number): void {
    this.#finSequence ??= sequence >>> 0
  }

  /** Takes one segment. Early bytes are delivered with the time at which the gap in front of them was filled. */
  data(
    sequence: number,
    timeMs: number,
    source: Uint8Array,
    start: number,
    end: number,
    sink: StreamSink,
  ): void {
    let from = distance(sequence, this.#next)
    if (this.#finSequence !== undefined) {
      // Bytes beyond the FIN are invalid, and no receiver reads them.
      const beyond = distance(sequence + (end - start), this.#finSequence)
      if (beyond > 0) end -= Math.min(beyond, end - start)
    }
    if (end <= start) return
    if (from < 0) {
      this.#counts.repeatedSegments += 1
      start -= from
      if (start >= end) return
      from = 0
    }
    if (from > 0) {
      this.#keep(sequence, source, start, end)
      if (this.#early.length > MOST_EARLY || this.#earlyBytes > MOST_EARLY_BYTES) this.giveUp(timeMs, sink)
      return
    }
    this.#deliver(timeMs, source, start, end, sink)
    if (this.#early.length > 0) this.#deliverEarly(timeMs, sink)
  }

  /** The gap stays: continues after it. */
  giveUp(timeMs: number, sink: StreamSink, upTo?: number): void {
    const target = this.#early[0]?.sequence ?? upTo
    if (target === undefined) return
    const end = upTo !== undefined && distance(upTo, target) < 0 ? upTo : target
    const lost = distance(end, this.#next)
    if (lost <= 0) return
    this.#counts.gaps += 1
    this.#counts.lostBytes += lost
    this.#next = end >>> 0
    this.#offset += lost
    this.#deliverEarly(timeMs, sink)
  }

  /** Everything up to the acknowledged number was sent: the capture lost the missing bytes. */
  acknowledge(acknowledged: number, timeMs: number, sink: StreamSink): void {
    while (this.isBehind(acknowledged)) {
      const before = this.#next
      this.giveUp(timeMs, sink, this.#isFinAt(acknowledged - 1) ? acknowledged - 1 : acknowledged)
      if (this.#next === before) return
    }
  }

  #isFinAt(sequence: number): boolean {
    return this.#finSequence !== undefined && this.#finSequence === sequence >>> 0
  }

  #deliver(timeMs: number, source: Uint8Array, start: number, end: number, sink: StreamSink): void {
    const offset = this.#offset
    this.#offset += end - start
    this.#next = (this.#next + (end - start)) >>> 0
    sink.bytes(offset, timeMs, source, start, end)
  }

  #deliverEarly(timeMs: number, sink: StreamSink): void {
    for (let early = this.#early[0]; early !== undefined; early = this.#early[0]) {
      const behind = distance(early.sequence, this.#next)
      if (behind > 0) return
      this.#early.shift()
      this.#earlyBytes -= early.bytes.length
      if (-behind < early.bytes.length) this.#deliver(timeMs, early.bytes, -behind, early.bytes.length, sink)
    }
  }

  /**
   * Sorted by start. The segment that starts first owns its whole range, so a new one is dropped, or replaces the
   * segments that it covers.
   */
  #keep(sequence: number, source: Uint8Array, start: number, end: number): void {
    const early = this.#early
    let place = early.length
    while (place > 0 && distance((early[place - 1] as Early).sequence, sequence) > 0) place -= 1
    const length = end - start
    const before = early[place - 1]
    if (before !== undefined) {
      const into = distance(sequence, before.sequence)
      if (into + length <= before.bytes.length) {
        this.#counts.repeatedSegments += 1
        return
      }
      // With the same start, the longer one wins.
      if (into === 0) {
        place -= 1
        this.#remove(place)
      }
    }
    for (let next = early[place]; next !== undefined; next = early[place]) {
      if (distance(next.sequence, sequence) + next.bytes.length > length) break
      this.#remove(place)
    }
    // A copy: the packet's bytes are overwritten by the next packet.
    early.splice(place, 0, { sequence: sequence >>> 0, bytes: source.slice(start, end) })
    this.#earlyBytes += length
  }

  #remove(place: number): void {
    const [removed] = this.#early.splice(place, 1)
    this.#earlyBytes -= removed?.bytes.length ?? 0
    this.#counts.repeatedSegments += 1
  }
}
