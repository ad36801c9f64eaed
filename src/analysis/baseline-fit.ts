/** Says once, after the first live rows, which columns of the baseline never came and which came that it lacks. */
import type { Baseline } from '../baseline/baseline.ts'
import type { ColumnRole } from '../baseline/column-kind.ts'
import { baselineWarnings } from '../baseline/warnings.ts'
import type { RecordBatch } from '../protocols/record-batch.ts'
import type { MonitorEvent } from './monitor-event.ts'

/** Rows after which a column that has not come is not expected any more. */
const ROWS = 1_000
/** Names that are listed in a log line. */
const LISTED = 10
/** Names that are remembered until then, on each side. */
const MOST_NAMES = 1_000

type Tell = (event: Pick<MonitorEvent, 'kind' | 'message' | 'details'>) => void

export class BaselineFit {
  readonly #baseline: Baseline
  readonly #tell: Tell
  readonly #seen: Readonly<Record<ColumnRole, Set<string>>> = { feature: new Set(), prediction: new Set() }
  #rows = 0

  /** Also says what the baseline cannot support. */
  constructor(baseline: Baseline, tell: Tell) {
    this.#baseline = baseline
    this.#tell = tell
    const warnings = baselineWarnings(baseline)
    if (warnings.length === 0) return
    const message = `the baseline is limited: ${list(warnings, '; ')}`
    tell({ kind: 'baseline-limited', message, details: { warnings: warnings.length } })
  }

  /** Whether nothing more is going to be said. */
  get done(): boolean {
    return this.#rows >= ROWS
  }

  accept({ features, predictions, rows }: RecordBatch): void {
    if (this.done) return
    for (const { name } of features.columns) this.#see('feature', name)
    for (const { name } of predictions.columns) this.#see('prediction', name)
    this.#rows += rows
    if (this.done) this.#report()
  }

  #see(role: ColumnRole, name: string): void {
    if (this.#seen[role].size < MOST_NAMES) this.#seen[role].add(name)
  }

  #report(): void {
    const known = { feature: new Set<string>(), prediction: new Set<string>() }
    for (const { role, name } of this.#baseline.columns) known[role].add(name)
    for (const role of ['feature', 'prediction'] as const) {
      const absent = [...known[role]].filter((name) => !this.#seen[role].has(name))
      const extra = [...this.#seen[role]].filter((name) => !known[role].has(name))
      if (absent.length > 0) {
        const message = `${role}s of the baseline that have not come in ${ROWS} rows: ${list(absent, ', ')}`
        this.#tell({ kind: 'columns-never-seen', message, details: { columns: absent.length } })
      }
      if (extra.length > 0) {
        const message = `${role}s that the baseline lacks and that are not compared: ${list(extra, ', ')}`
        this.#tell({ kind: 'columns-not-in-baseline', message, details: { columns: extra.length } })
      }
    }
  }
}

function list(texts: readonly string[], separator: string): string {
  const more = texts.length > LISTED ? `${separator}and ${texts.length - LISTED} more` : ''
  return texts.slice(0, LISTED).join(separator) + more
}
