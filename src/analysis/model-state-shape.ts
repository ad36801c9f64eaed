/** Validates the parts of a checkpoint before any of them is restored. */
import type { NameKey, UncomparedColumn } from '../baseline/baseline.ts'
import {
  type Baseline,
  BASELINE_FORMAT,
  BASELINE_FORMAT_VERSIONS,
  type BaselineColumn,
  type CategoricalColumn,
  type ColumnGrid,
  type DiscreteColumn,
  type NumericColumn,
  type OutputPerformance,
} from '../baseline/baseline.ts'
import type { BaselineBuilderState } from '../baseline/builder.ts'
import type { CategoryCounterState } from '../baseline/category-counter.ts'
import type { ColumnBuilderState } from '../baseline/column-builder.ts'
import type { ColumnCallsState } from '../baseline/column-calls.ts'
import type { ColumnRole } from '../baseline/column-kind.ts'
import { UNCOMPARED_KINDS } from '../baseline/column-kind.ts'
import { INSTANT_UNITS, type InstantsState } from '../baseline/instants.ts'
import type { NumberOrderState } from '../baseline/number-order.ts'
import {
  amount,
  anyNumber,
  bytes,
  counts,
  either,
  extreme,
  finite,
  flag,
  floats,
  list,
  mapOf,
  oneOf,
  optional,
  pair,
  positive,
  record,
  type Shape,
  share,
  squares,
  text,
  whole,
} from '../checkpoints/shape.ts'
import { OUTLIER_RATIO_BOUNDS } from '../quality/row-outliers.ts'
import type { ValueKind } from '../quality/value-counts.ts'
import { type Meaning, MEANINGS } from '../records/meaning.ts'
import type { Digest } from '../sketches/digest.ts'
import type { FineCellsState } from '../sketches/fine-cells.ts'
import type { ColumnWindowsState } from '../windows/column-windows.ts'
import type { Pane } from '../windows/pane.ts'
import { calibrationShape, memoryShape } from './memory-shape.ts'
import type { ColumnPart, LearnerState, ModelState } from './model-state.ts'

const increasing = (values: ArrayLike<number>): boolean => {
  for (let i = 1; i < values.length; i += 1)
    if (!((values[i - 1] as number) < (values[i] as number))) return false
  return true
}
const unless = (isRight: boolean, problem: string): string | undefined => (isRight ? undefined : problem)

const role = oneOf<ColumnRole>('feature', 'prediction')

const columnBase = {
  role,
  name: text,
  rows: optional(amount),
  missing: share,
  memory: optional(memoryShape),
}
const numbers = {
  ...{ min: finite, max: finite, mean: finite, standardDeviation: amount, nonFinite: flag },
  meaning: optional(oneOf<Meaning>(...MEANINGS)),
}

const grid = record<ColumnGrid>(
  { edges: list(finite), counts: list(amount), lowMean: finite, highMean: finite },
  ({ edges, counts }) => unless(increasing(edges) && counts.length === edges.length + 1, 'edges and counts'),
)
const numeric = record<NumericColumn>(
  {
    ...columnBase,
    ...numbers,
    kind: oneOf('numeric'),
    edges: list(finite),
    shares: list(share),
    grid: optional(grid),
    digest: optional(
      record<NonNullable<NumericColumn['digest']>>(
        { clusters: positive, means: list(finite), counts: list(positive) },
        ({ means, counts }) =>
          unless(increasing(means) && means.length === counts.length, 'means and counts'),
      ),
    ),
  },
  ({ edges, shares, grid: cells, digest }) =>
    unless(
      increasing(edges) && shares.length === edges.length + 1 && (cells ?? digest) !== undefined,
      'edges and shares',
    ),
)
const discrete = record<DiscreteColumn>(
  { ...columnBase, ...numbers, kind: oneOf('discrete'), values: list(finite), shares: list(share) },
  ({ values, shares }) => unless(increasing(values) && values.length === shares.length, 'values and shares'),
)
const categorical = record<CategoricalColumn>(
  {
    ...columnBase,
    ...{ kind: oneOf('categorical'), categories: list(text), shares: list(share), other: share },
    ...{ rare: list(text), complete: flag, hashed: optional(flag) },
    ...{ unseen: optional(share), rareHashes: optional(list(text)) },
  },
  ({ categories, shares }) => unless(categories.length === shares.length, 'categories and shares'),
)
const columnKinds: Readonly<Record<BaselineColumn['kind'], Shape<BaselineColumn>>> = {
  numeric,
  discrete,
  categorical,
}
const column: Shape<BaselineColumn> = {
  check: (value, path) => {
    const kind = (value as { kind?: unknown } | null | undefined)?.kind
    return typeof kind === 'string' && Object.hasOwn(columnKinds, kind)
      ? columnKinds[kind as BaselineColumn['kind']].check(value, path)
      : `${path}.kind is not one of ${Object.keys(columnKinds).join(', ')}`
  },
}
const uncompared = record<UncomparedColumn>({
  ...{ role, name: text, kind: oneOf(...UNCOMPARED_KINDS), rows: optional(amount), missing: share },
  values: oneOf('text', 'number', undefined),
  unit: optional(oneOf(...INSTANT_UNITS)),
})
const metric = record<OutputPerformance['metrics'][string]>({ value: finite, error: optional(amount) })
const metrics: Shape<OutputPerformance['metrics']> = {
  check: (value, path) =>
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([name, one]) => metric.check(one, `${path}.${name}`))
          .find((problem) => problem !== undefined)
      : `${path} is not an object`,
}
const performance = record<OutputPerformance>({
  ...{ output: text, rows: amount, center: optional(finite), metrics },
})
const baseline = record<Baseline>({
  format: oneOf(BASELINE_FORMAT),
  formatVersion: oneOf(...BASELINE_FORMAT_VERSIONS),
  ...{ model: text, version: text, source: text, created: text },
  durationSeconds: optional(positive),
  rows: amount,
  centroid: optional(list(finite)),
  performance: optional(list(performance)),
  nameKey: optional(record<NameKey>({ id: text, key: optional(text) })),
  columns: list(column),
  uncompared: optional(list(uncompared)),
})

const fineCells: Shape<FineCellsState> = either(
  record<Extract<FineCellsState, { kept: unknown }>>({ kept: floats(finite) }),
  record<Extract<FineCellsState, { cells: unknown }>>({
    cells: record<Extract<FineCellsState, { cells: unknown }>['cells']>(
      {
        ...{ edges: floats(finite), counts: floats(amount), sums: floats(anyNumber) },
        ...{ exact: bytes, min: finite, max: finite },
      },
      ({ edges, counts, sums, exact }) =>
        unless(
          increasing(edges) &&
            counts.length === edges.length + 1 &&
            sums.length === counts.length &&
            exact.length === edges.length,
          'cells of unequal lengths',
        ),
    ),
  }),
)
const columnBuilder = record<ColumnBuilderState>({
  ...{ rows: amount, nonFinite: flag, numbers: fineCells },
  moments: record<ColumnBuilderState['moments']>({ count: amount, mean: finite, squares }),
  distinct: optional(mapOf(finite, amount)),
  categories: record<CategoryCounterState>({
    hashed: mapOf(text, amount),
    overflow: amount,
    total: amount,
    surplus: optional(mapOf(text, amount)),
  }),
  instants: record<InstantsState>({
    unit: optional(oneOf(...INSTANT_UNITS)),
    moments: amount,
    others: amount,
  }),
  counting: record<NumberOrderState>(
    {
      ...{ whole: flag, isSteps: flag, count: amount, first: finite, last: finite },
      ...{ repeats: amount, ups: amount, cards: amount, sums: list(anyNumber) },
    },
    ({ sums }) => unless(sums.length === 5, 'not five sums'),
  ),
  uncompared: optional(oneOf(...UNCOMPARED_KINDS)),
  calls: optional(record<ColumnCallsState>({ calls: amount, repeating: amount })),
})
const side = record<BaselineBuilderState['sides']['feature']>({
  rows: amount,
  columns: list(pair(text, columnBuilder)),
})
const learner = record<LearnerState>({
  builder: record<BaselineBuilderState>({
    rows: amount,
    sides: record<BaselineBuilderState['sides']>({ feature: side, prediction: side }),
    centroid: optional(
      record<NonNullable<BaselineBuilderState['centroid']>>({ sum: floats(finite), vectors: amount }),
    ),
    nameKey: optional(text),
  }),
  elapsedMs: amount,
})

const digest = record<Digest>(
  {
    ...{ means: floats(finite), weights: floats(positive), total: amount },
    ...{ min: extreme, max: extreme },
  },
  ({ means, weights }) => unless(increasing(means) && means.length === weights.length, 'means and weights'),
)
const paneNumbers = record<NonNullable<Pane['numbers']>>({
  ...{ min: anyNumber, max: anyNumber, lowSteps: anyNumber, highSteps: anyNumber },
  detail: digest,
})
const pane = record<Pane>({ counts, rows: amount, numbers: optional(paneNumbers) })
const windows = record<ColumnWindowsState>({
  levels: list(
    record<ColumnWindowsState['levels'][number]>({
      openIndex: whole,
      open: pane,
      closed: list(record<ColumnWindowsState['levels'][number]['closed'][number]>({ index: whole, pane })),
    }),
  ),
})

const valueCounts = record<Readonly<Record<ValueKind, number>>>({
  ...{ valid: amount, missing: amount, wrong_type: amount, out_of_range: amount, unseen: amount },
})

export const columnPartShape = record<ColumnPart>({
  kind: oneOf('column'),
  state: record<ColumnPart['state']>(
    {
      values: valueCounts,
      outliers: amount,
      totals: floats(amount),
      windows,
      calibration: calibrationShape,
      looks: amount,
      alarms: amount,
    },
    ({ totals, windows: { levels } }) =>
      unless(
        levels.every(({ open, closed }) =>
          [open, ...closed.map((each) => each.pane)].every(({ counts }) => counts.length === totals.length),
        ),
        'panes with another number of counters',
      ),
  ),
})

export const modelPartShape = record<ModelState>(
  {
    kind: oneOf('model'),
    ...{ model: text, version: text, protocol: text, predictionRows: amount },
    windowsMs: list(positive),
    baselineHash: optional(text),
    baseline: optional(baseline),
    learner: optional(learner),
    boundsViolations: list(
      record<ModelState['boundsViolations'][number]>({ role, name: text, count: amount }),
    ),
    rowCounts: optional(
      record<NonNullable<ModelState['rowCounts']>>({
        ...{ missingColumns: amount, extraColumns: amount, reordered: amount },
        ...{ compared: amount, duplicates: amount },
      }),
    ),
    rowOutliers: optional(
      record<NonNullable<ModelState['rowOutliers']>>({ counts: list(amount), sum: amount }, ({ counts }) =>
        unless(counts.length === OUTLIER_RATIO_BOUNDS.length + 1, 'counts of other bounds'),
      ),
    ),
    presences: optional(list(valueCounts)),
    hours: optional(windows),
    dayElapsedMs: optional(finite),
  },
  ({ baseline: learned, learner: learning }) =>
    unless(learned === undefined || learning === undefined, 'a baseline that is learned and being learned'),
)
