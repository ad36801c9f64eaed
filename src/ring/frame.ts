/**
 * The contract between the two threads: the splice writes these frames into the ring and the observer reads them. One
 * frame is one event of one connection.
 */

/** `TO_SERVER`: bytes from the client. `TO_CLIENT`: bytes from the model server. */
export const DIRECTION = { TO_SERVER: 0, TO_CLIENT: 1 } as const
export type Direction = (typeof DIRECTION)[keyof typeof DIRECTION]

export const FRAME = {
  /** A client connection was accepted. */
  OPEN: 1,
  /** Bytes moved in `direction`; the only kind with bytes. */
  DATA: 2,
  /** Orderly end (FIN) of `direction`; the other direction may continue. */
  END: 3,
  /** The peer that sends in `direction` reset the connection. */
  RESET: 4,
  /** The upstream was unreachable and nothing had been forwarded: the splice answered 503. */
  UNREACHABLE: 5,
  /** Both directions have ended; the connection id is not used again. */
  CLOSE: 6,
  /** The capture follows this connection no further, although it may be open. The id is not used again. */
  FORGET: 7,
} as const
export type FrameKind = (typeof FRAME)[keyof typeof FRAME]

/**
 * Receives the frames in the order in which they were written.
 *
 * `offset` is the position of the frame's first byte in the stream of its direction, counted from 0. It is larger than
 * the end of the last frame after a full ring or a skip: the bytes between were forwarded but not copied. `timeMs` is
 * `Clock.monotonicMs` when the bytes were read from the socket. `bytes[start, end)` is the ring itself, so it is valid
 * only during the call.
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

/** The observer's requests to skip bytes that it does not need: the rest of a body beyond the copy's limit. */
export interface SkipRequests {
  /** Bytes of that direction with a stream offset below `offset` need not be copied. They may still arrive. */
  skipUntil(connection: number, direction: Direction, offset: number): void
}
