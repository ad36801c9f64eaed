/** One time interval of one column: rows by counter (src/baseline/layout.ts), and a numeric summary. Immutable. */
import { type Digest, EMPTY_DIGEST, mergeDigests } from '../sketches/digest.ts'
import type { Counters } from './counters.ts'

export type Counts = Float64Array | Uint32Array | Uint16Array | Uint8Array

export interface Pane {
  /** Rows by counter. */
  readonly counts: Counts
  /** Number of all rows. */
  readonly rows: number
  /** Undefined for categorical columns. */
  readonly numbers: PaneNumbers | undefined
}

export interface PaneNumbers {
  /** Infinity and −Infinity without numbers. */
  readonly min: number
  readonly max: number
  /**
   * Sums of the distances of values in the first cell below its edge, and of those in the last cell above theirs, in
   * whole steps.
   */
  readonly lowSteps: number
  readonly highSteps: number
  /** Digest of the values in crowded cells: gives their positions within a cell, while the counts give their number. */
  readonly detail: Digest
}

/** Compression of the digests in panes and windows; a cluster in the middle holds at most 1.2 % of the values. */
export const WINDOW_CLUSTERS = 160

const NO_NUMBERS: PaneNumbers = {
  min: Infinity,
  max: -Infinity,
  lowSteps: 0,
  highSteps: 0,
  detail: EMPTY_DIGEST,
}

/** A pane without rows. */
export function emptyPane({ counters, numbers }: Counters): Pane {
  return { counts: new Uint8Array(counters), rows: 0, numbers: numbers && NO_NUMBERS }
}

/** Shared buffer for sums: only used within a call. */
let room = new Float64Array(1_024)

/** Merges panes; returns the only non-empty one unchanged. */
export function mergePanes(panes: readonly Pane[]): Pane {
  let [first, others] = [panes[0] as Pane, 0]
  for (let place = 1; place < panes.length; place += 1) {
    const pane = panes[place] as Pane
    if (pane.rows === 0) continue
    if (first.rows === 0) first = pane
    else others += 1
  }
  return others === 0 ? first : sumOf(panes)
}

/** A pane with a copy of counts that keep changing. */
export function paneOf(counts: Float64Array, rows: number, numbers: PaneNumbers | undefined): Pane {
  return { counts: narrow(counts, counts.length), rows, numbers }
}

function sumOf(panes: readonly Pane[]): Pane {
  const counters = (panes[0] as Pane).counts.length
  if (counters > room.length) room = new Float64Array(2 * counters)
  const sums = room
  sums.fill(0, 0, counters)
  let rows = 0
  for (const pane of panes) {
    if (pane.rows === 0) continue
    rows += pane.rows
    addCounts(sums, pane.counts, counters)
  }
  const numbers = panes[0]?.numbers && mergeNumbers(panes)
  return { counts: narrow(sums, counters), rows, numbers }
}

function addCounts(sums: Float64Array, counts: Counts, counters: number): void {
  for (let counter = 0; counter < counters; counter += 1)
    sums[counter] = (sums[counter] as number) + (counts[counter] as number)
}

/**
 * Uses as few bytes for each counter as the largest count needs: there are thousands of panes with hundreds of
 * counters.
 */
function narrow(sums: Float64Array, counters: number): Counts {
  let most = 0
  for (let counter = 0; counter < counters; counter += 1) most = Math.max(most, sums[counter] as number)
  const used = sums.subarray(0, counters)
  if (most < 2 ** 8) return new Uint8Array(used)
  if (most < 2 ** 16) return new Uint16Array(used)
  return most < 2 ** 32 ? new Uint32Array(used) : new Float64Array(used)
}

function mergeNumbers(panes: readonly Pane[]): PaneNumbers {
  let { min, max, lowSteps, highSteps } = NO_NUMBERS
  const details: Digest[] = []
  for (const { numbers } of panes) {
    if (numbers === undefined) continue
    min = Math.min(min, numbers.min)
    max = Math.max(max, numbers.max)
    lowSteps += numbers.lowSteps
    highSteps += numbers.highSteps
    details.push(numbers.detail)
  }
  return { min, max, lowSteps, highSteps, detail: mergeDigests(details, WINDOW_CLUSTERS) }
}
