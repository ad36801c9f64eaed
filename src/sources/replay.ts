/** A batch file (JSON lines, CSV or Parquet) → the sink, row by row on the file's own clock. Lines are read as `tail` reads them. */
import { statSync } from 'node:fs'
import { ModeltapError } from '../errors.ts'
import { parseJsonText } from '../formats/json.ts'
import { objectOf, type JsonObject } from '../formats/json-value.ts'
import { chooseColumns, type ChosenColumn, type ColumnChoice } from './column-choice.ts'
import { readCsvObjects } from './csv.ts'
import type { FileClock } from './file-clock.ts'
import { unreadable } from './input-errors.ts'
import { formatOf, openInput } from './input-file.ts'
import { LineFields } from './line-fields.ts'
import { LineReader } from './line-reader.ts'
import type { ColumnNames } from './line-rows.ts'
import { LineSplitter } from './line-splitter.ts'
import type { FieldsOptions, TailOptions } from './tail-options.ts'
import { readParquetObjects } from './parquet.ts'
import type { RecordSink } from './record-sink.ts'
import type { TailStats } from './tail-stats.ts'

export interface ReplayInput extends ColumnChoice {
  readonly file: string
  readonly options: Pick<TailOptions, 'fields' | 'latencyUnit' | 'maxLineBytes'>
  readonly columnNames: ColumnNames
  readonly maxColumns: number
  readonly clock: FileClock
  readonly sink: RecordSink
  readonly stats: TailStats
  /** Told now and then; `part` is 0…1, or undefined where it is not known. */
  readonly onProgress: (rows: number, part: number | undefined) => void
}

const PROGRESS_EVERY_ROWS = 1_000
const ENDINGS: Readonly<Record<string, (input: ReplayInput) => Promise<void>>> = {
  csv: (input) => replayTable(input, readCsvObjects),
  tsv: (input) => replayTable(input, readCsvObjects),
  parquet: (input) => replayTable(input, readParquetObjects),
  jsonl: replayJsonl,
  ndjson: replayJsonl,
}

/**
 * Resolves when the file has been read to its end. Lines that cannot be read are counted in `stats`.
 *
 * @throws ModeltapError INPUT_UNREADABLE, or INPUT_INVALID when the file as a whole is of no use
 */
export async function replayFile(input: ReplayInput): Promise<void> {
  const format = formatOf(input.file)
  const read = Object.hasOwn(ENDINGS, format) ? ENDINGS[format] : undefined
  if (read === undefined) {
    const endings = Object.keys(ENDINGS).map((ending) => `.${ending}`)
    throw new ModeltapError('INPUT_INVALID', {
      message: `${input.file} has an ending that says nothing of its format`,
      hint: `Allowed are ${endings.join(', ')}, texts also with .gz.`,
    })
  }
  await read(input)
}

type ReadObjects = (file: string, onTotal: (rows: number) => void) => AsyncIterable<JsonObject>

async function replayTable(input: ReplayInput, readObjects: ReadObjects): Promise<void> {
  let reader: LineReader | undefined
  let total = 0
  for await (const row of readObjects(input.file, (rows) => (total = rows))) {
    reader ??= readerFor(input, row, { isTable: true })
    reader.acceptRow(row)
    progress(input, () => input.stats.lines / total)
  }
  reader?.close()
}

async function replayJsonl(input: ReplayInput): Promise<void> {
  const { file, stats, options } = input
  let reader: LineReader | undefined
  let bytes = 0
  const size = file.endsWith('.gz') ? undefined : sizeOf(file)
  const splitter = new LineSplitter({
    maxLineBytes: options.maxLineBytes,
    onLine: (line) => {
      reader ??= readerFor(input, firstRow(line), { isTable: false })
      reader.accept(line)
      progress(input, () => (size === undefined ? undefined : bytes / size))
    },
    onTooLong: () => {
      stats.lines += 1
      stats.failures['too-long'] += 1
    },
  })
  const stream = openInput(file)
  try {
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length
      splitter.push(chunk as Buffer)
    }
  } catch (error) {
    throw unreadable(file, error)
  }
  splitter.flush()
  reader?.close()
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch (error) {
    throw unreadable(file, error)
  }
}

function progress({ stats, onProgress }: ReplayInput, part: () => number | undefined): void {
  if (stats.lines % PROGRESS_EVERY_ROWS === 0) onProgress(stats.lines, part())
}

function readerFor(
  input: ReplayInput,
  row: JsonObject,
  { isTable }: { readonly isTable: boolean },
): LineReader {
  const { options, columnNames, maxColumns, clock, sink, stats } = input
  return new LineReader({
    options: { ...options, format: 'jsonl', maxAge: undefined, fields: chosenFields(input, row, isTable) },
    columnNames,
    maxColumns,
    clock,
    sink,
    stats,
    acceptsGuesses: true,
    onTimestamp: (epochMs) => clock.tick(epochMs),
  })
}

/** The mapping, with what was chosen on the command line for the columns of flat rows. */
function chosenFields(input: ReplayInput, row: JsonObject, isTable: boolean): FieldsOptions {
  const { features, predictions, file, options } = input
  const { fields } = options
  if (features === undefined && predictions === undefined) return fields
  const own = Object.keys(new LineFields(fields, options.latencyUnit).columnsOf(row))
  // Lines may lack what is missing in them; a table has all of its columns in the first line.
  const wanted = [...(features ?? []), ...(predictions ?? [])].map((name) =>
    name.slice(name.indexOf('=') + 1),
  )
  const known = isTable ? Object.keys(row) : [...new Set([...Object.keys(row), ...wanted])]
  const chosen = chooseColumns(known, { features, predictions }, file)
  return {
    ...fields,
    features: selection(
      features === undefined ? chosen.features.filter(({ column }) => own.includes(column)) : chosen.features,
    ),
    predictions: selection(chosen.predictions),
  }
}

function selection(columns: readonly ChosenColumn[]): Record<string, string> | undefined {
  if (columns.length === 0) return undefined
  return Object.fromEntries(columns.map(({ name, column }) => [name, `$[${JSON.stringify(column)}]`]))
}

function firstRow(line: Buffer): JsonObject {
  return objectOf(parseJsonText(line.toString('utf8'))) ?? {}
}
