/** The bins of a column as one list, used for counting, scores and exported counters. */
import { type BaselineColumn, NUMERIC_BINS } from './baseline.ts'

export interface Bins {
  /** Values of the label `bin`; unique. */
  readonly labels: readonly string[]
  /** Shares of the baseline's rows, in the order of `labels`; they add up to 1. */
  readonly shares: Float64Array
  /** Number of bins at the start that are in numeric order; 0 when none are. */
  readonly ordered: number
  /** Rows without a usable value: missing, or of a wrong type. */
  readonly missing: number
  /** Known categories without their own bin; −1 for numbers. */
  readonly other: number
  /** Values that the baseline never saw; −1 for numeric columns. */
  readonly unseen: number
}

/**
 * Adjusts the live shares for the comparison. Fewer unseen values than expected are not drift: the missing ones are
 * among the rare categories, so the shortfall moves from `other` to `unseen`, in place. The shipped rules do the same;
 * change both.
 */
export function fillUnseen({ shares, other, unseen }: Bins, live: Float64Array): Float64Array {
  if (other < 0 || unseen < 0) return live
  const shortfall = (shares[unseen] as number) - (live[unseen] as number)
  if (shortfall <= 0) return live
  live[unseen] = shares[unseen] as number
  live[other] = Math.max(0, (live[other] as number) - shortfall)
  return live
}

/**
 * Maximum number of ordered bins: the shipped rules need a term for each in their cumulative sums. Discrete columns may
 * have more bins.
 */
export const MOST_ORDERED_BINS = NUMERIC_BINS

const LONGEST_LABEL = 100
const RESERVED: ReadonlySet<string> = new Set(['missing', 'other', 'unseen'])

/** Bins of a column: its own, then `other`, `unseen` and `missing` if its kind has them. */
export function binsOf(column: BaselineColumn): Bins {
  const own = column.shares.length
  const ordered = own <= MOST_ORDERED_BINS ? own : 0
  switch (column.kind) {
    case 'numeric': {
      const labels = [...column.edges.map((edge) => `le_${edge}`), 'inf', 'missing']
      const shares = Float64Array.of(...column.shares, column.missing)
      return { labels, shares, ordered, missing: own, other: -1, unseen: -1 }
    }
    case 'discrete': {
      const labels = [...column.values.map((value) => `v_${value}`), 'unseen', 'missing']
      const shares = Float64Array.of(...column.shares, 0, column.missing)
      return { labels, shares, ordered, missing: own + 1, other: -1, unseen: own }
    }
    case 'categorical': {
      const labels = [...categoryLabels(column.categories), 'other', 'unseen', 'missing']
      const shares = Float64Array.of(...column.shares, column.other, column.unseen ?? 0, column.missing)
      return { labels, shares, ordered: 0, missing: own + 2, other: own, unseen: own + 1 }
    }
  }
}

/** A category's own name, limited in length and distinct from the reserved names. */
function categoryLabels(categories: readonly string[]): string[] {
  const used = new Set(RESERVED)
  return categories.map((category) => {
    const cut = category.length > LONGEST_LABEL ? `${category.slice(0, LONGEST_LABEL - 1)}…` : category
    // As in UTF-8: two halves of surrogate pairs would become the same label there.
    const short = cut.toWellFormed()
    let label = short === '' ? 'empty' : short
    for (let copy = 2; used.has(label); copy += 1) label = `${short} (${copy})`
    used.add(label)
    return label
  })
}
