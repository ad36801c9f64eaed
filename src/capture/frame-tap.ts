// HOT: per chunk
/** Writes captured bytes into the ring in pieces that fit, and skips bytes that the observer does not need. */
import type { ConnectionTable } from '../ring/connection-table.ts'
import type { ControlBlock } from '../ring/control.ts'
import { DIRECTION, type Direction, FRAME, type FrameKind } from '../ring/frame.ts'
import type { RingWriter } from '../ring/writer.ts'
import type { FrameWriter } from './frame-writer.ts'

/**
 * The ring holds at least four frames of this size; a packet from loopback, or merged by the network card, may be
 * longer.
 */
const LARGEST_FRAME_BYTES = 65_536

export class FrameTap implements FrameWriter {
  readonly #writer: RingWriter
  readonly #table: ConnectionTable
  readonly #control: ControlBlock

  constructor(writer: RingWriter, table: ConnectionTable, control: ControlBlock) {
    this.#writer = writer
    this.#table = table
    this.#control = control
  }

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
    if (direction === DIRECTION.TO_SERVER) this.#control.bytesToServer += length
    else this.#control.bytesToClient += length
    const skip = Math.min(length, Math.max(0, this.#table.skipEnd(connection, direction) - offset))
    this.#control.skippedBytes += skip
    for (let at = skip; at < length; at += LARGEST_FRAME_BYTES) {
      const until = Math.min(length, at + LARGEST_FRAME_BYTES)
      this.#writer.data(connection, direction, offset + at, timeMs, source, start + at, start + until)
    }
  }

  lifecycle(
    kind: Exclude<FrameKind, typeof FRAME.DATA>,
    connection: number,
    direction: Direction,
    offset: number,
    timeMs: number,
  ): void {
    if (kind === FRAME.OPEN) this.#control.connectionsAccepted += 1
    this.#writer.lifecycle(kind, connection, direction, offset, timeMs)
  }
}
