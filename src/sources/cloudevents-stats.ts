/** What taking CloudEvents has come to. Every reason starts at 0. */
import { zeros } from '../lib/zeros.ts'
import { HALF_SIDES, JOIN_LOSSES, type HalfSide, type JoinLoss } from './joiner.ts'

/** Why an event was not used. */
export const EVENT_REFUSALS = ['not-a-cloudevent', 'type-unknown', 'too-large', 'busy'] as const
export type EventRefusal = (typeof EVENT_REFUSALS)[number]

export interface CloudeventsStats {
  /** Events that were taken, by what they carry. */
  readonly events: Record<HalfSide, number>
  readonly refused: Record<EventRefusal, number>
  readonly unjoined: Record<JoinLoss, number>
  /** Events that wait for their other half now. */
  waiting: number
}

export function newCloudeventsStats(): CloudeventsStats {
  return {
    events: zeros(HALF_SIDES),
    refused: zeros(EVENT_REFUSALS),
    unjoined: zeros(JOIN_LOSSES),
    waiting: 0,
  }
}
