/** Makes a baseline from rows, in one pass: from files (`baseline build`) and from live traffic (learning). */
import type { ColumnSet, RecordBatch } from '../records/record-batch.ts'
import { ModeltapError } from '../errors.ts'
import { BASELINE_FORMAT, BASELINE_FORMAT_VERSION, type Baseline, type BaselineColumn } from './baseline.ts'
import { CentroidBuilder, DISTANCE_COLUMN, type CentroidState } from './centroid.ts'
import { NameBudget } from './category-counter.ts'
import { ColumnBuilder, type ColumnBuilderState } from './column-builder.ts'
import { commonDispersions, withCommon } from './dispersion.ts'
import type { ColumnKind, ColumnRole } from './column-kind.ts'
import { finishColumn } from './finish-column.ts'

export interface BaselineMeta {
  /** Which model it is for; empty for any. */
  readonly model: string
  readonly version: string
  /** Where the rows came from, for people. */
  readonly source: string
  readonly createdEpochMs: number
  /** Time over which the rows came, in their order; undefined when nobody knows. */
  readonly durationMs?: number | undefined
}

export interface BaselineLimits {
  /** Columns on each side. */
  readonly features: number
  /** Categories of a column that get a bin of their own. */
  readonly categories: number
  /** Kinds by column name where the values would say something else. */
  readonly kinds?: Readonly<Record<string, ColumnKind>>
}

/** Plain data that a restart has to know: rows, and columns by name. */
export interface BaselineBuilderState {
  readonly rows: number
  readonly sides: Readonly<Record<ColumnRole, SideState>>
  /** Of embeddings. */
  readonly centroid?: CentroidState | undefined
}

interface SideState {
  readonly rows: number
  readonly columns: readonly (readonly [string, ColumnBuilderState])[]
}

interface Side {
  /** Rows in which this side was read. */
  rows: number
  readonly columns: Map<string, ColumnBuilder>
}

export class BaselineBuilder {
  rows = 0
  /** Batches that held columns over the limit, which are left out. */
  batchesOverLimit = 0
  readonly #limits: BaselineLimits
  readonly #sides: Readonly<Record<ColumnRole, Side>> = {
    feature: { rows: 0, columns: new Map() },
    prediction: { rows: 0, columns: new Map() },
  }
  readonly #centroid = new CentroidBuilder()
  readonly #names = new NameBudget()

  constructor(limits: BaselineLimits) {
    this.#limits = limits
  }

  /** Adds the rows of a batch; keeps nothing of it. */
  add(batch: RecordBatch): void {
    this.#centroid.accept(batch.predictions, batch.rows)
    this.#addSide(this.#sides.feature, batch.features, batch.rows)
    this.#addSide(this.#sides.prediction, batch.predictions, batch.rows)
    this.rows += batch.rows
  }

  /** The baseline of all rows so far. Rows may go on coming. */
  build({ model, version, source, createdEpochMs, durationMs }: BaselineMeta): Baseline {
    const finish = (role: ColumnRole): BaselineColumn[] => {
      return [...this.#sides[role].columns].map(([name, builder]) => {
        const identity = {
          role,
          name,
          maxCategories: this.#limits.categories,
          kind: this.#limits.kinds?.[name],
        }
        const facts = builder.facts()
        const column = finishColumn(facts, identity)
        return facts.rows === this.rows ? column : { ...column, rows: facts.rows }
      })
    }
    const columns = [...finish('feature'), ...finish('prediction')]
    const centroid = this.#centroid.centroid()
    const common = commonDispersions(columns.map(({ dispersions }) => dispersions ?? []))
    return {
      format: BASELINE_FORMAT,
      formatVersion: BASELINE_FORMAT_VERSION,
      model,
      version,
      source,
      created: new Date(createdEpochMs).toISOString(),
      ...(durationMs === undefined || durationMs <= 0 ? {} : { durationSeconds: durationMs / 1_000 }),
      rows: this.rows,
      ...(centroid === undefined ? {} : { centroid }),
      columns: columns.map((column) => {
        const dispersions = withCommon(column.dispersions ?? [], common)
        return { ...column, overdispersion: Math.max(1, ...dispersions), dispersions }
      }),
    }
  }

  state(): BaselineBuilderState {
    const side = (role: ColumnRole): SideState => {
      const { rows, columns } = this.#sides[role]
      return { rows, columns: [...columns].map(([name, builder]) => [name, builder.state()]) }
    }
    return {
      rows: this.rows,
      sides: { feature: side('feature'), prediction: side('prediction') },
      centroid: this.#centroid.state(),
    }
  }

  restore({ rows, sides, centroid }: BaselineBuilderState): void {
    if (centroid !== undefined) this.#centroid.restore(centroid)
    this.rows = rows
    for (const role of ['feature', 'prediction'] as const) {
      const side = this.#sides[role]
      side.rows = sides[role].rows
      for (const [name, state] of sides[role].columns)
        side.columns.set(name, ColumnBuilder.restored(state, this.#names))
    }
  }

  #addSide(side: Side, set: ColumnSet, rows: number): void {
    // A side that nobody could read, such as a body over the limit, is not one without values.
    if (set.isEmpty) return
    const builders = side.columns
    let overLimit = set.droppedColumns > 0
    for (const { name } of set.columns) {
      if (builders.has(name)) continue
      // Distances begin when there is something to be distant from; they are not missing before.
      const rowsBefore = name === DISTANCE_COLUMN ? 0 : side.rows
      if (builders.size < this.#limits.features)
        builders.set(name, new ColumnBuilder(rowsBefore, this.#names))
      else overLimit = true
    }
    for (const [name, builder] of builders) builder.add(set.find(name), rows)
    side.rows += rows
    if (overLimit) this.batchesOverLimit += 1
  }
}

/**
 * Builds a baseline from batches of rows.
 *
 * @param onOverLimit called once, when there were columns over the limit, which are left out
 * @throws ModeltapError INPUT_INVALID when there is no row or no column
 */
export async function buildBaseline(
  batches: AsyncIterable<RecordBatch>,
  {
    limits,
    onOverLimit,
    onProgress,
    ...meta
  }: BaselineMeta & {
    readonly limits: BaselineLimits
    readonly onOverLimit?: () => void
    readonly onProgress?: (rows: number) => void
  },
): Promise<Baseline> {
  const builder = new BaselineBuilder(limits)
  for await (const batch of batches) {
    builder.add(batch)
    onProgress?.(builder.rows)
  }
  if (builder.batchesOverLimit > 0) onOverLimit?.()
  const baseline = builder.build(meta)
  if (baseline.rows > 0 && baseline.columns.length > 0) return baseline
  throw new ModeltapError('INPUT_INVALID', {
    message: `${meta.source} has ${baseline.rows} rows and ${baseline.columns.length} columns`,
    hint: 'A baseline needs at least one row and one column; some thousand rows give thresholds that hold.',
  })
}
