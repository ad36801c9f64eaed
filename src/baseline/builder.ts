/** Builds a baseline from rows in one pass: from files (`baseline build`) and from live traffic (learning). */
import { ModeltapError } from '../errors.ts'
import type { ColumnSet, RecordBatch } from '../records/record-batch.ts'
import {
  ageColumnOf,
  type Baseline,
  BASELINE_FORMAT,
  BASELINE_FORMAT_VERSION,
  type BaselineColumn,
  type UncomparedColumn,
} from './baseline.ts'
import { NameBudget } from './category-counter.ts'
import { CentroidBuilder, type CentroidState, DISTANCE_COLUMN } from './centroid.ts'
import { ColumnBuilder, type ColumnBuilderState } from './column-builder.ts'
import { type AnyColumnKind, type ColumnRole, isUncompared } from './column-kind.ts'
import { finishColumn } from './finish-column.ts'
import { writeAges } from './instant-ages.ts'
import { type HashName, keyId, keyOfNames, nameHasher } from './name-hash.ts'
import { DEFAULT_PRIVACY, type PrivacyRules } from './privacy.ts'
import { type LeftOutColumn, leftOutColumns } from './training-columns.ts'

export interface BaselineMeta {
  /** The model that the baseline is for; empty for any model. */
  readonly model: string
  readonly version: string
  /** Source of the rows, for display. */
  readonly source: string
  readonly createdEpochMs: number
  /** Time span of the rows, in their order; undefined when unknown. */
  readonly durationMs?: number | undefined
}

export interface BaselineLimits {
  /** Maximum columns on each side. */
  readonly features: number
  /** Categories of a column with their own bin. */
  readonly categories: number
  /** Kinds by column name that override the kind inferred from the values. */
  readonly kinds?: Readonly<Record<string, AnyColumnKind>>
  /** Categories of a column that the model server declares: it is categorical, and they may be shown. */
  readonly declared?: (role: ColumnRole, name: string) => ReadonlySet<string> | undefined
  /** The defaults of the configuration when absent. */
  readonly privacy?: PrivacyRules
  /** The current time since 1970, when the arrival time of the rows is unknown. */
  readonly presentMs?: number
  /** For training files: columns that requests lack are left out (training-columns.ts). */
  readonly isTraining?: boolean
}

/** Plain data to restore after a restart: rows, and columns by name. */
export interface BaselineBuilderState {
  readonly rows: number
  readonly sides: Readonly<Record<ColumnRole, SideState>>
  /** Of embeddings. */
  readonly centroid?: CentroidState | undefined
  /** The key of the hashes in it; absent when it is `privacy.key`. */
  readonly nameKey?: string | undefined
}

interface SideState {
  readonly rows: number
  readonly columns: readonly (readonly [string, ColumnBuilderState])[]
}

interface Side {
  /** Rows in which this side was readable. */
  rows: number
  readonly columns: Map<string, ColumnBuilder>
}

export class BaselineBuilder {
  rows = 0
  /** Batches with columns beyond the limit, which are left out. */
  batchesOverLimit = 0
  readonly #limits: BaselineLimits
  readonly #sides: Readonly<Record<ColumnRole, Side>> = {
    feature: { rows: 0, columns: new Map() },
    prediction: { rows: 0, columns: new Map() },
  }
  readonly #centroid = new CentroidBuilder()
  readonly #names = new NameBudget()
  readonly #privacy: PrivacyRules
  /** The key of a restored state: its hashes cannot be changed. */
  #restoredKey: string | undefined
  readonly #ignored: Readonly<Record<ColumnRole, Set<string>>> = { feature: new Set(), prediction: new Set() }

  constructor(limits: BaselineLimits) {
    this.#limits = limits
    this.#privacy = limits.privacy ?? DEFAULT_PRIVACY
  }

  /**
   * Adds the rows of a batch; keeps no reference to it.
   *
   * @param arrivedMs arrival time since 1970; if given, ages of timestamps are measured
   */
  add(batch: RecordBatch, arrivedMs?: number): void {
    this.#centroid.accept(batch.predictions, batch.rows)
    this.#addSide('feature', batch.features, batch.rows, arrivedMs)
    this.#addSide('prediction', batch.predictions, batch.rows, arrivedMs)
    this.rows += batch.rows
  }

  /** Features of a training file that requests lack, with the reason. */
  get leftOut(): readonly LeftOutColumn[] {
    if (this.#limits.isTraining !== true) return []
    const { feature, prediction } = this.#sides
    const features = [...feature.columns].filter(([name]) => this.#limits.kinds?.[name] === undefined)
    const indexes = features.filter(([, builder]) => builder.isIndex).map(([name]) => name)
    return leftOutColumns({
      features: [...feature.columns.keys()],
      indexes,
      predictions: [...prediction.columns.keys()],
      decided: Object.keys(this.#limits.kinds ?? {}),
    })
  }

  /** The baseline of all rows so far. More rows may follow. */
  build({ model, version, source, createdEpochMs, durationMs }: BaselineMeta): Baseline {
    for (const { name } of this.leftOut) this.#sides.feature.columns.delete(name)
    const key = this.#key()
    const hashName = nameHasher(key)
    const uncompared = [...this.#uncompared('feature'), ...this.#uncompared('prediction')]
    const columns = [...this.#compared('feature', hashName), ...this.#compared('prediction', hashName)]
    const centroid = this.#centroid.centroid()
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
      ...(columns.some((column) => column.kind === 'categorical') && {
        nameKey: { id: keyId(key), ...(key === this.#privacy.key ? {} : { key }) },
      }),
      columns,
      ...(uncompared.length > 0 && { uncompared }),
    }
  }

  state(): BaselineBuilderState {
    const key = this.#key()
    const hashName = nameHasher(key)
    const side = (role: ColumnRole): SideState => {
      const { rows, columns } = this.#sides[role]
      return { rows, columns: [...columns].map(([name, builder]) => [name, builder.state(hashName)]) }
    }
    return {
      rows: this.rows,
      nameKey: key === this.#privacy.key ? undefined : key,
      sides: { feature: side('feature'), prediction: side('prediction') },
      centroid: this.#centroid.state(),
    }
  }

  restore({ rows, sides, centroid, nameKey }: BaselineBuilderState): void {
    this.#restoredKey = nameKey ?? this.#privacy.key
    const hashName = nameHasher(this.#key())
    if (centroid !== undefined) this.#centroid.restore(centroid)
    this.rows = rows
    for (const role of ['feature', 'prediction'] as const) {
      const side = this.#sides[role]
      side.rows = sides[role].rows
      for (const [name, state] of sides[role].columns)
        side.columns.set(name, ColumnBuilder.restored(name, state, { names: this.#names, hashName }))
    }
  }

  #addSide(role: ColumnRole, set: ColumnSet, rows: number, arrivedMs: number | undefined): void {
    // An unreadable side, such as a body over the limit, is not a side without values.
    if (set.isEmpty) return
    const side = this.#sides[role]
    const builders = side.columns
    if (arrivedMs !== undefined) {
      for (const [name, { instants }] of builders)
        if (instants.unit !== undefined) writeAges({ set, rows, name, unit: instants.unit, nowMs: arrivedMs })
    }
    let overLimit = set.droppedColumns > 0
    for (const { name } of set.columns) {
      if (builders.has(name)) continue
      if (this.#isIgnored(name)) {
        if (this.#ignored[role].size < this.#limits.features) this.#ignored[role].add(name)
        continue
      }
      // Distances start once a direction exists; before that they are not missing.
      const rowsBefore = name === DISTANCE_COLUMN ? 0 : side.rows
      if (builders.size < this.#limits.features)
        builders.set(name, new ColumnBuilder(name, rowsBefore, this.#names))
      else overLimit = true
    }
    const nowMs = arrivedMs ?? this.#limits.presentMs ?? Number.NaN
    for (const [name, builder] of builders) builder.add(set.find(name), rows, nowMs, arrivedMs !== undefined)
    side.rows += rows
    if (overLimit) this.batchesOverLimit += 1
  }

  #isIgnored(name: string): boolean {
    return this.#limits.kinds?.[name] === 'ignored' || this.#privacy.deny.includes(name)
  }

  #kindOf(role: ColumnRole, name: string, builder: ColumnBuilder): AnyColumnKind | undefined {
    const { kinds, declared } = this.#limits
    return kinds?.[name] ?? (declared?.(role, name) === undefined ? builder.uncomparedKind : 'categorical')
  }

  #compared(role: ColumnRole, hashName: HashName): BaselineColumn[] {
    const { columns } = this.#sides[role]
    const { categories: maxCategories } = this.#limits
    return [...columns].flatMap(([name, builder]) => {
      const kind = this.#kindOf(role, name, builder)
      if ((kind !== undefined && isUncompared(kind)) || this.#isStrayAge(role, name, columns)) return []
      const facts = builder.facts()
      const column = finishColumn(facts, {
        role,
        name,
        maxCategories,
        kind,
        declared: this.#limits.declared?.(role, name),
        privacy: this.#privacy,
        hashName,
      })
      return [facts.rows === this.rows ? column : { ...column, rows: facts.rows }]
    })
  }

  #uncompared(role: ColumnRole): UncomparedColumn[] {
    const known = [...this.#sides[role].columns].flatMap(([name, builder]): UncomparedColumn[] => {
      const kind = this.#kindOf(role, name, builder)
      if (kind === undefined || !isUncompared(kind)) return []
      return [
        { ...builder.uncompared(role, kind), ...(builder.rows !== this.rows && { rows: builder.rows }) },
      ]
    })
    const ignored = [...this.#ignored[role]].map(
      (name) => ({ role, name, kind: 'ignored', missing: 0 }) as const,
    )
    return [...known, ...ignored]
  }

  /** The age of a column that turned out not to hold timestamps. */
  #isStrayAge(role: ColumnRole, name: string, columns: ReadonlyMap<string, ColumnBuilder>): boolean {
    for (const [other, builder] of columns)
      if (ageColumnOf(other) === name) return this.#kindOf(role, other, builder) !== 'timestamp'
    return false
  }

  #key(): string {
    if (this.#restoredKey !== undefined) return this.#restoredKey
    if (this.#privacy.key !== undefined) return this.#privacy.key
    const sides = [this.#sides.feature, this.#sides.prediction]
    return keyOfNames(
      sides.flatMap(({ columns }) =>
        [...columns.values()].map(({ categories }) => categories.ranked().map(([name]) => name)),
      ),
    )
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
    onLeftOut,
    ...meta
  }: BaselineMeta & {
    readonly limits: BaselineLimits
    readonly onOverLimit?: () => void
    readonly onProgress?: (rows: number) => void
    readonly onLeftOut?: (column: LeftOutColumn) => void
  },
): Promise<Baseline> {
  const builder = new BaselineBuilder(limits)
  for await (const batch of batches) {
    builder.add(batch)
    onProgress?.(builder.rows)
  }
  if (builder.batchesOverLimit > 0) onOverLimit?.()
  for (const column of builder.leftOut) onLeftOut?.(column)
  const baseline = builder.build(meta)
  if (baseline.rows > 0 && baseline.columns.length > 0) return baseline
  throw new ModeltapError('INPUT_INVALID', {
    message: `${meta.source} has ${baseline.rows} rows and ${baseline.columns.length} columns`,
    hint: 'A baseline needs at least one row and one column; a few thousand rows give reliable thresholds.',
  })
}
