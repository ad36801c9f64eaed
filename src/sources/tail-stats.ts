/** What following log files has come to. Every reason starts at 0. */
import { zeros } from '../lib/zeros.ts'
import { JOIN_LOSSES, type JoinLoss } from './joiner.ts'

/** Why a line is no record at all. What is wrong with the rows of a record counts as of any payload. */
export const TAIL_FAILURES = [
  'not-text',
  'not-json',
  'not-access-log',
  /** Nothing that `tail.format: auto` or `tail.pattern` knows. */
  'not-recognised',
  /** In the log of a container, which holds whatever its programs print. */
  'noise',
  'too-long',
  'too-old',
] as const
export type TailFailure = (typeof TAIL_FAILURES)[number]

/** How a followed file was rotated. */
export const ROTATIONS = ['rename', 'truncate'] as const
export type Rotation = (typeof ROTATIONS)[number]

/** Why a file that the globs name is not followed. */
export const UNFOLLOWED_REASONS = ['file_limit', 'unreadable'] as const
export type UnfollowedReason = (typeof UNFOLLOWED_REASONS)[number]

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
