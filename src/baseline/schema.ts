/** The schema of a baseline file. Strict: a valid file needs no further checks. */
import { z } from 'zod'
import { MEANINGS } from '../records/meaning.ts'
import { LONGEST_VECTOR } from '../records/record-batch.ts'
import {
  BASELINE_FORMAT,
  BASELINE_FORMAT_VERSIONS,
  type ColumnGrid,
  DIGEST_CLUSTERS,
  MAX_DISCRETE_VALUES,
} from './baseline.ts'
import { UNCOMPARED_KINDS } from './column-kind.ts'
import { MOST_GRID_EDGES } from './comparison-grid.ts'
import { INSTANT_UNITS } from './instants.ts'

const SHARES_TOLERANCE = 1e-6

const share = z.number().min(0).max(1)
const count = z.number().positive()
const amounts = z.array(z.number()).max(1_000)
/** Variation of windows over the learned days, by direction. */
const windowMemory = z.strictObject({
  windowMs: z.number().positive(),
  days: z.int().min(0),
  weight: z.number().min(0),
  noise: z.number().min(0),
  excess: amounts,
  largest: amounts,
  bias: amounts,
  clusterExcess: z.number(),
  clusterVariance: z.number().min(0),
  steps: z.int().min(0),
  stepSquares: z.number().min(0),
  largestStep: z.number().min(0),
  dayLargest: z.array(z.number().min(0)).max(3).optional(),
})
const memory = z.strictObject({
  days: z.int().min(0),
  hours: z.strictObject({
    bins: z
      .array(z.array(z.number().min(0)).max(2_000))
      .min(1)
      .max(24),
    values: z.array(z.number().min(0)).min(1).max(24),
    locations: z.array(z.number()).min(1).max(24),
  }),
  windows: z.array(windowMemory).max(20),
})
const base = {
  role: z.enum(['feature', 'prediction']),
  name: z.string(),
  rows: z.int().min(1).optional(),
  missing: share,
  // Written before days were learned; accepted and ignored.
  overdispersion: z.number().min(1).optional(),
  dispersions: z.array(z.number().min(1)).max(30).optional(),
  memory: memory.optional(),
}
const numbers = {
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  standardDeviation: z.number().min(0),
  nonFinite: z.boolean().default(false),
  meaning: z.enum(MEANINGS).optional(),
}

type Report = (path: readonly (string | number)[], message: string) => void

function checkIncreasing(
  values: readonly number[],
  path: readonly (string | number)[],
  report: Report,
): void {
  for (const [index, value] of values.entries()) {
    const previous = values[index - 1]
    if (previous !== undefined && !(value > previous)) {
      report([...path, index], `${value} follows ${previous}; allowed: strictly increasing numbers`)
      return
    }
  }
}

function checkLength(
  values: readonly unknown[],
  expected: number,
  path: string | readonly string[],
  report: Report,
): void {
  if (values.length !== expected) {
    report([path].flat(), `holds ${values.length} values; allowed: exactly ${expected}`)
  }
}

function checkSum(shares: readonly number[], report: Report): void {
  const sum = shares.reduce((total, value) => total + value, 0)
  if (Math.abs(sum - 1) > SHARES_TOLERANCE) {
    report(['shares'], `add up to ${Number(sum.toPrecision(9))} together with missing and other; allowed: 1`)
  }
}

function checkRange({ min, max }: { readonly min: number; readonly max: number }, report: Report): void {
  if (min > max) report(['min'], `${min} is above max ${max}; allowed: at most max`)
}

function checkUnique(names: readonly string[], path: string, report: Report): void {
  const seen = new Set<string>()
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) report([path, index], `"${name}" occurs twice; allowed: each once`)
    seen.add(name)
  }
}

/** The bins are unions of the cells, with the same shares. */
function checkGrid(
  { edges, shares }: { readonly edges: readonly number[]; readonly shares: readonly number[] },
  grid: ColumnGrid,
  report: Report,
): void {
  checkIncreasing(grid.edges, ['grid', 'edges'], report)
  checkLength(grid.counts, grid.edges.length + 1, ['grid', 'counts'], report)
  const places = new Map(grid.edges.map((edge, place) => [edge, place]))
  const strange = edges.find((edge) => !places.has(edge))
  if (strange !== undefined) {
    report(['grid', 'edges'], `lack ${strange}; allowed: edges that hold all edges of the bins`)
    return
  }
  const total = grid.counts.reduce((sum, count) => sum + count, 0)
  const present = shares.reduce((sum, share) => sum + share, 0)
  if (!(total > 0)) {
    report(['grid', 'counts'], `add up to ${total}; allowed: the number of values of the column`)
    return
  }
  let cell = 0
  for (const [bin, share] of shares.entries()) {
    const end = bin < edges.length ? (places.get(edges[bin] as number) ?? 0) : grid.edges.length
    let count = 0
    for (; cell <= end; cell += 1) count += grid.counts[cell] ?? 0
    const found = (count / total) * present
    if (Math.abs(found - share) > SHARES_TOLERANCE) {
      report(
        ['grid', 'counts'],
        `give bin ${bin} the share ${Number(found.toPrecision(9))}; allowed: that of \`shares\`, ${share}`,
      )
      return
    }
  }
}

const numericColumn = z
  .strictObject({
    ...base,
    ...numbers,
    kind: z.literal('numeric'),
    edges: z.array(z.number()),
    shares: z.array(share),
    grid: z
      .strictObject({
        edges: z.array(z.number()).max(MOST_GRID_EDGES),
        counts: z.array(z.number().min(0)),
        lowMean: z.number(),
        highMean: z.number(),
      })
      .optional(),
    digest: z
      .strictObject({
        clusters: z.int().min(16).max(100_000).default(DIGEST_CLUSTERS),
        means: z.array(z.number()).min(1),
        counts: z.array(count),
      })
      .optional(),
  })
  .superRefine((column, context) => {
    const report = reporter(context)
    checkIncreasing(column.edges, ['edges'], report)
    checkLength(column.shares, column.edges.length + 1, 'shares', report)
    checkSum([...column.shares, column.missing], report)
    if (column.digest !== undefined) {
      checkIncreasing(column.digest.means, ['digest', 'means'], report)
      checkLength(column.digest.counts, column.digest.means.length, ['digest', 'counts'], report)
    }
    if (column.grid !== undefined) checkGrid(column, column.grid, report)
    checkRange(column, report)
  })

const discreteColumn = z
  .strictObject({
    ...base,
    ...numbers,
    kind: z.literal('discrete'),
    values: z.array(z.number()).min(1).max(MAX_DISCRETE_VALUES),
    shares: z.array(share),
  })
  .superRefine((column, context) => {
    const report = reporter(context)
    checkIncreasing(column.values, ['values'], report)
    checkLength(column.shares, column.values.length, 'shares', report)
    checkSum([...column.shares, column.missing], report)
    checkRange(column, report)
  })

const categoricalColumn = z
  .strictObject({
    ...base,
    kind: z.literal('categorical'),
    categories: z.array(z.string()),
    shares: z.array(share),
    hashed: z.boolean().optional(),
    other: share.default(0),
    unseen: share.optional(),
    rare: z.array(z.string()).default([]),
    rareHashes: z.array(z.string()).optional(),
    complete: z.boolean().default(true),
  })
  .superRefine((column, context) => {
    const report = reporter(context)
    checkLength(column.shares, column.categories.length, 'shares', report)
    checkSum([...column.shares, column.other, column.unseen ?? 0, column.missing], report)
    checkUnique([...column.categories, ...column.rare], 'categories', report)
  })

const uncomparedColumn = z.strictObject({
  role: base.role,
  name: base.name,
  kind: z.enum(UNCOMPARED_KINDS),
  rows: base.rows,
  missing: share.default(0),
  values: z.enum(['text', 'number']).optional(),
  unit: z.enum(INSTANT_UNITS).optional(),
})

function reporter(context: z.core.$RefinementCtx): Report {
  return (path, message) => context.addIssue({ code: 'custom', path: [...path], message })
}

const performance = z
  .array(
    z.strictObject({
      output: z.string(),
      rows: z.int().min(1),
      center: z.number().optional(),
      metrics: z.record(
        z.string(),
        z.strictObject({ value: z.number(), error: z.number().min(0).optional() }),
      ),
    }),
  )
  .max(100)

export const baselineSchema = z
  .strictObject({
    format: z.literal(BASELINE_FORMAT),
    formatVersion: z.literal(BASELINE_FORMAT_VERSIONS),
    model: z.string().default(''),
    version: z.string().default(''),
    source: z.string().default(''),
    created: z.iso.datetime({ offset: true }),
    durationSeconds: z.number().positive().optional(),
    rows: z.int().min(1),
    centroid: z
      .array(z.number())
      .min(1)
      .max(LONGEST_VECTOR)
      .refine((values) => values.some((value) => value !== 0), 'is zero and points nowhere')
      .optional(),
    performance: performance.optional(),
    nameKey: z.strictObject({ id: z.string().min(1), key: z.string().min(1).optional() }).optional(),
    columns: z
      .array(
        z.discriminatedUnion('kind', [numericColumn, discreteColumn, categoricalColumn, uncomparedColumn]),
      )
      .min(1),
  })
  .superRefine(({ columns, formatVersion }, context) => {
    const report = reporter(context)
    const [wanted, other] =
      formatVersion === 1 ? (['digest', 'grid'] as const) : (['grid', 'digest'] as const)
    for (const [index, column] of columns.entries()) {
      if (column.kind !== 'numeric') continue
      const path = ['columns', index]
      if (column[wanted] === undefined)
        report([...path, wanted], `is missing; docs/baseline-format.md describes the key \`${wanted}\``)
      if (column[other] !== undefined)
        report([...path, other], `is not allowed in format version ${formatVersion}; allowed: \`${wanted}\``)
    }
    checkUnique(
      columns.map(({ role, name }) => `${role} ${name}`),
      'columns',
      report,
    )
  })
