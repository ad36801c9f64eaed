/**
 * The live window of one version as the baseline of another: a canary is compared with the stable version on the same
 * traffic, independent of the training data.
 */
import { EMPTY_CURVE, momentsOf } from '../sketches/curve.ts'
import type { Pane } from '../windows/pane.ts'
import { detailedCurve, valuesOf } from '../windows/window-values.ts'
import type { BaselineColumn } from './baseline.ts'
import { CategoryCounter } from './category-counter.ts'
import type { ColumnFacts, ColumnIdentity } from './column-facts.ts'
import { gridOfCurve } from './comparison-grid.ts'
import { finishColumn } from './finish-column.ts'
import type { Layout, NumberLayout } from './layout.ts'

/**
 * The column of the window. Categories keep the names of the old baseline: new ones share one count and stay `other`.
 */
export function columnFromWindow(
  column: BaselineColumn,
  layout: Layout,
  pane: Pane,
  how: Pick<ColumnIdentity, 'maxCategories' | 'privacy' | 'hashName'>,
): BaselineColumn {
  const { role, name } = column
  const facts =
    column.kind === 'categorical' || layout.numbers === undefined
      ? categoryFacts(column as Extract<BaselineColumn, { kind: 'categorical' }>, layout, pane)
      : numberFacts(column, layout.numbers, pane)
  const made = finishColumn(facts, { role, name, ...how })
  return column.kind === 'categorical' && column.hashed === true
    ? ({ ...made, hashed: true } as BaselineColumn)
    : made
}

function categoryFacts(
  column: Extract<BaselineColumn, { kind: 'categorical' }>,
  { bins }: Layout,
  pane: Pane,
): ColumnFacts {
  const at = (bin: number): number => pane.counts[bin] ?? 0
  const categories = new CategoryCounter()
  for (const [bin, category] of column.categories.entries()) categories.add(category, at(bin))
  for (const category of column.rare) categories.add(category, 0)
  categories.overflow += at(bins.other) + at(bins.unseen)
  categories.total += at(bins.other) + at(bins.unseen)
  return {
    rows: pane.rows,
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
  }
}

function numberFacts(
  column: Exclude<BaselineColumn, { kind: 'categorical' }>,
  layout: NumberLayout,
  pane: Pane,
): ColumnFacts {
  const total = valuesOf(layout, pane)
  const curve = detailedCurve(layout, pane)
  const { mean, variance } = momentsOf(curve)
  const steps = Array.from(curve.x, (x, i): [number, number] => [
    x,
    total * ((curve.upto[i] as number) - (curve.below[i] as number)),
  ]).filter(([, rows]) => rows > 0)
  // Only single repeated values are knots with a step: when all knots are, they are the distinct values.
  const isExact = steps.reduce((sum, [, rows]) => sum + rows, 0) > total * (1 - 1e-9)
  return {
    rows: pane.rows,
    nonFinite: column.nonFinite,
    moments: { count: total, mean, squares: variance * total },
    min: pane.numbers?.min ?? Number.NaN,
    max: pane.numbers?.max ?? Number.NaN,
    grid: () => gridOfCurve(curve, total),
    distinct: isExact ? new Map(steps) : undefined,
    categories: new CategoryCounter(),
    complete: true,
    knownHashes: [],
  }
}
