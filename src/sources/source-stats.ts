/** What the ways in besides the proxy have read and what they could not; every reason from 0. */
import { zeros } from '../lib/zeros.ts'

/** Why a line is no record at all. What is wrong with the rows of a record counts as of any payload. */
export const TAIL_FAILURES = ['not-text', 'not-json', 'not-access-log', 'too-long', 'too-old'] as const
export type TailFailure = (typeof TAIL_FAILURES)[number]

/** Why one half of a joined pair was counted alone. */
export const JOIN_LOSSES = ['timeout', 'full', 'duplicate', 'no-id', 'stopped'] as const
export type JoinLoss = (typeof JOIN_LOSSES)[number]

export interface TailStats {
  /** Lines read, blank ones not among them. */
  lines: number
  /** Bytes of whole lines read. */
  bytes: number
  /** Files followed now. */
  files: number
  /** Bytes of the followed files that have not been read yet. */
  unreadBytes: number
  readonly failures: Record<TailFailure, number>
  readonly rotations: Record<'rename' | 'truncate', number>
  /** Files that are not followed. */
  readonly unfollowed: Record<'file_limit' | 'unreadable', number>
  readonly unjoined: Record<JoinLoss, number>
}

/** Why an event was not used. */
export const EVENT_REFUSALS = ['not-a-cloudevent', 'type-unknown', 'too-large', 'busy'] as const
export type EventRefusal = (typeof EVENT_REFUSALS)[number]

export interface CloudeventsStats {
  /** Events that were taken, by what they carry. */
  readonly events: Record<'request' | 'response', number>
  readonly refused: Record<EventRefusal, number>
  readonly unjoined: Record<JoinLoss, number>
  /** Events that wait for their other half now. */
  waiting: number
}

export function newTailStats(): TailStats {
  return {
    lines: 0,
    bytes: 0,
    files: 0,
    unreadBytes: 0,
    failures: zeros(TAIL_FAILURES),
    rotations: zeros(['rename', 'truncate']),
    unfollowed: zeros(['file_limit', 'unreadable']),
    unjoined: zeros(JOIN_LOSSES),
  }
}

export function newCloudeventsStats(): CloudeventsStats {
  return {
    events: zeros(['request', 'response']),
    refused: zeros(EVENT_REFUSALS),
    unjoined: zeros(JOIN_LOSSES),
    waiting: 0,
  }
}
