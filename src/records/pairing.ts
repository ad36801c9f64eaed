/** Pairs the two sides of an exchange row by row. */
import type { DecodeResult, Failure } from '../formats/failure.ts'
import type { ColumnSet, RecordBatch } from './record-batch.ts'

/** An exchange with more rows is not read (`too-many-rows`): 200 columns of this length take 18 MB. */
export const MAX_ROWS = 10_000

/** One side, parsed but not yet written. `failure` is set when a part had to be left out. */
export interface Table {
  readonly rows: number
  readonly write: (set: ColumnSet) => void
  readonly failure?: Failure
}

export type Side = Table | { readonly failure: Failure; readonly rows?: undefined }

/**
 * Starts the batch and writes the usable sides. When one side failed, the batch holds the other alone. When both are
 * readable with different numbers of rows, the features stay and the predictions are left out: their assignment to rows
 * is unknown, while the request's rows are valid without an answer. `undefined` is a side that must not be read.
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
