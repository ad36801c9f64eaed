/** The demo's ordinary traffic over days: its rows, its slow tail, its errors, by hour and weekday. */
import type { Cell } from '../../../examples/flight-delay/features.ts'
import { FEATURES } from '../../../examples/flight-delay/features.ts'
import { loadModel } from '../../../examples/flight-delay/model.ts'
import { readRows } from '../../../examples/flight-delay/rows.ts'
import type { RecordBatch } from '../../../src/records/record-batch.ts'

export interface OrdinaryRow {
  readonly features: readonly (readonly [name: string, cell: Cell])[]
  readonly label: string
  readonly probability: number
}

/** The held-out rows of the same season as the baseline, with what the real model says to them. */
export function ordinaryRows(): OrdinaryRow[] {
  const rows = readRows('ordinary')
  const columns = new Map(FEATURES.map((name) => [name, rows.map((row) => row[name] ?? null)]))
  const { labels, probabilities } = loadModel().predict(columns, rows.length)
  return rows.map((row, index) => ({
    features: FEATURES.map((name) => [name, row[name] ?? null] as const),
    label: labels[index] ?? '',
    probability: probabilities[index] ?? NaN,
  }))
}

export function fill(batch: RecordBatch, rows: readonly OrdinaryRow[]): void {
  batch.begin(rows.length)
  rows.forEach(({ features, label, probability }, row) => {
    for (const [name, cell] of features) {
      const column = batch.features.column(name)
      if (typeof cell === 'number') column.setNumber(row, cell)
      else if (cell !== null) column.setText(row, cell)
    }
    batch.predictions.column('label').setText(row, label)
    batch.predictions.column('probability').setNumber(row, probability)
  })
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Requests a second: quiet nights, weekends at three fifths; day 0 is a Thursday, as in Unix time. */
export function rateAt(ms: number): number {
  const weekday = Math.floor(ms / DAY_MS) % 7
  const weekend = weekday === 2 || weekday === 3 ? 0.6 : 1
  const hour = (ms % DAY_MS) / HOUR_MS
  return 0.8 * weekend * (1 - 0.8 * Math.cos((2 * Math.PI * (hour - 3)) / 24))
}

/** A Poisson number; by the normal approximation above 50, where it is good enough for traffic. */
export function poisson(random: () => number, mean: number): number {
  if (mean > 50) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal))
  }
  const limit = Math.exp(-mean)
  let [count, product] = [0, random()]
  while (product > limit) [count, product] = [count + 1, product * random()]
  return count
}

/** As examples/flight-delay/server.ts under the demo: two of a hundred wait for a cold store, five of 1000 fail. */
export function durationSeconds(random: () => number): number {
  const own = 0.001 - 0.0005 * Math.log(1 - random())
  return random() < 0.02 ? own - 0.12 * Math.log(1 - random()) : own
}

export const fails = (random: () => number): boolean => random() < 0.005
