/** The bins that contribute most to a drift, by their part of the population stability index. */
import { SHARE_FLOOR } from '../../drift/bin-shares.ts'
import { binNames } from './bin-names.ts'
import type { ReplayedColumn } from './result.ts'

const MOST_CHANGES = 3
/** Bins with a smaller part are not listed. */
const LEAST_PART = 0.05

export interface Change {
  /** The bin in words. */
  readonly bin: string
  readonly baseline: number
  readonly live: number
  /** Its part of the total index, 0…1. */
  readonly part: number
}

/** The largest first. */
export function largestChanges(column: Pick<ReplayedColumn, 'kind' | 'bins'>): Change[] {
  const names = binNames(column)
  const terms = column.bins.map(({ baseline, live }) => {
    const [from, to] = [Math.max(baseline, SHARE_FLOOR), Math.max(live, SHARE_FLOOR)]
    return (to - from) * Math.log(to / from)
  })
  const total = terms.reduce((sum, term) => sum + term, 0)
  if (total === 0) return []
  return column.bins
    .map(({ baseline, live }, bin) => ({
      bin: names[bin] ?? '',
      baseline,
      live,
      part: (terms[bin] ?? 0) / total,
    }))
    .filter(({ part }) => part >= LEAST_PART)
    .toSorted((a, b) => b.part - a.part)
    .slice(0, MOST_CHANGES)
}
