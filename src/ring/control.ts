import type { TapMemory } from './memory.ts'

/** What the splice knows of the model server. */
export const UPSTREAM = { UNKNOWN: 0, REACHABLE: 1, UNREACHABLE: 2 } as const
export type UpstreamState = (typeof UPSTREAM)[keyof typeof UPSTREAM]

/** `DRAINING`: not ready any more; connections still end by themselves. `DRAINED`: none is open. */
export const DRAIN = { RUNNING: 0, DRAINING: 1, DRAINED: 2 } as const
export type DrainState = (typeof DRAIN)[keyof typeof DRAIN]

/** Why bytes that reached their receiver were not copied: no room, or the observer had asked to skip them. */
export const UNCOPIED_REASONS = ['ring_full', 'body_limit'] as const
export type UncopiedReason = (typeof UNCOPIED_REASONS)[number]

/** Why the data plane refused or ended a client's connection by itself. */
export const END_REASONS = ['limit', 'idle_timeout', 'tls_handshake', 'upstream_unreachable'] as const
export type EndReason = (typeof END_REASONS)[number]

/** Why the main thread closed a connection of the admin port. */
export const ADMIN_CLOSE_REASONS = ['limit', 'head_timeout'] as const
export type AdminCloseReason = (typeof ADMIN_CLOSE_REASONS)[number]

/** Figures that both threads can read at any time. Each has one writer; counters start at 0 and only grow. */
export interface Figures {
  /** Client connections accepted, the refused ones not among them. */
  connectionsAccepted: number
  /** Client connections open now. */
  connectionsOpen: number
  /** Client connections closed at once, because of `connections.limit`. */
  connectionsRefused: number
  /** Connections closed because nothing moved for `connections.idleTimeout`. */
  connectionsIdleClosed: number
  /** Attempts to reach the model server that failed, probes among them. */
  connectFailures: number
  /** Connections answered with 503, or closed, because the model server could not be reached. */
  connectionsUnreachable: number
  /** Handshakes on the data port that failed, when TLS ends there. */
  tlsFailures: number
  /** Bytes forwarded to the model server and to clients. */
  bytesToServer: number
  bytesToClient: number
  /** Bytes copied into the ring. */
  tapBytes: number
  /** Bytes of frames in the writer's own memory, which follow as the reader makes room. */
  overflowBytes: number
  /** Bytes forwarded but not copied: ring and overflow were full. */
  droppedBytes: number
  /** Bytes forwarded but not copied: the observer had asked to skip them. Not a loss. */
  skippedBytes: number
  /** Connections that opened and closed while the ring had no room for even that. */
  unseenConnections: number
  /** A value of `UPSTREAM`. */
  upstreamState: number
  /** A value of `DRAIN`. */
  drainState: number
  /** Captured packets that are TCP segments. */
  capturePackets: number
  /** Captured packets that cannot be read: fragments, damaged ones, unknown links. */
  captureUnreadPackets: number
  /** Packets that the kernel had no room for, as tcpdump says. */
  captureDroppedByKernel: number
  /** Packets that the interface dropped, as tcpdump says. */
  captureDroppedByInterface: number
  /** Packets that a recording says are missing. */
  captureDroppedByRecorder: number
  /** Bytes that passed and were not captured. */
  captureLostBytes: number
  /** Holes in captured streams that nothing filled. */
  captureGaps: number
  /** Connections that were open before the capture began. */
  captureJoinedLate: number
  /** Connections given up because of `connections.limit`. */
  captureForgottenLimit: number
  /** Connections given up because nothing was captured of them for `connections.idleTimeout`. */
  captureForgottenIdle: number
  /** Beginnings of connections given up because there were too many. */
  captureForgottenHalfOpen: number
  /** Connections given up because the share of connections became smaller. */
  captureForgottenShare: number
  /** Share of connections that is looked at, 0 to 1. */
  captureShare: number
  /** Starts of tcpdump after the first. */
  captureRestarts: number
  /** How often the wall clock was set. */
  captureClockSteps: number
  /** 1 while packets can come. */
  captureUp: number
  /** Age of the last marker when it came out of the capture. */
  captureLagSeconds: number
  /** Connections of the admin port closed to make room for newer ones. */
  adminClosedFull: number
  /** Connections of the admin port closed because no whole request head came in time. */
  adminClosedTimeout: number
  /** `Clock.monotonicMs` of the data plane's last beat, about once a second. */
  dataHeartbeatMs: number
  /** The same of the analysis thread. This figure and the next two are written by that thread. */
  analysisHeartbeatMs: number
  /** Hash of the request body that is being read (`bodyHash`); 0 between two exchanges. */
  analysedRequest: number
  /** The same of the response body. */
  analysedResponse: number
}

/** Where each figure lies in `TapMemory.counters`; complete by its type. */
const INDEX: Readonly<Record<keyof Figures, number>> = {
  connectionsAccepted: 0,
  connectionsOpen: 1,
  connectionsRefused: 2,
  connectionsIdleClosed: 3,
  connectFailures: 4,
  connectionsUnreachable: 5,
  bytesToServer: 6,
  bytesToClient: 7,
  tapBytes: 8,
  droppedBytes: 9,
  skippedBytes: 10,
  unseenConnections: 11,
  upstreamState: 12,
  drainState: 13,
  dataHeartbeatMs: 14,
  analysisHeartbeatMs: 15,
  tlsFailures: 16,
  overflowBytes: 17,
  capturePackets: 18,
  captureUnreadPackets: 19,
  captureDroppedByKernel: 20,
  captureDroppedByInterface: 21,
  captureDroppedByRecorder: 22,
  captureLostBytes: 23,
  captureGaps: 24,
  captureJoinedLate: 25,
  captureForgottenLimit: 26,
  captureForgottenIdle: 27,
  captureForgottenHalfOpen: 28,
  captureRestarts: 29,
  captureClockSteps: 30,
  captureUp: 31,
  captureLagSeconds: 32,
  adminClosedFull: 33,
  adminClosedTimeout: 34,
  analysedRequest: 35,
  analysedResponse: 36,
  captureForgottenShare: 37,
  captureShare: 38,
}

/**
 * The figures as properties over shared memory.
 *
 * They are 64-bit floats and not atomics: counts beyond 2^32 fit, and a 64-bit store is indivisible on every machine
 * that Node.js supports. A reader on the other thread may see a value a moment late, never half of one.
 */
export interface ControlBlock extends Figures {}
export class ControlBlock {
  readonly values: Float64Array

  constructor(memory: TapMemory) {
    this.values = new Float64Array(memory.counters)
  }
}

for (const [name, index] of Object.entries(INDEX)) {
  Object.defineProperty(ControlBlock.prototype, name, {
    get(this: ControlBlock): number {
      return this.values[index] as number
    },
    set(this: ControlBlock, value: number) {
      this.values[index] = value
    },
  })
}
