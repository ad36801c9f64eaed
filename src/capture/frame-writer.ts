import type { RingWriter } from '../ring/writer.ts'

/** Where frames go: the ring, or the observer of a replay. */
export type FrameWriter = Pick<RingWriter, 'data' | 'lifecycle'>
