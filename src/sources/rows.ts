/** Reads training files as batches of rows, strictly: an unreadable line is an error with its number. */
import { ModeltapError } from '../errors.ts'
import { clearMissing } from '../records/clear-missing.ts'
import { RecordBatch } from '../records/record-batch.ts'
import { chooseColumns, type ColumnChoice } from './column-choice.ts'
import { fileFields, type FileFieldsOptions } from './file-fields.ts'
import { inputFormatOf } from './input-formats.ts'
import { readJsonl } from './jsonl.ts'
import { DEFAULT_FACTS } from './line-facts.ts'
import type { RowsOptions } from './rows-options.ts'
import { fillSide, type Table } from './table.ts'

const NOTHING_CHOSEN: ColumnChoice = {}
const DEFAULTS = {
  fields: {},
  latencyUnit: 's',
  choice: NOTHING_CHOSEN,
  columnNames: { features: [], predictions: [] },
  maxColumns: 200,
} as const satisfies RowsOptions

/**
 * The rows of a CSV file (with a header), of JSON lines or of a Parquet file, in file order. The batch is reused, so
 * its content must not be retained. Nothing is opened before the first batch is requested.
 *
 * @throws ModeltapError INPUT_UNREADABLE, or INPUT_INVALID with the line and what is allowed
 */
export async function* readRows(file: string, given: Partial<RowsOptions> = {}): AsyncGenerator<RecordBatch> {
  const options: RowsOptions = { ...DEFAULTS, ...given }
  const format = inputFormatOf(file)
  if (format.kind === 'packets') throw notRows(file)
  if (format.kind === 'lines') {
    for await (const batch of readJsonl(file, options)) {
      if (options.missing !== undefined && options.missing.size > 0) clearMissing(batch, options.missing)
      yield batch
    }
  } else yield* readTable(await format.open(file, options), options)
}

async function* readTable(table: Table, options: RowsOptions): AsyncGenerator<RecordBatch> {
  const { leftOut } = await columnsLeftOut(table, options)
  const chosen = chooseColumns({ file: table.file, columns: table.names, leftOut }, options.choice)
  const columns = [...new Set([...chosen.features, ...chosen.predictions].map(({ column }) => column))]
  const batch = new RecordBatch(options.maxColumns)
  if (table.names.length === 1 && chosen.predictions.length === 0)
    options.onNote?.(
      `${table.file} has one column, ${JSON.stringify(columns[0])}, and no prediction: are its columns separated by a comma, a semicolon, a tab or a bar?`,
    )
  for await (const part of table.parts(columns)) {
    batch.begin(part.rows)
    fillSide(batch.features, chosen.features, part)
    fillSide(batch.predictions, chosen.predictions, part)
    yield batch
  }
}

/** Metadata and indexes of a table, which are not features. */
export async function columnsLeftOut(table: Table, options: Omit<FileFieldsOptions, 'file'>) {
  const sample = await table.sample(Object.values(DEFAULT_FACTS).filter((key) => table.names.includes(key)))
  const { fields, factColumns } = fileFields(
    { keys: table.names, values: (key) => sample.get(key) ?? [], isTable: true },
    { ...options, file: table.file },
  )
  const chosen = new Set(options.choice.features)
  const indexes = [...table.indexes].filter((name) => !chosen.has(name))
  for (const name of indexes)
    options.onNote?.(
      `${name === '' ? 'the first column, which has no name' : name}: the index of a data frame, left out; choose the columns with --features where it is a feature`,
    )
  return { fields, factColumns, leftOut: new Set([...factColumns, ...indexes]) }
}

function notRows(file: string): ModeltapError {
  return new ModeltapError('INPUT_INVALID', {
    message: `${file} is a recording of packets, and has no columns to build from`,
    hint: `\`modeltap replay --input ${file}\` learns a baseline from the first calls in it.`,
  })
}
