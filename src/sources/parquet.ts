/** Parquet files; row groups are read in parts. */
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetScan,
} from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { ModeltapError } from '../errors.ts'
import { Column } from '../records/record-batch.ts'
import { unreadable } from './input-errors.ts'
import { PARQUET_PARSERS, type ParquetColumn, parquetColumns, plainValue } from './parquet-columns.ts'
import {
  ROWS_PER_PART,
  SAMPLE_ROWS,
  type Table,
  type TableOptions,
  type TablePart,
  valueOf,
} from './table.ts'

/** Maximum cells decoded in one step, at eight or more bytes each; a larger row group is read in parts. */
const MOST_CELLS = 8_000_000

/**
 * Numbers, decimals, dates and times (as milliseconds), booleans and texts become cells; null is missing. Lists and
 * structures become the same columns as in JSON.
 *
 * @throws ModeltapError INPUT_UNREADABLE or INPUT_INVALID
 */
export async function openParquet(file: string, { onOpen, onNote, missing }: TableOptions): Promise<Table> {
  const source = await openSource(file, missing)
  const { columns } = source
  const rows = Number(source.metadata.num_rows)
  let read = 0
  onOpen?.(() => read / Math.max(rows, 1))
  for (const { name, note } of columns.values()) if (note !== undefined) onNote?.(`${name}: ${note}`)
  return {
    file,
    names: [...columns.keys()],
    indexes: new Set([...columns.values()].filter(({ isIndex }) => isIndex).map(({ name }) => name)),
    rows,
    sample: async (names) => {
      const known = names.filter((name) => columns.get(name)?.isNested === false)
      const [range] = groupsOf(source.metadata)
      const taken = Math.min(SAMPLE_ROWS, range?.rowEnd ?? 0)
      if (known.length === 0 || taken === 0) return new Map()
      const { cells } = await readColumns(source, { columns: known, start: 0, rows: taken })
      return new Map(
        [...cells].map(([name, column]) => [
          name,
          Array.from({ length: taken }, (_, row) => valueOf(column, row)),
        ]),
      )
    },
    async *parts(names) {
      for await (const part of partsOf(source, names)) {
        yield part
        read += part.rows
      }
    },
  }
}

/** Number of rows in the file, without reading any. */
export async function countParquetRows(file: string): Promise<number> {
  return Number((await openSource(file)).metadata.num_rows)
}

interface Source {
  readonly file: string
  readonly buffer: AsyncBuffer
  readonly metadata: FileMetaData
  readonly columns: ReadonlyMap<string, ParquetColumn>
  readonly missing: ReadonlySet<string> | undefined
}

async function openSource(file: string, missing?: ReadonlySet<string>): Promise<Source> {
  const buffer = await asyncBufferFromFile(file).catch((error: unknown) => {
    throw unreadable(file, error)
  })
  try {
    const metadata = await parquetMetadataAsync(buffer, { parsers: PARQUET_PARSERS })
    return { file, buffer, metadata, columns: parquetColumns(metadata), missing }
  } catch (cause) {
    throw invalid(file, cause)
  }
}

async function* partsOf(source: Source, columns: readonly string[]): AsyncGenerator<TablePart> {
  const step = Math.max(ROWS_PER_PART, Math.floor(MOST_CELLS / Math.max(columns.length, 1)))
  for (const { rowStart, rowEnd } of groupsOf(source.metadata)) {
    for (let start = rowStart; start < rowEnd; start += step) {
      const rows = Math.min(step, rowEnd - start)
      const cells = await readColumns(source, { columns, start, rows })
      for (let from = 0; from < rows; from += ROWS_PER_PART)
        yield { ...cells, from, rows: Math.min(ROWS_PER_PART, rows - from) }
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

interface Range {
  readonly columns: readonly string[]
  readonly start: number
  readonly rows: number
}

async function readColumns(
  { file, buffer, metadata, columns: known, missing }: Source,
  { columns, start, rows }: Range,
): Promise<Pick<TablePart, 'cells' | 'nested'>> {
  const range = { rowStart: start, rowEnd: start + rows }
  const cells = new Map<string, Column>()
  const nested = new Map<string, ArrayLike<unknown>>()
  try {
    // A separate scan, because a longer-lived one retains the columns that it has read.
    const scan = await parquetScan({
      ...{ file: buffer, metadata, compressors, parsers: PARQUET_PARSERS },
      columns: [...columns],
      ...range,
    })
    // Sequential: decoding is CPU-bound, and parallel reads would hold all compressed pages too.
    for (const name of columns) {
      const values = await scan.readColumn({ column: name, ...range })
      const column = known.get(name)
      if (column === undefined) continue
      if (column.isNested) nested.set(name, Array.from(values, plainValue))
      else cells.set(name, packed(column, values, missing))
    }
  } catch (cause) {
    throw invalid(file, cause)
  }
  return { cells, nested }
}

/** Nine bytes for each number instead of the reader's boxed values, which become garbage. */
function packed(
  { name, write }: ParquetColumn,
  values: ArrayLike<unknown>,
  missing: ReadonlySet<string> | undefined,
): Column {
  const column = new Column(name, values.length)
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row]
    if (value === null || value === undefined) continue
    if (missing !== undefined && typeof value === 'string' && missing.has(value.trim())) continue
    write(column, row, value)
  }
  return column
}

function invalid(file: string, cause: unknown): ModeltapError {
  return new ModeltapError('INPUT_INVALID', {
    message: `${file} is not a Parquet file that can be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'Write it with snappy, gzip, zstd, brotli, LZ4 or no compression, and without encryption.',
    cause,
  })
}
