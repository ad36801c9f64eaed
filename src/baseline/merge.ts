/** Several baselines of parts of the rows → the baseline of all rows, so that any engine can build them in pieces. */
import { ModeltapError } from '../errors.ts'
import { digestOf, EMPTY_DIGEST, mergeDigests, type Digest } from '../sketches/digest.ts'
import { Moments } from '../lib/moments.ts'
import {
  BASELINE_CLUSTERS,
  BASELINE_FORMAT,
  BASELINE_FORMAT_VERSION,
  type Baseline,
  type BaselineColumn,
} from './baseline.ts'
import type { BaselineMeta } from './builder.ts'
import { DISTANCE_COLUMN, mergeCentroids } from './centroid.ts'
import { CategoryCounter } from './category-counter.ts'
import type { ColumnRole } from './column-kind.ts'
import { finishColumn, type ColumnFacts } from './finish-column.ts'

/**
 * Exact for rows, missing shares, moments, extremes, discrete values and named categories; edges and shares of numeric
 * columns come from the merged digests, as they do when one is built. A column that a part lacks is missing in it,
 * unless the part lacks all of its side.
 *
 * @throws ModeltapError INPUT_INVALID for no baseline at all
 */
export function mergeBaselines(
  parts: readonly Baseline[],
  { maxCategories, ...meta }: BaselineMeta & { readonly maxCategories: number },
): Baseline {
  if (parts.length === 0) {
    throw new ModeltapError('INPUT_INVALID', {
      message: 'there is no baseline to merge',
      hint: 'Give the files that `modeltap baseline build`, or another engine, made of parts of the rows.',
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
  // Measured from somewhere else, distances cannot be compared.
  if (centroid === undefined) identities.delete(`prediction ${DISTANCE_COLUMN}`)
  const merged = [...identities.values()].map(({ role, name }) => {
    const facts = parts.flatMap((part) => {
      const column = part.columns.find((one) => one.role === role && one.name === name)
      return column === undefined ? [] : [factsOf(column, column.rows ?? part.rows)]
    })
    const column = finishColumn(mergeFacts(facts, sideRows[role]), { role, name, maxCategories })
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
    columns: [
      ...merged.filter(({ role }) => role === 'feature'),
      ...merged.filter(({ role }) => role === 'prediction'),
    ],
  }
}

/** Rows of a part in which that side was read; none when it has no column. */
function rowsOfSide({ rows, columns }: Baseline, role: ColumnRole): number {
  const one = columns.find((column) => column.role === role)
  return one === undefined ? 0 : (one.rows ?? rows)
}

const NO_NUMBERS = { count: 0, mean: 0, squares: 0 }

/** What a finished column still tells about its values. */
export function factsOf(column: BaselineColumn, rows: number): ColumnFacts {
  const { overdispersion } = column
  const categories = new CategoryCounter()
  if (column.kind === 'categorical') {
    for (const [i, category] of column.categories.entries())
      categories.add(category, (column.shares[i] ?? 0) * rows)
    for (const category of column.rare) categories.add(category, 0)
    categories.overflow += column.other * rows
    categories.total += column.other * rows
    const { complete } = column
    const none = {
      nonFinite: false,
      moments: NO_NUMBERS,
      digest: EMPTY_DIGEST,
      clusters: BASELINE_CLUSTERS,
      distinct: new Map<number, number>(),
    }
    return { rows, ...none, categories, complete, overdispersion }
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
    digest: digestOfColumn(column, rows),
    clusters: clustersOf(column),
    distinct,
    categories,
    complete: true,
    overdispersion,
  }
}

/** Compression of a column's digest; that of a discrete one is exact at any. */
export function clustersOf(column: BaselineColumn): number {
  return column.kind === 'numeric' ? column.digest.clusters : BASELINE_CLUSTERS
}

/** The numbers of a column as a digest; of a discrete one every value is a cluster. */
export function digestOfColumn(
  column: Exclude<BaselineColumn, { kind: 'categorical' }>,
  rows: number,
): Digest {
  const { min, max } = column
  if (column.kind === 'numeric') {
    const { means, counts } = column.digest
    return digestOf(Float64Array.from(means), Float64Array.from(counts), { count: means.length, min, max })
  }
  // A value of the list that the baseline never had has no part in the curve.
  const present = column.values.map((value, i) => ({ value, count: (column.shares[i] ?? 0) * rows }))
  const seen = present.filter(({ count }) => count > 0)
  return digestOf(
    Float64Array.from(seen, ({ value }) => value),
    Float64Array.from(seen, ({ count }) => count),
    { count: seen.length, min, max },
  )
}

function mergeFacts(all: readonly ColumnFacts[], rows: number): ColumnFacts {
  const moments = new Moments()
  const categories = new CategoryCounter()
  let digest: Digest = EMPTY_DIGEST
  let distinct: Map<number, number> | undefined = new Map()
  for (const facts of all) {
    moments.merge(facts.moments)
    digest = mergeDigests(digest, facts.digest, BASELINE_CLUSTERS)
    const { counts, overflow } = facts.categories.state()
    for (const [category, count] of counts) categories.add(category, count)
    categories.overflow += overflow
    categories.total += overflow
    if (facts.distinct === undefined) distinct = undefined
    else for (const [value, count] of facts.distinct) distinct?.set(value, (distinct.get(value) ?? 0) + count)
  }
  return {
    rows,
    nonFinite: all.some(({ nonFinite }) => nonFinite),
    moments,
    digest,
    clusters: Math.min(BASELINE_CLUSTERS, ...all.map(({ clusters }) => clusters)),
    distinct,
    categories,
    complete: all.every(({ complete }) => complete),
    // Parts are told apart by time or by place: what is alike within one is alike within the whole.
    overdispersion: Math.max(1, ...all.map(({ overdispersion }) => overdispersion)),
  }
}
