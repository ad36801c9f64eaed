/** Statistics of followed log files. Every reason starts at 0. */
import { zeros } from '../lib/zeros.ts'
import { JOIN_LOSSES, type JoinLoss } from './joiner.ts'

/** Why a line is not a record. Problems with the rows of a record count as for any payload. */
export const TAIL_FAILURES = [
  'not-text',
  'not-json',
  'not-access-log',
  /** No format of `tail.format: auto`, or no match of `tail.pattern`. */
  'not-recognised',
  /** Other output of the programs in a container. */
  'noise',
  'too-long',
  'too-old',
] as const
export type TailFailure = (typeof TAIL_FAILURES)[number]

/** How a followed file was rotated. */
export const ROTATIONS = ['rename', 'truncate'] as const
export type Rotation = (typeof ROTATIONS)[number]

/** Why a file that matches the globs is not followed. */
export const UNFOLLOWED_REASONS = ['file_limit', 'unreadable'] as const
export type UnfollowedReason = (typeof UNFOLLOWED_REASONS)[number]

export interface TailStats {
  /** Lines read, without blank ones. */
  lines: number
  /** Bytes of whole lines read. */
  bytes: number
  /** Files currently followed. */
  files: number
  /** Unread bytes of the followed files. */
  unreadBytes: number
  readonly failures: Record<TailFailure, number>
  readonly rotations: Record<Rotation, number>
  readonly unfollowed: Record<UnfollowedReason, number>
  readonly unjoined: Record<JoinLoss, number>
}

export function newTailStats(): TailStats {
  return {
    lines: 0,
    bytes: 0,
    files: 0,
    unreadBytes: 0,
    failures: zeros(TAIL_FAILURES),
    rotations: zeros(ROTATIONS),
    unfollowed: zeros(UNFOLLOWED_REASONS),
    unjoined: zeros(JOIN_LOSSES),
  }
}
