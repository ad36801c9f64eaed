import type { TapMemory } from './memory.ts'

/** State of the model server as the splice sees it. */
export const UPSTREAM = { UNKNOWN: 0, REACHABLE: 1, UNREACHABLE: 2 } as const
export type UpstreamState = (typeof UPSTREAM)[keyof typeof UPSTREAM]

/** `DRAINING`: no longer ready; connections still end by themselves. `DRAINED`: no connection is open. */
export const DRAIN = { RUNNING: 0, DRAINING: 1, DRAINED: 2 } as const
export type DrainState = (typeof DRAIN)[keyof typeof DRAIN]

/** Why forwarded bytes were not copied: no room, or the observer asked to skip them. */
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
  /** Client connections accepted, without refused ones. */
  connectionsAccepted: number
  /** Client connections open now. */
  connectionsOpen: number
  /** Client connections closed at once, because of `connections.limit`. */
  connectionsRefused: number
  /** Connections closed because nothing moved for `connections.idleTimeout`. */
  connectionsIdleClosed: number
  /** Attempts to reach the model server that failed, probes among them. */
  connectFailures: number
  /** Connections answered with 503, or closed, because the model server was unreachable. */
  connectionsUnreachable: number
  /** Failed TLS handshakes on the data port. */
  tlsFailures: number
  /** Bytes forwarded to the model server and to clients. */
  bytesToServer: number
  bytesToClient: number
  /** Bytes copied into the ring. */
  tapBytes: number
  /** Bytes of frames in the writer's overflow, which move to the ring as the reader makes room. */
  overflowBytes: number
  /** Bytes forwarded but not copied: ring and overflow were full. */
  droppedBytes: number
  /** Bytes forwarded but not copied because the observer asked to skip them. Not a loss. */
  skippedBytes: number
  /** Connections that opened and closed while the ring had no room even for their life-cycle frames. */
  unseenConnections: number
  /** A value of `UPSTREAM`: the worst of all addresses of the model server. */
  upstreamState: number
  /** Bit n is set when the nth address of the model server does not accept connections. */
  upstreamsDown: number
  /** A value of `DRAIN`. */
  drainState: number
  /** Captured packets that are TCP segments. */
  capturePackets: number
  /** Captured packets that cannot be read: fragments, damaged packets, unknown link types. */
  captureUnreadPackets: number
  /** Packets that the kernel dropped, as reported by tcpdump. */
  captureDroppedByKernel: number
  /** Packets that the interface dropped, as reported by tcpdump. */
  captureDroppedByInterface: number
  /** Missing packets, as reported by a recording. */
  captureDroppedByRecorder: number
  /** Bytes on the wire that were not captured. */
  captureLostBytes: number
  /** Gaps in captured streams that no retransmission filled. */
  captureGaps: number
  /** Connections that were already open when the capture began. */
  captureJoinedLate: number
  /** Connections dropped from tracking because of `connections.limit`. */
  captureForgottenLimit: number
  /** Connections dropped from tracking because no packet arrived for `connections.idleTimeout`. */
  captureForgottenIdle: number
  /** Half-open connections dropped from tracking because there were too many. */
  captureForgottenHalfOpen: number
  /** Connections given up because the share of connections became smaller. */
  captureForgottenShare: number
  /** Share of connections that is looked at, 0 to 1. */
  captureShare: number
  /** Starts of tcpdump after the first. */
  captureRestarts: number
  /** How often the wall clock was set. */
  captureClockSteps: number
  /** 1 while the capture runs. */
  captureUp: number
  /** Delay of the last marker through the capture. */
  captureLagSeconds: number
  /** Connections of the admin port closed to make room for newer ones. */
  adminClosedFull: number
  /** Connections of the admin port closed because no whole request head came in time. */
  adminClosedTimeout: number
  /** `Clock.monotonicMs` of the data plane's last heartbeat, about once a second. */
  dataHeartbeatMs: number
  /** Longest stall of the main thread's event loop in the last minute. */
  eventLoopStallSeconds: number
  /** The same for the analysis thread. The analysis thread writes this figure and the next two. */
  analysisHeartbeatMs: number
  /** Hash of the request body that analysis is reading (`bodyHash`); 0 between two exchanges. */
  analysedRequest: number
  /** The same of the response body. */
  analysedResponse: number
}

/** Position of each figure in `TapMemory.counters`; the type makes it complete. */
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
  upstreamsDown: 39,
  eventLoopStallSeconds: 40,
}

/**
 * The figures as properties over shared memory.
 *
 * They are 64-bit floats and not atomics: counts beyond 2^32 fit, and a 64-bit store is indivisible on every machine
 * that Node.js supports. A reader on the other thread may see an old value for a moment, but never half of one.
 */
export interface ControlBlock extends Figures {}
export class ControlBlock {
  readonly values: Float64Array

  constructor(memory: TapMemory) {
    this.values = new Float64Array(memory.counters)
  }

  /** For each exchange, so without the boxed numbers that accessors take. */
  markAnalysed(request: number, response: number): void {
    this.values[INDEX.analysedRequest] = request
    this.values[INDEX.analysedResponse] = response
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
