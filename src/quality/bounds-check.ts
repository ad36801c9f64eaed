// HOT: per value
/** Counts numbers outside the bounds that the configuration declares; needs no baseline. */
import type { ColumnRole } from '../baseline/column-kind.ts'
import { CELL, type Column, type RecordBatch } from '../records/record-batch.ts'
import type { Bounds } from './options.ts'

export interface BoundsViolations {
  readonly role: ColumnRole
  readonly name: string
  /** Numbers outside since the start; also NaN, which is inside of nothing. */
  count: number
}

export class BoundsCheck {
  readonly #entries: readonly { readonly name: string; readonly low: number; readonly high: number }[]
  readonly #violations = new Map<string, BoundsViolations>()

  constructor(bounds: Bounds) {
    this.#entries = Object.entries(bounds).map(([name, [low, high]]) => ({ name, low, high }))
  }

  /** One entry per declared column that has been seen. */
  get violations(): readonly Readonly<BoundsViolations>[] {
    return [...this.#violations.values()]
  }

  accept(batch: RecordBatch): void {
    for (const { name, low, high } of this.#entries) {
      const feature = batch.features.find(name)
      if (feature !== undefined)
        this.#of('feature', name).count += countOutside(feature, batch.rows, low, high)
      const prediction = batch.predictions.find(name)
      if (prediction !== undefined)
        this.#of('prediction', name).count += countOutside(prediction, batch.rows, low, high)
    }
  }

  restore(saved: readonly Readonly<BoundsViolations>[]): void {
    for (const { role, name, count } of saved) {
      if (this.#entries.some((entry) => entry.name === name)) this.#of(role, name).count = count
    }
  }

  #of(role: ColumnRole, name: string): BoundsViolations {
    const key = `${role} ${name}`
    const known = this.#violations.get(key)
    if (known !== undefined) return known
    const made = { role, name, count: 0 }
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
