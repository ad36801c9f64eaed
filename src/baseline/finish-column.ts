/** Decides what a column is, once all rows of the baseline are seen. */
import { MAX_DISCRETE_VALUES, type BaselineColumn, type CategoricalColumn } from './baseline.ts'
import { CategoryCounter } from './category-counter.ts'
import type { ComparisonGrid } from './comparison-grid.ts'
import type { ColumnKind, ColumnRole } from './column-kind.ts'

/** A column is of numbers when at least this share of its values are; the rest counts as missing. */
const NUMERIC_SHARE = 0.9
const MOST_RARE_CATEGORIES = 1_000

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

/** 0…1; a rounding of fractional counts may leave a little less than nothing. */
function shareOf(part: number, rows: number): number {
  return Math.min(1, Math.max(0, part / rows))
}

function finishCategories(
  facts: ColumnFacts,
  { role, name, maxCategories }: ColumnIdentity,
): CategoricalColumn {
  const { rows, distinct, moments, overdispersion } = facts
  const categories = new CategoryCounter()
  categories.restore(facts.categories.state())
  // Numbers among texts, such as house numbers with and without a letter, are categories too.
  if (distinct === undefined) categories.overflow += moments.count
  else for (const [value, count] of distinct) categories.add(String(value), count)
  const ranked = categories.ranked()
  const top = ranked.slice(0, maxCategories).filter(([, count]) => count > 0)
  const rest = ranked.slice(top.length)
  const named = ranked.reduce((sum, [, count]) => sum + count, 0)
  const inTop = top.reduce((sum, [, count]) => sum + count, 0)
  const present = named + categories.overflow
  return {
    role,
    name,
    kind: 'categorical',
    missing: shareOf(rows - present, rows),
    overdispersion,
    categories: top.map(([category]) => category),
    shares: top.map(([, count]) => count / rows),
    other: shareOf(present - inTop, rows),
    rare: rest.slice(0, MOST_RARE_CATEGORIES).map(([category]) => category),
    complete: facts.complete && distinct !== undefined && rest.length <= MOST_RARE_CATEGORIES,
  }
}
