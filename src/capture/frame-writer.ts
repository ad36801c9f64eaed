import type { RingWriter } from '../ring/writer.ts'

/** Destination of frames: the ring, or the observer of a replay. */
export type FrameWriter = Pick<RingWriter, 'data' | 'lifecycle'>
