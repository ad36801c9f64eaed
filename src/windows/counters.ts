/** How to count a column in windows. The baseline determines it; src/baseline/layout.ts creates it. */
import type { Cells } from '../sketches/cells.ts'

export interface Counters {
  /**
   * Number of row counters: for numbers one for each cell and one for rows without a number, otherwise one for each
   * bin.
   */
  readonly counters: number
  readonly numbers: NumberCounters | undefined
}

export interface NumberCounters {
  /** With the counts of the baseline. */
  readonly cells: Cells
  /** Values of the baseline. */
  readonly total: number
  /** For each cell, whether it holds a single value. */
  readonly singles: Uint8Array
  /** A power of two, far below the column's standard deviation: sums of whole steps are exact, in any order. */
  readonly step: number
}
