/**
 * The contract between the two threads: what the splice writes into the ring and the observer reads from it.
 * One frame is one event of one connection.
 */

/** `TO_SERVER`: bytes of the client. `TO_CLIENT`: bytes of the model server. */
export const DIRECTION = { TO_SERVER: 0, TO_CLIENT: 1 } as const
export type Direction = (typeof DIRECTION)[keyof typeof DIRECTION]

export const FRAME = {
  /** A client connection was accepted. */
  OPEN: 1,
  /** Bytes moved in `direction`; the only kind with bytes. */
  DATA: 2,
  /** Orderly end (FIN) of `direction`; the other may go on. */
  END: 3,
  /** The peer that sends in `direction` reset the connection. */
  RESET: 4,
  /** The upstream could not be reached and nothing had been forwarded: the splice answered 503 itself. */
  UNREACHABLE: 5,
  /** Both directions are over; the connection id is not used again. */
  CLOSE: 6,
  /** The capture follows this connection no further, although it may be open. The id is not used again. */
  FORGET: 7,
} as const
export type FrameKind = (typeof FRAME)[keyof typeof FRAME]

/**
 * Receives the frames in the order in which they were written.
 *
 * `offset` is the position of the frame's first byte in the stream of its direction, counted from 0. It is larger
 * than the last frame's end where the ring was full or where the observer had asked to skip: the bytes between were
 * forwarded to the peer but not copied. `timeMs` is `Clock.monotonicMs` of the moment they were read from the socket.
 * `bytes[start, end)` is valid during the call only: it is the ring itself.
 */
export interface FrameSink {
  frame(
    kind: FrameKind,
    connection: number,
    direction: Direction,
    offset: number,
    timeMs: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void
}

/** How the observer tells the splice that it has no use for bytes: the rest of a body beyond the copy's limit. */
export interface SkipRequests {
  /** Bytes of that direction with a stream offset below `offset` need not be copied. A hint: they may still come. */
  skipUntil(connection: number, direction: Direction, offset: number): void
}
