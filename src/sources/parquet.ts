/** Parquet files → batches, a row group at a time. */
import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
} from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { ModeltapError } from '../errors.ts'
import type { JsonObject } from '../formats/json-value.ts'
import { isFreeText, writeTextLengths } from '../records/free-text.ts'
import { givenName } from '../records/naming.ts'
import { CELL, Column, RecordBatch, type ColumnSet } from '../records/record-batch.ts'
import { chooseColumns, type ChosenColumn, type ColumnChoice } from './column-choice.ts'
import { unreadable } from './input-errors.ts'
import type { OnOpen } from './input-file.ts'

const ROWS_PER_BATCH = 1_000
/** Cells that are decoded at once, at eight bytes or more each; a larger row group is read in parts. */
const MOST_CELLS = 8_000_000

/**
 * Numbers, decimals, dates (as milliseconds since 1970), booleans and texts become cells; null is missing; lists and
 * structures are no values of a column. The batch is used again for the next rows.
 *
 * @throws ModeltapError INPUT_UNREADABLE or INPUT_INVALID
 */
export async function* readParquet(
  file: string,
  {
    maxColumns,
    onOpen,
    ...choice
  }: ColumnChoice & { readonly maxColumns: number; readonly onOpen?: OnOpen | undefined },
): AsyncGenerator<RecordBatch> {
  const source = await openSource(file)
  let read = 0
  onOpen?.(() => read / Math.max(Number(source.metadata.num_rows), 1))
  const chosen = chooseColumns(source.names, choice, file)
  const columns = [...new Set([...chosen.features, ...chosen.predictions].map(({ column }) => column))]
  const batch = new RecordBatch(maxColumns)
  for await (const part of partsOf(source, columns)) {
    batch.begin(part.rows)
    fill(batch.features, chosen.features, part)
    fill(batch.predictions, chosen.predictions, part)
    read += part.rows
    yield batch
  }
}

/**
 * The rows as objects, one key a column: what the same rows are as JSON lines. A missing cell is null, and so are lists
 * and structures.
 *
 * @param onTotal told the number of rows before the first one
 * @throws ModeltapError INPUT_UNREADABLE or INPUT_INVALID
 */
export async function* readParquetObjects(
  file: string,
  onTotal?: (rows: number) => void,
): AsyncGenerator<JsonObject> {
  const source = await openSource(file)
  onTotal?.(Number(source.metadata.num_rows))
  for await (const { cells, from, rows } of partsOf(source, source.names)) {
    const columns = [...cells.values()]
    for (let row = from; row < from + rows; row += 1)
      yield Object.fromEntries(columns.map((column, index) => [nameOf(column, index), valueOf(column, row)]))
  }
}

function nameOf({ name }: Column, index: number): string {
  return givenName(name, index)
}

function valueOf({ tags, numbers, texts }: Column, row: number): unknown {
  switch (tags[row]) {
    case CELL.NUMBER:
      return numbers[row]
    case CELL.TEXT:
      return texts[row]
    case CELL.BOOLEAN:
      return numbers[row] === 1
    default:
      return null
  }
}

/** Rows of the file, without reading any. */
export async function countParquetRows(file: string): Promise<number> {
  return Number((await openSource(file)).metadata.num_rows)
}

interface Source {
  readonly file: string
  readonly buffer: AsyncBuffer
  readonly metadata: FileMetaData
  readonly names: readonly string[]
}

async function openSource(file: string): Promise<Source> {
  const buffer = await asyncBufferFromFile(file).catch((error: unknown) => {
    throw unreadable(file, error)
  })
  try {
    const metadata = await parquetMetadataAsync(buffer)
    const names = parquetSchema(metadata).children.map(({ element }) => element.name)
    return { file, buffer, metadata, names }
  } catch (cause) {
    throw invalid(file, cause)
  }
}

async function* partsOf(source: Source, columns: readonly string[]): AsyncGenerator<Part> {
  const step = Math.max(ROWS_PER_BATCH, Math.floor(MOST_CELLS / Math.max(columns.length, 1)))
  for (const { rowStart, rowEnd } of groupsOf(source.metadata)) {
    for (let start = rowStart; start < rowEnd; start += step) {
      const rows = Math.min(step, rowEnd - start)
      const cells = await readColumns(source, { columns, start, rows })
      for (let from = 0; from < rows; from += ROWS_PER_BATCH)
        yield { cells, from, rows: Math.min(ROWS_PER_BATCH, rows - from) }
    }
  }
}

function groupsOf({ row_groups: groups }: FileMetaData): { rowStart: number; rowEnd: number }[] {
  let rowEnd = 0
  return groups.map(({ num_rows: rows }) => {
    const rowStart = rowEnd
    rowEnd += Number(rows)
    return { rowStart, rowEnd }
  })
}

async function readColumns(
  { file, buffer, metadata }: Source,
  {
    columns,
    start,
    rows,
  }: { readonly columns: readonly string[]; readonly start: number; readonly rows: number },
): Promise<ReadonlyMap<string, Column>> {
  const range = { rowStart: start, rowEnd: start + rows }
  const cells = new Map<string, Column>()
  try {
    // A scan of its own, because one that lives longer remembers the columns that it has read.
    const scan = await parquetScan({ file: buffer, metadata, compressors, columns: [...columns], ...range })
    // One after the other: decoding is the processor's work, and all at once would hold all compressed pages too.
    for (const column of columns)
      cells.set(column, packed(column, await scan.readColumn({ column, ...range })))
  } catch (cause) {
    throw invalid(file, cause)
  }
  return cells
}

interface Part {
  readonly cells: ReadonlyMap<string, Column>
  /** First row among the cells. */
  readonly from: number
  readonly rows: number
}

function fill(set: ColumnSet, columns: readonly ChosenColumn[], { cells, from, rows }: Part): void {
  for (const { column, name } of columns) {
    const source = cells.get(column)
    if (source === undefined) continue
    if (source.texts.length > 0) {
      fillTexts(set, name, source, { from, rows })
      continue
    }
    const target = set.column(name)
    target.tags.set(source.tags.subarray(from, from + rows))
    target.numbers.set(source.numbers.subarray(from, from + rows))
  }
}

/** Long texts are measured, as live rows are. */
function fillTexts(
  set: ColumnSet,
  name: string,
  { tags, numbers, texts }: Column,
  { from, rows }: Pick<Part, 'from' | 'rows'>,
): void {
  let column: Column | undefined
  for (let row = 0; row < rows; row += 1) {
    const at = from + row
    const text = texts[at]
    if (tags[at] === CELL.TEXT && isFreeText(text)) {
      writeTextLengths(set, row, name, text)
      continue
    }
    column ??= set.column(name)
    column.tags[row] = tags[at] ?? CELL.MISSING
    column.numbers[row] = numbers[at] ?? 0
    column.texts[row] = text ?? ''
  }
}

/** Nine bytes a number instead of the reader's boxed values, which are garbage from here on. */
function packed(name: string, values: ArrayLike<unknown>): Column {
  const column = new Column(name, values.length)
  for (let row = 0; row < values.length; row += 1) writeCell(column, row, values[row])
  return column
}

function writeCell(column: Column, row: number, value: unknown): void {
  switch (typeof value) {
    case 'number':
      column.setNumber(row, value)
      break
    case 'string':
      column.setText(row, value)
      break
    case 'boolean':
      column.setBoolean(row, value)
      break
    case 'bigint':
      if (Number.isSafeInteger(Number(value))) column.setNumber(row, Number(value))
      else column.setText(row, String(value))
      break
    default:
      if (value instanceof Date) column.setNumber(row, value.getTime())
      else if (value !== null && value !== undefined) column.setOther(row)
  }
}

function invalid(file: string, cause: unknown): ModeltapError {
  return new ModeltapError('INPUT_INVALID', {
    message: `${file} is not a Parquet file that can be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'Write it with snappy, gzip, zstd, brotli, LZ4 or no compression, and without encryption.',
    cause,
  })
}
