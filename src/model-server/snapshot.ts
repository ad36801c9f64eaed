/** Neighbour data for the instruments: the latest fetch, and counters since the start. */

export const NEIGHBOUR_FAILURES = ['unreachable', 'timeout', 'status', 'content-type', 'too-large'] as const
export type NeighbourFailure = (typeof NEIGHBOUR_FAILURES)[number]

/** Why a sample of a successful fetch is dropped. */
export const NEIGHBOUR_DROPS = ['malformed', 'type-conflict'] as const
export type NeighbourDrop = (typeof NEIGHBOUR_DROPS)[number]

export interface NeighbourSnapshot {
  /** Whether the latest fetch returned metrics. */
  readonly up: boolean
  readonly durationSeconds: number
  /** Samples added to our response by the latest fetch. */
  readonly samples: number
  readonly failures: Readonly<Record<NeighbourFailure, number>>
  readonly droppedSamples: Readonly<Record<NeighbourDrop, number>>
}
