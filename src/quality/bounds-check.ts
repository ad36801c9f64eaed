// HOT: per value
/** Counts numbers outside the bounds declared by the configuration or the model server; needs no baseline. */
import type { ColumnRole } from '../baseline/column-kind.ts'
import type { DeclaredColumn } from '../records/declared-column.ts'
import { CELL, type Column, type RecordBatch } from '../records/record-batch.ts'
import type { Bounds } from './options.ts'

export interface BoundsViolations {
  readonly role: ColumnRole
  readonly name: string
  /** Numbers outside since the start, including NaN. */
  count: number
}

interface Entry {
  /** `undefined` for columns of both sides. */
  readonly role: ColumnRole | undefined
  readonly name: string
  readonly low: number
  readonly high: number
}

export class BoundsCheck {
  readonly #configured: readonly Entry[]
  #entries: readonly Entry[]
  #restored: readonly Readonly<BoundsViolations>[] = []
  readonly #violations = new Map<string, BoundsViolations>()
  constructor(bounds: Bounds) {
    this.#configured = Object.entries(bounds).map(([name, [low, high]]) => ({
      ...{ role: undefined, name, low, high },
    }))
    this.#entries = this.#configured
  }

  /** Adds bounds declared by the model server; bounds in the configuration take precedence. */
  declare(columns: readonly DeclaredColumn[]): void {
    for (const { role, name, values } of columns) {
      const { low, high } = values
      if (low === -Infinity && high === Infinity) continue
      if (this.#entries.some((entry) => entry.name === name && (entry.role ?? role) === role)) continue
      this.#entries = [...this.#entries, { role, name, low, high }]
    }
  }

  /** One entry for each declared column that has occurred. */
  get violations(): readonly Readonly<BoundsViolations>[] {
    return [...this.#violations.values()]
  }

  accept(batch: RecordBatch): void {
    for (const { role, name, low, high } of this.#entries) {
      const feature = role === 'prediction' ? undefined : batch.features.find(name)
      if (feature !== undefined)
        this.#of('feature', name).count += countOutside(feature, batch.rows, low, high)
      const prediction = role === 'feature' ? undefined : batch.predictions.find(name)
      if (prediction !== undefined)
        this.#of('prediction', name).count += countOutside(prediction, batch.rows, low, high)
    }
  }

  /** Bounds declared by the model server arrive after a restart, with its first calls. */
  restore(saved: readonly Readonly<BoundsViolations>[]): void {
    this.#restored = saved
    for (const { role, name } of saved)
      if (this.#entries.some((entry) => entry.name === name)) this.#of(role, name)
  }

  #of(role: ColumnRole, name: string): BoundsViolations {
    const key = `${role} ${name}`
    const known = this.#violations.get(key)
    if (known !== undefined) return known
    const count = this.#restored.find((saved) => saved.role === role && saved.name === name)?.count ?? 0
    const made = { role, name, count }
    this.#violations.set(key, made)
    return made
  }
}

function countOutside({ tags, numbers }: Column, rows: number, low: number, high: number): number {
  let outside = 0
  for (let row = 0; row < rows; row += 1) {
    if (tags[row] !== CELL.NUMBER) continue
    const value = numbers[row] as number
    if (!(value >= low && value <= high)) outside += 1
  }
  return outside
}
