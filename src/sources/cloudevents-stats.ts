/** What taking CloudEvents has come to. Every reason starts at 0. */
import { zeros } from '../lib/zeros.ts'
import { HALF_SIDES, JOIN_LOSSES, type JoinLoss } from './joiner.ts'

/** Why an event was not used. */
export const EVENT_REFUSALS = ['not-a-cloudevent', 'type-unknown', 'too-large', 'busy'] as const
export type EventRefusal = (typeof EVENT_REFUSALS)[number]

/** What an event carries: half of a call, or what became of a prediction. */
export const EVENT_CONTENTS = [...HALF_SIDES, 'outcome'] as const
export type EventContent = (typeof EVENT_CONTENTS)[number]

export interface CloudeventsStats {
  /** Events that were taken, by what they carry. */
  readonly events: Record<EventContent, number>
  readonly refused: Record<EventRefusal, number>
  readonly unjoined: Record<JoinLoss, number>
  /** Events that wait for their other half now. */
  waiting: number
}

export function newCloudeventsStats(): CloudeventsStats {
  return {
    events: zeros(EVENT_CONTENTS),
    refused: zeros(EVENT_REFUSALS),
    unjoined: zeros(JOIN_LOSSES),
    waiting: 0,
  }
}
