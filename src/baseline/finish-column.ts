/** Decides what a column is, once all rows of the baseline are seen. */
import { MAX_DISCRETE_VALUES, type BaselineColumn } from './baseline.ts'
import type { CategoryCounter } from './category-counter.ts'
import type { ComparisonGrid } from './comparison-grid.ts'
import type { ColumnKind, ColumnRole } from './column-kind.ts'
import { finishCategories, shareOf } from './finish-categories.ts'
import type { HashName } from './name-hash.ts'
import type { PrivacyRules } from './privacy.ts'

/** A column is of numbers when at least this share of its values are; the rest counts as missing. */
const NUMERIC_SHARE = 0.9

/** Everything about the values of a column, whatever they are. Counts are of rows, and may be fractions after a merge. */
export interface ColumnFacts {
  /** All of the baseline's, with or without a value. */
  readonly rows: number
  readonly nonFinite: boolean
  /** Of the finite numbers. */
  readonly moments: { readonly count: number; readonly mean: number; readonly squares: number }
  /** Of the numbers; NaN without any. */
  readonly min: number
  readonly max: number
  /** Made when the column turns out to be numeric. */
  readonly grid: () => ComparisonGrid
  /** Rows by number; undefined when there are too many different ones. */
  readonly distinct: ReadonlyMap<number, number> | undefined
  /** Texts and booleans. */
  readonly categories: CategoryCounter
  /** Whether every category is among those that are counted by name. */
  readonly complete: boolean
  /** Hashes of rare categories without a count, as a finished baseline has them. */
  readonly knownHashes: readonly string[]
  /** Share of rows to expect in categories that were never seen, where it is known; else estimated. */
  readonly unseen?: number | undefined
  readonly overdispersion: number
  /** By length of stretch, where the order of the rows was seen. */
  readonly dispersions?: readonly number[]
}

export interface ColumnIdentity {
  readonly role: ColumnRole
  readonly name: string
  /** Categories that get a bin of their own. */
  readonly maxCategories: number
  /** Decided by a person; by the values when absent. */
  readonly kind?: ColumnKind | undefined
  readonly privacy: PrivacyRules
  readonly hashName: HashName
}

export function finishColumn(facts: ColumnFacts, identity: ColumnIdentity): BaselineColumn {
  const { moments, categories } = facts
  const byValues = moments.count >= NUMERIC_SHARE * (moments.count + categories.total)
  const numeric =
    moments.count > 0 && (identity.kind === undefined ? byValues : identity.kind !== 'categorical')
  const column = numeric ? finishNumbers(facts, identity) : finishCategories(facts, identity)
  return facts.dispersions === undefined ? column : { ...column, dispersions: facts.dispersions }
}

function finishNumbers(facts: ColumnFacts, { role, name, kind }: ColumnIdentity): BaselineColumn {
  const { moments, rows, distinct, min, max, nonFinite, overdispersion } = facts
  const { count, mean, squares } = moments
  const common = {
    role,
    name,
    missing: shareOf(rows - count, rows),
    overdispersion,
    min,
    max,
    mean,
    standardDeviation: Math.sqrt(squares / count),
    nonFinite,
  }
  const isDiscrete = distinct !== undefined && distinct.size <= MAX_DISCRETE_VALUES
  // A single value has no quantiles to cut at.
  if (isDiscrete && (kind !== 'numeric' || distinct.size < 2)) {
    const entries = [...distinct].toSorted(([a], [b]) => a - b)
    const values = entries.map(([value]) => value)
    return { ...common, kind: 'discrete', values, shares: entries.map(([, n]) => n / rows) }
  }
  const { edges, counts, lowMean, highMean, binEdges } = facts.grid()
  return {
    ...common,
    kind: 'numeric',
    edges: binEdges,
    shares: binCounts(binEdges, edges, counts).map((n) => n / rows),
    grid: { edges: [...edges], counts: Array.from(counts), lowMean, highMean },
  }
}

/** Values by bin: each is a union of cells. */
function binCounts(binEdges: readonly number[], edges: Float64Array, counts: ArrayLike<number>): number[] {
  const bins = new Array<number>(binEdges.length + 1).fill(0)
  let bin = 0
  for (let cell = 0; cell < counts.length; cell += 1) {
    bins[bin] = (bins[bin] ?? 0) + (counts[cell] as number)
    if (edges[cell] === binEdges[bin]) bin += 1
  }
  return bins
}
