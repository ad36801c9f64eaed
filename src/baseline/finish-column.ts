/** Decides the kind of a column after all rows of the baseline. */
import { NUMERIC_SHARE } from '../formats/text-cell.ts'
import { meaningOf } from '../records/meaning.ts'
import { type BaselineColumn, MAX_DISCRETE_VALUES } from './baseline.ts'
import type { ColumnFacts, ColumnIdentity } from './column-facts.ts'
import { finishCategories, shareOf } from './finish-categories.ts'

export function finishColumn(facts: ColumnFacts, identity: ColumnIdentity): BaselineColumn {
  const { moments, categories } = facts
  const byValues = moments.count >= NUMERIC_SHARE * (moments.count + categories.total)
  const numeric =
    moments.count > 0 && (identity.kind === undefined ? byValues : identity.kind !== 'categorical')
  return numeric ? finishNumbers(facts, identity) : finishCategories(facts, identity)
}

function finishNumbers(facts: ColumnFacts, { role, name, kind }: ColumnIdentity): BaselineColumn {
  const { moments, rows, distinct, min, max, nonFinite } = facts
  const { count, mean, squares } = moments
  const meaning = meaningOf(role, name)
  const common = {
    role,
    name,
    missing: shareOf(rows - count, rows),
    min,
    max,
    mean,
    // The written value must be a finite number.
    standardDeviation: Math.min(Math.sqrt(squares / count), Number.MAX_VALUE),
    nonFinite,
    ...(meaning !== undefined && { meaning }),
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

/** Values by bin; each bin is a union of cells. */
function binCounts(binEdges: readonly number[], edges: Float64Array, counts: ArrayLike<number>): number[] {
  const bins = new Array<number>(binEdges.length + 1).fill(0)
  let bin = 0
  for (let cell = 0; cell < counts.length; cell += 1) {
    bins[bin] = (bins[bin] ?? 0) + (counts[cell] as number)
    if (edges[cell] === binEdges[bin]) bin += 1
  }
  return bins
}
