/** The two sides of an exchange, brought together row by row. */
import type { DecodeResult, Failure } from '../formats/failure.ts'
import type { ColumnSet, RecordBatch } from './record-batch.ts'

/** Rows of one exchange above which none is read (`too-many-rows`): 200 columns of this length are 18 MB. */
export const MAX_ROWS = 10_000

/** One side, understood but not yet written. `failure` says that something of it had to be left out. */
export interface Table {
  readonly rows: number
  readonly write: (set: ColumnSet) => void
  readonly failure?: Failure
}

export type Side = Table | { readonly failure: Failure; readonly rows?: undefined }

/**
 * Starts the batch and writes what can be used. A side that failed leaves the other alone in the batch. When both are
 * readable but differ in rows, the features stay and the predictions are left out: which of them belongs to which row
 * is unknown, while the request's rows are what was asked whatever the answer looks like. `undefined` is a side that
 * nobody wants to read.
 */
export function pair(
  batch: RecordBatch,
  features: Side | undefined,
  predictions: Side | undefined,
): DecodeResult {
  const rows = features?.rows ?? predictions?.rows ?? 0
  const tooMany = rows > MAX_ROWS
  batch.begin(tooMany ? 0 : rows)
  if (tooMany) return { failure: 'too-many-rows' }
  if (features?.rows !== undefined) features.write(batch.features)
  if (predictions?.rows === rows) predictions.write(batch.predictions)
  const unpaired = predictions?.rows !== undefined && predictions.rows !== rows
  const failure = features?.failure ?? predictions?.failure ?? (unpaired ? 'shape-mismatch' : undefined)
  return failure === undefined ? undefined : { failure }
}
