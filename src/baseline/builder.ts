/** Makes a baseline from rows, in one pass: from files (`baseline build`) and from live traffic (learning). */
import type { ColumnSet, RecordBatch } from '../protocols/record-batch.ts'
import { ModeltapError } from '../errors.ts'
import { BASELINE_FORMAT, BASELINE_FORMAT_VERSION, type Baseline, type BaselineColumn } from './baseline.ts'
import { ColumnBuilder, type ColumnBuilderState } from './column-builder.ts'
import { commonDispersion } from './dispersion.ts'
import type { ColumnKind, ColumnRole } from './column-kind.ts'
import { finishColumn } from './finish-column.ts'

export interface BaselineMeta {
  /** Which model it is for; empty for any. */
  readonly model: string
  readonly version: string
  /** Where the rows came from, for people. */
  readonly source: string
  readonly createdEpochMs: number
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
  readonly features: readonly (readonly [string, ColumnBuilderState])[]
  readonly predictions: readonly (readonly [string, ColumnBuilderState])[]
}

export class BaselineBuilder {
  rows = 0
  /** Batches that held columns over the limit, which are left out. */
  batchesOverLimit = 0
  readonly #limits: BaselineLimits
  readonly #columns: Readonly<Record<ColumnRole, Map<string, ColumnBuilder>>> = {
    feature: new Map(),
    prediction: new Map(),
  }

  constructor(limits: BaselineLimits) {
    this.#limits = limits
  }

  /** Adds the rows of a batch; keeps nothing of it. */
  add(batch: RecordBatch): void {
    this.#addSide(this.#columns.feature, batch.features, batch.rows)
    this.#addSide(this.#columns.prediction, batch.predictions, batch.rows)
    this.rows += batch.rows
  }

  /** The baseline of all rows so far. Rows may go on coming. */
  build({ model, version, source, createdEpochMs }: BaselineMeta): Baseline {
    const finish = (role: ColumnRole): BaselineColumn[] =>
      [...this.#columns[role]].map(([name, builder]) =>
        finishColumn(builder.facts(), {
          role,
          name,
          maxCategories: this.#limits.categories,
          kind: this.#limits.kinds?.[name],
        }),
      )
    const columns = [...finish('feature'), ...finish('prediction')]
    const common = commonDispersion(columns.map(({ overdispersion }) => overdispersion))
    return {
      format: BASELINE_FORMAT,
      formatVersion: BASELINE_FORMAT_VERSION,
      model,
      version,
      source,
      created: new Date(createdEpochMs).toISOString(),
      rows: this.rows,
      columns: columns.map((column) => ({
        ...column,
        overdispersion: Math.max(column.overdispersion, common),
      })),
    }
  }

  state(): BaselineBuilderState {
    const side = (role: ColumnRole): [string, ColumnBuilderState][] =>
      [...this.#columns[role]].map(([name, builder]) => [name, builder.state()])
    return { rows: this.rows, features: side('feature'), predictions: side('prediction') }
  }

  restore({ rows, features, predictions }: BaselineBuilderState): void {
    this.rows = rows
    for (const [name, state] of features) this.#columns.feature.set(name, ColumnBuilder.restored(state))
    for (const [name, state] of predictions) this.#columns.prediction.set(name, ColumnBuilder.restored(state))
  }

  #addSide(builders: Map<string, ColumnBuilder>, side: ColumnSet, rows: number): void {
    let overLimit = side.droppedColumns > 0
    for (const { name } of side.columns) {
      if (builders.has(name)) continue
      if (builders.size < this.#limits.features) builders.set(name, new ColumnBuilder(this.rows))
      else overLimit = true
    }
    for (const [name, builder] of builders) builder.add(side.find(name), rows)
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
