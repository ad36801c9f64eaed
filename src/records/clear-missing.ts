// HOT: per request, where baseline.missing is configured
import { CELL, type ColumnSet, type RecordBatch } from './record-batch.ts'

/** Marks texts that mean a missing value as MISSING, for every source. */
export function clearMissing(
  { rows, features, predictions }: RecordBatch,
  missing: ReadonlySet<string>,
): void {
  clearSide(features, rows, missing)
  clearSide(predictions, rows, missing)
}

function clearSide({ columns }: ColumnSet, rows: number, missing: ReadonlySet<string>): void {
  for (const { tags, texts } of columns) {
    if (texts.length === 0) continue
    for (let row = 0; row < rows; row += 1)
      if (tags[row] === CELL.TEXT && missing.has((texts[row] as string).trim())) tags[row] = CELL.MISSING
  }
}
