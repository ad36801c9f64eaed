/** Statistics of received CloudEvents. Every reason starts at 0. */
import { zeros } from '../lib/zeros.ts'
import { HALF_SIDES, JOIN_LOSSES, type JoinLoss } from './joiner.ts'

/** Why an event was not used. */
export const EVENT_REFUSALS = ['not-a-cloudevent', 'type-unknown', 'too-large', 'busy'] as const
export type EventRefusal = (typeof EVENT_REFUSALS)[number]

/** Content of an event: half of a call, or an outcome of a prediction. */
export const EVENT_CONTENTS = [...HALF_SIDES, 'outcome'] as const
export type EventContent = (typeof EVENT_CONTENTS)[number]

export interface CloudeventsStats {
  /** Accepted events by content. */
  readonly events: Record<EventContent, number>
  readonly refused: Record<EventRefusal, number>
  readonly unjoined: Record<JoinLoss, number>
  /** Events currently waiting for their counterpart. */
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
