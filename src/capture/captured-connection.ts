// HOT: per packet
/** Both directions of one captured TCP connection, and when it is over. */
import { DIRECTION, type Direction, FRAME } from '../ring/frame.ts'
import { NO_DIRECTION } from '../ring/writer.ts'
import type { CaptureCounts } from './capture-counts.ts'
import type { FrameWriter } from './frame-writer.ts'
import { FLAG, type Segment } from './segment.ts'
import { Stream, type StreamSink } from './stream.ts'

interface ConnectionStart {
  readonly id: number
  readonly writer: FrameWriter
  readonly counts: CaptureCounts
  readonly reorderMs: number
  /** Sequence number of the first byte by direction, if its SYN was seen. */
  readonly first: Readonly<Partial<Record<Direction, number>>>
  readonly nowMs: number
}

export class CapturedConnection {
  readonly id: number
  lastMs: number
  readonly #writer: FrameWriter
  readonly #reorderMs: number
  readonly #streams: readonly [Stream, Stream]
  readonly #sinks: readonly [StreamSink, StreamSink]
  readonly #first: [number | undefined, number | undefined]
  /** Since when the peer has acknowledged bytes that are not captured, and up to where. */
  readonly #owed: [Owed | undefined, Owed | undefined] = [undefined, undefined]
  readonly #isEndSaid: [boolean, boolean] = [false, false]
  #isReset = false

  constructor({ id, writer, counts, reorderMs, first, nowMs }: ConnectionStart) {
    this.id = id
    this.lastMs = nowMs
    this.#writer = writer
    this.#reorderMs = reorderMs
    this.#streams = [new Stream(counts), new Stream(counts)]
    this.#sinks = [this.#sinkOf(DIRECTION.TO_SERVER), this.#sinkOf(DIRECTION.TO_CLIENT)]
    this.#first = [first[DIRECTION.TO_SERVER], first[DIRECTION.TO_CLIENT]]
    for (const direction of [DIRECTION.TO_SERVER, DIRECTION.TO_CLIENT]) {
      const sequence = this.#first[direction]
      if (sequence !== undefined) this.#streams[direction].begin(sequence, 0)
    }
    // Without an OPEN, the observer looks for a request in the middle of the stream.
    if (this.#first[DIRECTION.TO_SERVER] !== undefined)
      writer.lifecycle(FRAME.OPEN, id, NO_DIRECTION, 0, nowMs)
  }

  /** Bytes buffered behind gaps. */
  get earlyBytes(): number {
    return this.#streams[0].earlyBytes + this.#streams[1].earlyBytes
  }

  get isOver(): boolean {
    return this.#isReset || (this.#isEndSaid[0] && this.#isEndSaid[1])
  }

  /**
   * Whether a SYN with this sequence number belongs to this connection: it is the SYN seen before, or the answer to it.
   */
  isSynOf(direction: Direction, first: number): boolean {
    const known = this.#first[direction]
    if (known === undefined && !this.#streams[direction].isKnown) {
      this.#first[direction] = first
      this.#streams[direction].begin(first, 0)
      return true
    }
    return known === first
  }

  /** The connection was open before the capture: tracking starts at this segment. */
  joinAt(direction: Direction, { sequence }: Segment): void {
    this.#streams[direction].begin(sequence, 1)
  }

  accept(direction: Direction, segment: Segment, nowMs: number): void {
    this.lastMs = nowMs
    const { flags, payloadStart, payloadEnd, bytes } = segment
    const peer = direction === DIRECTION.TO_SERVER ? DIRECTION.TO_CLIENT : DIRECTION.TO_SERVER
    // Before the data: a response must not be delivered before the rest of its request.
    if ((flags & FLAG.ACK) !== 0 && (flags & FLAG.SYN) === 0) this.#confirm(peer, segment.acknowledged, nowMs)
    const stream = this.#streams[direction]
    const sequence = (flags & FLAG.SYN) === 0 ? segment.sequence : segment.sequence + 1
    const length = payloadEnd - payloadStart
    if (!stream.isKnown && (length > 0 || (flags & FLAG.FIN) !== 0)) stream.begin(sequence, 1)
    if ((flags & FLAG.RST) !== 0) {
      if (stream.acceptsReset(sequence)) this.#reset(direction, nowMs)
      return
    }
    if ((flags & FLAG.FIN) !== 0) stream.fin(sequence + length + segment.missing)
    if (length > 0) stream.data(sequence, nowMs, bytes, payloadStart, payloadEnd, this.#sinks[direction])
    this.#settleEnd(direction, nowMs)
  }

  /** Skips the gaps of both directions. */
  giveUp(nowMs: number): void {
    for (const direction of [DIRECTION.TO_SERVER, DIRECTION.TO_CLIENT]) {
      while (this.#streams[direction].earlyBytes > 0)
        this.#streams[direction].giveUp(nowMs, this.#sinks[direction])
      this.#settleEnd(direction, nowMs)
    }
  }

  finish(nowMs: number): void {
    if (!this.#isReset) this.giveUp(nowMs)
  }

  #confirm(direction: Direction, acknowledged: number, nowMs: number): void {
    const stream = this.#streams[direction]
    if (!stream.isBehind(acknowledged)) {
      this.#owed[direction] = undefined
      return
    }
    const owed = (this.#owed[direction] ??= { sinceMs: nowMs })
    if (nowMs - owed.sinceMs < this.#reorderMs) return
    this.#owed[direction] = undefined
    stream.acknowledge(acknowledged, nowMs, this.#sinks[direction])
    this.#settleEnd(direction, nowMs)
  }

  #settleEnd(direction: Direction, nowMs: number): void {
    const stream = this.#streams[direction]
    if (this.#isEndSaid[direction] || !stream.isEnded) return
    this.#isEndSaid[direction] = true
    this.#writer.lifecycle(FRAME.END, this.id, direction, stream.offset, nowMs)
  }

  #reset(direction: Direction, nowMs: number): void {
    this.giveUp(nowMs)
    this.#isReset = true
    this.#writer.lifecycle(FRAME.RESET, this.id, direction, this.#streams[direction].offset, nowMs)
  }

  #sinkOf(direction: Direction): StreamSink {
    return {
      bytes: (offset, timeMs, source, start, end) =>
        this.#writer.data(this.id, direction, offset, timeMs, source, start, end),
    }
  }
}

interface Owed {
  readonly sinceMs: number
}
