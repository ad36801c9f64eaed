/** What windows have to know of a column to count it. The baseline decides it; src/baseline/layout.ts makes it. */
import type { Cells } from '../sketches/cells.ts'

export interface Counters {
  /** Counters of rows: for numbers one for each cell and one for rows without a number, else one for each bin. */
  readonly counters: number
  readonly numbers: NumberCounters | undefined
}

export interface NumberCounters {
  /** With the counts of the baseline. */
  readonly cells: Cells
  /** Values of the baseline. */
  readonly total: number
  /** By cell, whether it holds one value only. */
  readonly singles: Uint8Array
  /** A whole power of two, far below the column's deviation: sums of whole steps add up exactly, in any order. */
  readonly step: number
}
