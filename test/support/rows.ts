/** Batches of rows for tests of everything that comes after decoding. */
import { type Column, RecordBatch } from '../../src/records/record-batch.ts'

/** `undefined` leaves the cell missing; an object becomes a cell of another type. */
export type Cell = number | string | boolean | undefined | Readonly<Record<string, never>>
export type Row = Readonly<Record<string, Cell>>

function set(column: Column, row: number, cell: Cell): void {
  if (typeof cell === 'number') column.setNumber(row, cell)
  else if (typeof cell === 'string') column.setText(row, cell)
  else if (typeof cell === 'boolean') column.setBoolean(row, cell)
  else if (cell !== undefined) column.setOther(row)
}

/** A column is in the batch when any row names it, even as undefined. */
export function batchOf(
  features: readonly Row[],
  predictions: readonly Row[] = [],
  maxColumns = 500,
): RecordBatch {
  const batch = new RecordBatch(maxColumns)
  batch.begin(Math.max(features.length, predictions.length))
  for (const [rows, side] of [
    [features, batch.features],
    [predictions, batch.predictions],
  ] as const) {
    for (const [index, row] of rows.entries()) {
      for (const [name, cell] of Object.entries(row)) set(side.column(name), index, cell)
    }
  }
  return batch
}

/** Uniform numbers in [0, 1) that are the same in every run (mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Standard normal numbers from uniform ones (Box–Muller). */
export function normalSource(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
