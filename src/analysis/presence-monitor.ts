// HOT: per value
/** Counts missing values and wrong types of a column that is not compared. */
import type { UncomparedColumn } from '../baseline/baseline.ts'
import { ValueCounts, type ValueKind } from '../quality/value-counts.ts'
import { CELL, type Column } from '../records/record-batch.ts'
import type { UncomparedSnapshot } from './snapshot.ts'

export class PresenceMonitor {
  readonly column: UncomparedColumn
  readonly #values = new ValueCounts()
  readonly #isIgnored: boolean
  /**
   * Training files have ids and dates that requests lack, so a column counts as missing only after it has arrived once.
   */
  #hasCome = false

  constructor(column: UncomparedColumn) {
    this.column = column
    this.#isIgnored = column.kind === 'ignored'
  }

  /** @param column undefined when the batch lacks it */
  accept(column: Column | undefined, rows: number): void {
    if (this.#isIgnored) return
    const values = this.#values
    if (column === undefined) {
      if (this.#hasCome) values.missing += rows
      return
    }
    this.#hasCome = true
    const isText = this.column.values === 'text'
    const isNumber = this.column.values === 'number'
    for (let row = 0; row < rows; row += 1) {
      const tag = column.tags[row]
      if (tag === CELL.MISSING) values.missing += 1
      else if (tag === CELL.OTHER || (isText && tag !== CELL.TEXT) || (isNumber && tag !== CELL.NUMBER))
        values.wrongType += 1
      else values.valid += 1
    }
  }

  evaluate(): UncomparedSnapshot {
    const { role, name, kind } = this.column
    return { role, name, kind, values: this.#values.snapshot() }
  }

  state(): Readonly<Record<ValueKind, number>> {
    return this.#values.snapshot()
  }

  restore(state: Readonly<Record<ValueKind, number>>): void {
    this.#values.restore(state)
    this.#hasCome = Object.values(state).some((count) => count > 0)
  }
}
