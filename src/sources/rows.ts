/** Training files and prediction files → batches of rows. */
import { ModeltapError } from '../errors.ts'
import type { RecordBatch } from '../records/record-batch.ts'
import { readCsv } from './csv.ts'
import { formatOf } from './input-file.ts'
import { readJsonl, type JsonlOptions } from './jsonl.ts'
import { readParquet } from './parquet.ts'

export type RowsOptions = Omit<JsonlOptions, 'maxColumns'> & {
  /** Columns of a batch on each side. */
  readonly maxColumns?: number | undefined
}

type Reader = (file: string, options: JsonlOptions) => AsyncIterable<RecordBatch>

/** File name ending → its reader; `.gz` may follow. */
const readers = {
  csv: readCsv,
  tsv: readCsv,
  jsonl: readJsonl,
  ndjson: readJsonl,
  parquet: readParquet,
} as const satisfies Record<string, Reader>

const DEFAULT_MAX_COLUMNS = 200

/**
 * The rows of a CSV file (with a header), of JSON lines or of a Parquet file, in the order of the file. The batch is used again, so that
 * nothing of it may be kept.
 *
 * @throws ModeltapError INPUT_UNREADABLE, or INPUT_INVALID with the line and what is allowed
 */
export function readRows(file: string, options: RowsOptions = {}): AsyncIterable<RecordBatch> {
  const format = formatOf(file)
  const reader: Reader | undefined = Object.hasOwn(readers, format)
    ? readers[format as keyof typeof readers]
    : undefined
  if (reader === undefined) {
    const endings = Object.keys(readers).map((ending) => `.${ending}`)
    throw new ModeltapError('INPUT_INVALID', {
      message: `${file} has an ending that says nothing of its format`,
      hint: `Allowed are ${endings.join(', ')}; texts also with .gz.`,
    })
  }
  return reader(file, { ...options, maxColumns: options.maxColumns ?? DEFAULT_MAX_COLUMNS })
}
