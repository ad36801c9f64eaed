// HOT: per request
/** Reports baseline columns that never arrive, and live columns that the baseline lacks, each once. */
import type { Baseline } from '../baseline/baseline.ts'
import type { ColumnRole } from '../baseline/column-kind.ts'
import { baselineWarnings } from '../baseline/warnings.ts'
import type { Column, ColumnSet, RecordBatch } from '../records/record-batch.ts'
import type { MonitorEvent } from './monitor-event.ts'
import type { ExtraColumn } from './snapshot.ts'

/** Rows after which an absent column is reported. */
const ROWS = 1_000
/** Maximum names in a log line. */
const LISTED = 10
/** Maximum number of extra columns reported by name over the life of a baseline: clients choose the names. */
const MOST_EXTRA = 50

export type Tell = (event: Pick<MonitorEvent, 'kind' | 'message' | 'names' | 'details'>) => void

const ROLES = ['feature', 'prediction'] as const

export class BaselineFit {
  readonly #tell: Tell
  /** Columns of the baseline. */
  readonly #known: Readonly<Record<ColumnRole, ReadonlySet<string>>>
  /** Baseline columns that have not arrived yet; empty once reported. */
  readonly #absent: Readonly<Record<ColumnRole, Set<string>>>
  readonly #extraNames: Readonly<Record<ColumnRole, Set<string>>> = {
    feature: new Set(),
    prediction: new Set(),
  }
  /** Columns checked last; batches reuse the same column objects while their shape stays the same. */
  readonly #looked: Readonly<Record<ColumnRole, Column[]>> = { feature: [], prediction: [] }
  /** In order of first arrival. */
  readonly extra: ExtraColumn[] = []
  #rows = 0

  constructor(baseline: Baseline, tell: Tell) {
    this.#tell = tell
    const names = (role: ColumnRole): string[] =>
      baseline.columns.filter((column) => column.role === role).map(({ name }) => name)
    const uncompared = (role: ColumnRole): string[] =>
      (baseline.uncompared ?? []).filter((column) => column.role === role).map(({ name }) => name)
    this.#known = {
      feature: new Set([...names('feature'), ...uncompared('feature')]),
      prediction: new Set([...names('prediction'), ...uncompared('prediction')]),
    }
    this.#absent = { feature: new Set(names('feature')), prediction: new Set(names('prediction')) }
  }

  accept({ features, predictions, rows }: RecordBatch): void {
    this.#look('feature', features)
    this.#look('prediction', predictions)
    if (this.#rows >= ROWS) return
    this.#rows += rows
    if (this.#rows >= ROWS) this.#tellAbsent()
  }

  #look(role: ColumnRole, { columns }: ColumnSet): void {
    const looked = this.#looked[role]
    let same = 0
    while (same < columns.length && columns[same] === looked[same]) same += 1
    if (same === columns.length) return
    looked.splice(0, looked.length, ...columns)
    const known = this.#known[role]
    const absent = this.#absent[role]
    const before = this.extra.length
    for (const { name } of columns) {
      if (!known.has(name)) this.#addExtra(role, name)
      else if (absent.size > 0) absent.delete(name)
    }
    if (this.extra.length > before) this.#tellExtra(role, this.extra.slice(before))
  }

  #addExtra(role: ColumnRole, name: string): void {
    if (this.extra.length >= MOST_EXTRA || this.#extraNames[role].has(name)) return
    this.#extraNames[role].add(name)
    this.extra.push({ role, name })
  }

  #tellExtra(role: ColumnRole, columns: readonly ExtraColumn[]): void {
    const isLast = this.extra.length === MOST_EXTRA
    const message = `${role}s that the baseline lacks, so they are not compared${isLast ? '; further ones are not reported' : ''}`
    const names = list(columns.map(({ name }) => name))
    this.#tell({ kind: 'columns-not-in-baseline', message, names, details: { columns: columns.length } })
  }

  #tellAbsent(): void {
    for (const role of ROLES) {
      const absent = this.#absent[role]
      if (absent.size === 0) continue
      const message = `${role}s of the baseline that have not come in ${ROWS} rows`
      const names = list([...absent])
      this.#tell({ kind: 'columns-never-seen', message, names, details: { columns: absent.size } })
      absent.clear()
    }
  }
}

/** Reports what the baseline cannot support, once it exists. */
export function tellLimits(baseline: Baseline, tell: Tell): void {
  const warnings = baselineWarnings(baseline)
  if (warnings.length === 0) return
  const message = 'the baseline has limits; `modeltap baseline inspect` lists them'
  tell({ kind: 'baseline-limited', message, names: list(warnings), details: { warnings: warnings.length } })
}

function list(texts: readonly string[]): string[] {
  const more = texts.length > LISTED ? [`and ${texts.length - LISTED} more`] : []
  return [...texts.slice(0, LISTED), ...more]
}
