/** One closed stretch of time of one column: rows per bin of the baseline, and a digest of the numbers. Immutable. */
import { EMPTY_DIGEST, mergeDigests, type Digest } from '../sketches/digest.ts'

export interface Pane {
  /** Rows per bin, in the order of the baseline's bins. */
  readonly counts: Float64Array
  /** Empty for categorical columns. */
  readonly digest: Digest
}

/** Compression of the digests in panes and windows; a cluster in the middle holds at most 1.2 % of the values. */
export const WINDOW_CLUSTERS = 128

/** Always the same pane for a number of bins: panes are not written to. */
export function emptyPane(bins: number): Pane {
  const known = emptyPanes.get(bins)
  if (known !== undefined) return known
  const pane = { counts: new Float64Array(bins), digest: EMPTY_DIGEST }
  emptyPanes.set(bins, pane)
  return pane
}

// As many as there are numbers of bins, which the limits of columns bound.
const emptyPanes = new Map<number, Pane>()

/** The pane of both inputs' rows together. */
export function mergePanes(a: Pane, b: Pane): Pane {
  if (a === emptyPane(a.counts.length)) return b
  if (b === emptyPane(b.counts.length)) return a
  const counts = new Float64Array(a.counts)
  for (let bin = 0; bin < counts.length; bin += 1)
    counts[bin] = (counts[bin] as number) + (b.counts[bin] ?? 0)
  return { counts, digest: mergeDigests(a.digest, b.digest, WINDOW_CLUSTERS) }
}

export function rowsOf({ counts }: Pane): number {
  let rows = 0
  for (let bin = 0; bin < counts.length; bin += 1) rows += counts[bin] as number
  return rows
}
