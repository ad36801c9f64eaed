/** What a baseline file may hold. Strict: a file that passes can be compared with without further checks. */
import { z } from 'zod'
import {
  BASELINE_CLUSTERS,
  BASELINE_FORMAT,
  BASELINE_FORMAT_VERSION,
  MAX_DISCRETE_VALUES,
} from './baseline.ts'
import { LONGEST_VECTOR } from '../records/record-batch.ts'

const SHARES_TOLERANCE = 1e-6

const share = z.number().min(0).max(1)
const count = z.number().positive()
const base = {
  role: z.enum(['feature', 'prediction']),
  name: z.string(),
  rows: z.int().min(1).optional(),
  missing: share,
  overdispersion: z.number().min(1).default(1),
  dispersions: z.array(z.number().min(1)).max(30).optional(),
}
const numbers = {
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  standardDeviation: z.number().min(0),
  nonFinite: z.boolean().default(false),
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

function checkLength(values: readonly unknown[], expected: number, path: string, report: Report): void {
  if (values.length !== expected) {
    report([path], `holds ${values.length} values; allowed: exactly ${expected}`)
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

const numericColumn = z
  .strictObject({
    ...base,
    ...numbers,
    kind: z.literal('numeric'),
    edges: z.array(z.number()),
    shares: z.array(share),
    digest: z.strictObject({
      clusters: z.int().min(16).max(100_000).default(BASELINE_CLUSTERS),
      means: z.array(z.number()).min(1),
      counts: z.array(count),
    }),
  })
  .superRefine((column, context) => {
    const report = reporter(context)
    checkIncreasing(column.edges, ['edges'], report)
    checkLength(column.shares, column.edges.length + 1, 'shares', report)
    checkSum([...column.shares, column.missing], report)
    checkIncreasing(column.digest.means, ['digest', 'means'], report)
    checkLength(column.digest.counts, column.digest.means.length, 'digest', report)
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
    other: share.default(0),
    rare: z.array(z.string()).default([]),
    complete: z.boolean().default(true),
  })
  .superRefine((column, context) => {
    const report = reporter(context)
    checkLength(column.shares, column.categories.length, 'shares', report)
    checkSum([...column.shares, column.other, column.missing], report)
    checkUnique([...column.categories, ...column.rare], 'categories', report)
  })

function reporter(context: z.core.$RefinementCtx): Report {
  return (path, message) => context.addIssue({ code: 'custom', path: [...path], message })
}

export const baselineSchema = z
  .strictObject({
    format: z.literal(BASELINE_FORMAT),
    formatVersion: z.literal(BASELINE_FORMAT_VERSION),
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
    columns: z.array(z.discriminatedUnion('kind', [numericColumn, discreteColumn, categoricalColumn])).min(1),
  })
  .superRefine(({ columns }, context) => {
    const report = reporter(context)
    checkUnique(
      columns.map(({ role, name }) => `${role} ${name}`),
      'columns',
      report,
    )
  })
