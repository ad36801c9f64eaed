/**
 * The live window of one version as the baseline of another: a canary is compared with the stable version on the same
 * traffic, whatever the training data was.
 */
import { curveOf, EMPTY_CURVE } from '../sketches/curve.ts'
import { rowsOf, WINDOW_CLUSTERS, type Pane } from '../windows/pane.ts'
import type { BaselineColumn } from './baseline.ts'
import { binsOf } from './bins.ts'
import { CategoryCounter } from './category-counter.ts'
import { gridOfCurve } from './comparison-grid.ts'
import type { ColumnFacts, ColumnIdentity } from './column-facts.ts'
import { finishColumn } from './finish-column.ts'

/**
 * The column as it was in the window. Categories keep the names of the old baseline: new ones were counted together,
 * and stay `other`.
 */
export function columnFromWindow(
  column: BaselineColumn,
  pane: Pane,
  how: Pick<ColumnIdentity, 'maxCategories' | 'privacy' | 'hashName'>,
): BaselineColumn {
  const { role, name } = column
  const facts = column.kind === 'categorical' ? categoryFacts(column, pane) : numberFacts(column, pane)
  const made = finishColumn(facts, { role, name, ...how })
  return column.kind === 'categorical' && column.hashed === true
    ? ({ ...made, hashed: true } as BaselineColumn)
    : made
}

function categoryFacts(column: Extract<BaselineColumn, { kind: 'categorical' }>, pane: Pane): ColumnFacts {
  const bins = binsOf(column)
  const at = (bin: number): number => pane.counts[bin] ?? 0
  const categories = new CategoryCounter()
  for (const [bin, category] of column.categories.entries()) categories.add(category, at(bin))
  for (const category of column.rare) categories.add(category, 0)
  categories.overflow += at(bins.other) + at(bins.unseen)
  categories.total += at(bins.other) + at(bins.unseen)
  return {
    rows: rowsOf(pane),
    nonFinite: false,
    moments: { count: 0, mean: 0, squares: 0 },
    min: Number.NaN,
    max: Number.NaN,
    grid: () => gridOfCurve(EMPTY_CURVE, 0),
    distinct: new Map(),
    categories,
    complete: column.complete,
    knownHashes: column.rareHashes ?? [],
    unseen: column.unseen ?? 0,
    overdispersion: column.overdispersion,
  }
}

function numberFacts(column: Exclude<BaselineColumn, { kind: 'categorical' }>, pane: Pane): ColumnFacts {
  const { digest } = pane
  const { means, weights, total } = digest
  const mean = means.reduce((sum, value, i) => sum + value * (weights[i] as number), 0) / Math.max(total, 1)
  const squares = means.reduce((sum, value, i) => sum + (value - mean) ** 2 * (weights[i] as number), 0)
  // Only single repeated values are knots with a step: when all are, they are the distinct values.
  const curve = curveOf(digest, WINDOW_CLUSTERS)
  const isExact =
    curve.x.length === means.length && curve.upto.every((share, i) => share > (curve.below[i] as number))
  return {
    rows: rowsOf(pane),
    nonFinite: column.nonFinite,
    moments: { count: total, mean, squares },
    min: digest.min,
    max: digest.max,
    grid: () => gridOfCurve(curve, total),
    distinct: isExact ? new Map(Array.from(means, (value, i) => [value, weights[i] as number])) : undefined,
    categories: new CategoryCounter(),
    complete: true,
    knownHashes: [],
    overdispersion: column.overdispersion,
  }
}
