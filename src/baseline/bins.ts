/** The bins of a column as one list, the same for counting, for scores and for the exported counters. */
import { type BaselineColumn, NUMERIC_BINS } from './baseline.ts'

export interface Bins {
  /** Values of the label `bin`; unique. */
  readonly labels: readonly string[]
  /** Shares of the baseline's rows, in the order of `labels`; they add up to 1. */
  readonly shares: Float64Array
  /** So many at the beginning follow the order of the numbers in them; 0 where none do. */
  readonly ordered: number
  /** Rows without a usable value: missing, or of a wrong type. */
  readonly missing: number
  /** Categories that are known but have no bin of their own; −1 for numbers. */
  readonly other: number
  /** What the baseline never saw; −1 for numeric columns. */
  readonly unseen: number
}

/**
 * The live shares as they are compared. Fewer values that the baseline never saw than were to be expected are no drift:
 * those that are missing there are among the rare ones, so as many rows are moved from `other` to `unseen`, in place.
 * The shipped rules do the same; change both.
 */
export function fillUnseen({ shares, other, unseen }: Bins, live: Float64Array): Float64Array {
  if (other < 0 || unseen < 0) return live
  const shortfall = (shares[unseen] as number) - (live[unseen] as number)
  if (shortfall <= 0) return live
  live[unseen] = shares[unseen] as number
  live[other] = Math.max(0, (live[other] as number) - shortfall)
  return live
}

/** The shipped rules add bins up along their order, which takes a term for each; of discrete columns there may be more. */
export const MOST_ORDERED_BINS = NUMERIC_BINS

const LONGEST_LABEL = 100
const RESERVED: ReadonlySet<string> = new Set(['missing', 'other', 'unseen'])

/** Bins of a column: its own, then `other`, `unseen` and `missing` as far as its kind has them. */
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

/** A category's own name, bounded in length and never one of the reserved names. */
function categoryLabels(categories: readonly string[]): string[] {
  const used = new Set(RESERVED)
  return categories.map((category) => {
    const cut = category.length > LONGEST_LABEL ? `${category.slice(0, LONGEST_LABEL - 1)}…` : category
    // As UTF-8 will have it: two halves of surrogate pairs would be the same label there.
    const short = cut.toWellFormed()
    let label = short === '' ? 'empty' : short
    for (let copy = 2; used.has(label); copy += 1) label = `${short} (${copy})`
    used.add(label)
    return label
  })
}
