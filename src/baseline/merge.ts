/** Merges baselines of parts of the rows into a baseline of all rows, so that other engines can build them in parts. */
import { ModeltapError } from '../errors.ts'
import { Moments } from '../lib/moments.ts'
import { type Cells, curveOfCells, totalOf } from '../sketches/cells.ts'
import { mixture } from '../sketches/curve.ts'
import { type Baseline, BASELINE_FORMAT, BASELINE_FORMAT_VERSION, type BaselineColumn } from './baseline.ts'
import type { BaselineMeta } from './builder.ts'
import { CategoryCounter } from './category-counter.ts'
import { DISTANCE_COLUMN, mergeCentroids } from './centroid.ts'
import { cellsOfColumn } from './column-cells.ts'
import type { ColumnFacts } from './column-facts.ts'
import type { ColumnRole } from './column-kind.ts'
import { type ComparisonGrid, gridOfCurve } from './comparison-grid.ts'
import { finishColumn } from './finish-column.ts'
import { mergeNameKeys, mergeUncompared, withoutHashes } from './merge-names.ts'
import { DEFAULT_PRIVACY, type PrivacyRules } from './privacy.ts'

/**
 * Exact for rows, missing shares, moments, extremes, discrete values and named categories, and for numeric columns of
 * parts with the same grid. Different grids are joined through their distribution curves. A column that a part lacks
 * counts as missing in it, unless the part lacks the whole side.
 *
 * @throws ModeltapError INPUT_INVALID without any baseline
 */
export function mergeBaselines(
  parts: readonly Baseline[],
  {
    maxCategories,
    privacy = DEFAULT_PRIVACY,
    ...meta
  }: BaselineMeta & { readonly maxCategories: number; readonly privacy?: PrivacyRules },
): Baseline {
  if (parts.length === 0) {
    throw new ModeltapError('INPUT_INVALID', {
      message: 'no baseline file to merge',
      hint: 'Give files that `modeltap baseline build` or another tool built from parts of the rows.',
    })
  }
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const centroid = mergeCentroids(parts)
  const sideRows = {
    feature: parts.reduce((sum, part) => sum + rowsOfSide(part, 'feature'), 0),
    prediction: parts.reduce((sum, part) => sum + rowsOfSide(part, 'prediction'), 0),
  }
  const identities = new Map<string, { role: ColumnRole; name: string }>()
  for (const { columns } of parts)
    for (const { role, name } of columns) identities.set(`${role} ${name}`, { role, name })
  // Distances from different centroids cannot be compared.
  if (centroid === undefined) identities.delete(`prediction ${DISTANCE_COLUMN}`)
  const { nameKey, hashName, isShared } = mergeNameKeys(parts, privacy)
  const uncompared = mergeUncompared(parts, rows)
  for (const { role, name } of uncompared) identities.delete(`${role} ${name}`)
  const merged = [...identities.values()].map(({ role, name }) => {
    const columns = parts.flatMap((part) => {
      const column = part.columns.find((one) => one.role === role && one.name === name)
      return column === undefined ? [] : [{ column, rows: column.rows ?? part.rows }]
    })
    const facts = columns.map((one) => factsOf(one.column, one.rows))
    const isHashed = columns.some((one) => one.column.kind === 'categorical' && one.column.hashed === true)
    const all = mergeFacts(facts, sideRows[role])
    const column = finishColumn(isShared ? all : withoutHashes(all), {
      ...{ role, name, maxCategories, hashName: isHashed ? (hash) => hash : hashName },
      privacy: isHashed ? { ...privacy, columns: { [name]: 'hashed' } } : privacy,
    })
    return sideRows[role] === rows ? column : { ...column, rows: sideRows[role] }
  })
  return {
    format: BASELINE_FORMAT,
    formatVersion: BASELINE_FORMAT_VERSION,
    model: meta.model,
    version: meta.version,
    source: meta.source,
    created: new Date(meta.createdEpochMs).toISOString(),
    rows,
    ...(centroid === undefined ? {} : { centroid }),
    ...(nameKey !== undefined && { nameKey }),
    columns: [
      ...merged.filter(({ role }) => role === 'feature'),
      ...merged.filter(({ role }) => role === 'prediction'),
    ],
    ...(uncompared.length > 0 && { uncompared }),
  }
}

/** Rows of a part with that side readable; 0 when it has no column of that side. */
function rowsOfSide({ rows, columns }: Baseline, role: ColumnRole): number {
  const one = columns.find((column) => column.role === role)
  return one === undefined ? 0 : (one.rows ?? rows)
}

interface PartFacts extends Omit<ColumnFacts, 'grid'> {
  /** For a numeric column. */
  readonly numbers: { readonly cells: Cells; readonly binEdges: readonly number[] } | undefined
}

const NO_NUMBERS = { count: 0, mean: 0, squares: 0 }

/** The statistics that a finished column still provides. */
function factsOf(column: BaselineColumn, rows: number): PartFacts {
  const categories = new CategoryCounter()
  if (column.kind === 'categorical') {
    for (const [i, category] of column.categories.entries())
      categories.add(category, (column.shares[i] ?? 0) * rows)
    for (const category of column.rare) categories.add(category, 0)
    const unnamed = (column.other + (column.unseen ?? 0)) * rows
    categories.overflow += unnamed
    categories.total += unnamed
    const { complete } = column
    const none = {
      nonFinite: false,
      moments: NO_NUMBERS,
      min: Number.NaN,
      max: Number.NaN,
      numbers: undefined,
      distinct: new Map<number, number>(),
      knownHashes: column.rareHashes ?? [],
      unseen: column.unseen ?? 0,
    }
    return { rows, ...none, categories, complete }
  }
  const count = (1 - column.missing) * rows
  const moments = { count, mean: column.mean, squares: column.standardDeviation ** 2 * count }
  const distinct =
    column.kind === 'discrete'
      ? new Map(column.values.map((value, i) => [value, (column.shares[i] ?? 0) * rows]))
      : undefined
  const { nonFinite } = column
  return {
    rows,
    nonFinite,
    moments,
    min: column.min,
    max: column.max,
    numbers: { cells: cellsOfColumn(column, rows), binEdges: column.kind === 'numeric' ? column.edges : [] },
    distinct,
    categories,
    complete: true,
    knownHashes: [],
  }
}

function mergeFacts(all: readonly PartFacts[], rows: number): ColumnFacts {
  const moments = new Moments()
  const categories = new CategoryCounter()
  let distinct: Map<number, number> | undefined = new Map()
  for (const facts of all) {
    moments.merge(facts.moments)
    categories.merge(facts.categories)
    if (facts.distinct === undefined) distinct = undefined
    else for (const [value, count] of facts.distinct) distinct?.set(value, (distinct.get(value) ?? 0) + count)
  }
  const withNumbers = all.filter(({ numbers }) => numbers !== undefined)
  return {
    rows,
    nonFinite: all.some(({ nonFinite }) => nonFinite),
    moments,
    min: Math.min(...withNumbers.map(({ min }) => min)),
    max: Math.max(...withNumbers.map(({ max }) => max)),
    grid: () => mergeGrids(withNumbers.flatMap(({ numbers }) => numbers ?? [])),
    distinct,
    categories,
    complete: all.every(({ complete }) => complete),
    knownHashes: [...new Set(all.flatMap(({ knownHashes }) => knownHashes))],
    // A category that is new to one part may be known to another, so this is an upper bound.
    unseen: all.reduce((sum, facts) => sum + (facts.unseen ?? 0) * facts.rows, 0) / rows,
  }
}

/** Counts of the same cells add up. Cells with different edges are joined through their distribution curves. */
function mergeGrids(all: readonly NonNullable<PartFacts['numbers']>[]): ComparisonGrid {
  const parts = all.filter(({ cells }) => totalOf(cells) > 0)
  const [first] = parts
  const sameEdges =
    first !== undefined &&
    first.binEdges.length > 0 &&
    parts.every(
      ({ cells, binEdges }) =>
        binEdges.join() === first.binEdges.join() && cells.edges.join() === first.cells.edges.join(),
    )
  if (!sameEdges) {
    const curves = parts.map(({ cells }) => ({
      curve: curveOfCells(cells.edges, cells),
      weight: totalOf(cells),
    }))
    const total = curves.reduce((sum, { weight }) => sum + weight, 0)
    return gridOfCurve(mixture(curves), total)
  }
  const { edges } = first.cells
  const counts = new Float64Array(edges.length + 1)
  for (const { cells } of parts)
    for (let cell = 0; cell < counts.length; cell += 1)
      counts[cell] = (counts[cell] as number) + (cells.counts[cell] as number)
  const meanOf = (cell: number, mean: 'lowMean' | 'highMean'): number => {
    const held = parts.filter(({ cells }) => (cells.counts[cell] as number) > 0)
    return held.reduce(
      (sum, { cells }) => sum + cells[mean] * ((cells.counts[cell] as number) / (counts[cell] as number)),
      0,
    )
  }
  return {
    edges,
    counts,
    min: Math.min(...parts.map(({ cells }) => cells.min)),
    max: Math.max(...parts.map(({ cells }) => cells.max)),
    lowMean: meanOf(0, 'lowMean'),
    highMean: meanOf(edges.length, 'highMean'),
    binEdges: first.binEdges,
  }
}
