/** Capture figures for the instruments, which the main thread writes into shared memory. */
import type { ControlBlock } from '../ring/control.ts'
import type { ForgottenReason } from './capture-counts.ts'

/** Where packets were lost before modeltap could read them. */
export const PACKET_DROPS = ['kernel', 'interface', 'recorder'] as const
export type PacketDrop = (typeof PACKET_DROPS)[number]

export interface CaptureSnapshot {
  readonly isUp: boolean
  readonly packets: number
  readonly unreadPackets: number
  readonly droppedPackets: Readonly<Record<PacketDrop, number>>
  readonly lostBytes: number
  readonly gaps: number
  readonly joinedLate: number
  readonly forgotten: Readonly<Record<ForgottenReason, number>>
  /** Share of connections that is read, 0 to 1. */
  readonly share: number
  readonly restarts: number
  readonly lagSeconds: number
}

export function captureSnapshot(control: ControlBlock): CaptureSnapshot {
  return {
    isUp: control.captureUp === 1,
    packets: control.capturePackets,
    unreadPackets: control.captureUnreadPackets,
    droppedPackets: {
      kernel: control.captureDroppedByKernel,
      interface: control.captureDroppedByInterface,
      recorder: control.captureDroppedByRecorder,
    },
    lostBytes: control.captureLostBytes,
    gaps: control.captureGaps,
    joinedLate: control.captureJoinedLate,
    forgotten: {
      limit: control.captureForgottenLimit,
      idle: control.captureForgottenIdle,
      half_open: control.captureForgottenHalfOpen,
      share: control.captureForgottenShare,
    },
    share: control.captureShare,
    restarts: control.captureRestarts,
    lagSeconds: control.captureLagSeconds,
  }
}
