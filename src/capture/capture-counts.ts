/** Counters of a capture; they only grow. */
import { zeros } from '../lib/zeros.ts'
import { PACKET_KINDS, type PacketKind } from './segment.ts'
import type { StreamCounts } from './stream.ts'

/** Why tracking of a connection stopped before its end. */
export const FORGOTTEN_REASONS = ['limit', 'idle', 'half_open', 'share'] as const
export type ForgottenReason = (typeof FORGOTTEN_REASONS)[number]

export interface CaptureCounts extends StreamCounts {
  readonly packets: Record<PacketKind, number>
  readonly forgotten: Record<ForgottenReason, number>
  /** Packets lost according to the kernel or the recorder. */
  droppedPackets: number
  /** Connections that were already open when the capture began. */
  joinedLate: number
}

export function newCaptureCounts(): CaptureCounts {
  return {
    packets: zeros(PACKET_KINDS),
    forgotten: zeros(FORGOTTEN_REASONS),
    droppedPackets: 0,
    joinedLate: 0,
    lostBytes: 0,
    gaps: 0,
    repeatedSegments: 0,
  }
}
