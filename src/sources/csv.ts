/**
 * CSV files with a header. The file is read twice: first for the column types, then for the rows. The type of a column
 * can depend on its last cell, and a number parsed too early cannot become a code again: 007 would already be 7.
 */
import { CsvError, parse } from 'csv-parse'
import { ModeltapError } from '../errors.ts'
import { LINE_ENDS } from '../formats/csv.ts'
import { cellType, type ColumnType, textCellValue } from '../formats/text-cell.ts'
import { Column } from '../records/record-batch.ts'
import { writeTextCell } from '../records/write-text-cell.ts'
import { CsvColumns } from './csv-columns.ts'
import { unreadable } from './input-errors.ts'
import { type OnOpen, openInput } from './input-file.ts'
import { ROWS_PER_PART, type Table, type TableOptions, type TablePart } from './table.ts'

/** Number of leading bytes sampled to detect the delimiter. */
const SAMPLE_BYTES = 65_536
const DELIMITERS = [',', ';', '\t', '|'] as const
/** Maximum characters of one record. Parsing time grows with the square of the length: 40 MB took 26 s. */
const MOST_RECORD_CHARACTERS = 4 * 1024 * 1024
const NOTHING_NESTED = new Map<string, readonly unknown[]>()

/** @throws ModeltapError INPUT_UNREADABLE or INPUT_INVALID with file, line and what is allowed */
export async function openCsv(
  file: string,
  { onOpen, onNote, missing, decimal }: TableOptions,
): Promise<Table> {
  const delimiter = await detectDelimiter(file)
  const columns = await scan(file, { delimiter, missing, onOpen: (share) => onOpen?.(() => share() / 2) })
  const separators = { prefersComma: delimiter !== ',', decimal: decimal ?? 'auto' }
  const types = columns.types(separators).map((type) => type ?? 'number')
  for (const note of columns.notes(separators)) onNote?.(note)
  const cellOf = (cells: readonly string[], index: number): unknown =>
    textCellValue(cells[index] ?? '', types[index] ?? 'number', missing)
  return {
    file,
    names: columns.names,
    indexes: indexesOf(columns),
    rows: columns.rows,
    sample: async (names) =>
      new Map(
        names.map((name) => {
          const index = columns.names.indexOf(name)
          return [name, columns.sample.map((cells) => cellOf(cells, index))]
        }),
      ),
    parts: (names) =>
      parts(
        records(file, delimiter, (share) => onOpen?.(() => (1 + share()) / 2)),
        {
          missing,
          columns: names.map((name) => {
            const index = columns.names.indexOf(name)
            return { name, index, type: types[index] ?? 'number' }
          }),
        },
      ),
  }
}

/** pandas writes its index as a first column without a name, and reads it back as `Unnamed: 0`. */
function indexesOf({ names, sample }: CsvColumns): ReadonlySet<string> {
  const [first] = names
  if (first === '') return new Set([first])
  if (first === undefined || !/^Unnamed: 0(?:\.1)*$/.test(first)) return new Set()
  const isCounted = sample.every(([cell], row) => row === 0 || Number(cell) > Number(sample[row - 1]?.[0]))
  return isCounted ? new Set([first]) : new Set()
}

interface SourceColumn {
  readonly name: string
  readonly index: number
  readonly type: ColumnType
}

interface PartsOptions {
  readonly columns: readonly SourceColumn[]
  readonly missing: ReadonlySet<string> | undefined
}

async function* parts(
  lines: AsyncIterable<string[]>,
  { columns, missing }: PartsOptions,
): AsyncGenerator<TablePart> {
  const cells = new Map(columns.map(({ name }) => [name, new Column(name, ROWS_PER_PART)]))
  const part = (rows: readonly (readonly string[])[]): TablePart => {
    for (const { name, index, type } of columns) {
      const column = cells.get(name) as Column
      column.texts.length = 0
      column.reset(ROWS_PER_PART)
      for (let row = 0; row < rows.length; row += 1)
        writeTextCell(column, row, rows[row]?.[index] ?? '', type, missing)
    }
    return { cells, nested: NOTHING_NESTED, from: 0, rows: rows.length }
  }
  let rows: string[][] = []
  let isHeader = true
  for await (const line of lines) {
    if (!isHeader) rows.push(line)
    isHeader = false
    if (rows.length < ROWS_PER_PART) continue
    yield part(rows)
    rows = []
  }
  if (rows.length > 0) yield part(rows)
}

interface ScanOptions {
  readonly delimiter: string
  readonly missing: ReadonlySet<string> | undefined
  readonly onOpen: OnOpen
}

/** Takes the lines of a file in order; the first is the header. */
class Scanner {
  columns: CsvColumns | undefined
  readonly #file: string
  readonly #missing: ReadonlySet<string> | undefined

  constructor(file: string, missing: ReadonlySet<string> | undefined) {
    this.#file = file
    this.#missing = missing
  }

  /** False when the number of cells differs from the header. */
  add(record: readonly string[]): boolean {
    if (this.columns === undefined)
      this.columns = new CsvColumns(readHeader(record, this.#file), this.#missing)
    else if (record.length === this.columns.names.length) this.columns.add(record)
    else return false
    return true
  }

  result(): CsvColumns {
    if (this.columns !== undefined) return this.columns
    throw new ModeltapError('INPUT_INVALID', {
      message: `${this.#file} is empty`,
      hint: 'A CSV file begins with a line of column names.',
    })
  }
}

async function scan(file: string, options: ScanOptions): Promise<CsvColumns> {
  const plain = await scanPlain(file, options)
  if (plain !== undefined) return plain
  const scanner = new Scanner(file, options.missing)
  for await (const record of records(file, options.delimiter, options.onOpen)) scanner.add(record)
  return scanner.result()
}

/**
 * A three times faster scan for files that can be split at each delimiter; undefined for other files, for which
 * csv-parse reads the content or reports the error.
 */
async function scanPlain(
  file: string,
  { delimiter, missing, onOpen }: ScanOptions,
): Promise<CsvColumns | undefined> {
  const scanner = new Scanner(file, missing)
  let isFirst = true
  const addLine = (text: string): boolean => {
    const line = text.endsWith('\r') ? text.slice(0, -1) : text
    if (line.includes('\r')) return false
    const content = isFirst && line.startsWith('\ufeff') ? line.slice(1) : line
    isFirst = false
    return content === '' || scanner.add(content.split(delimiter))
  }
  let rest = ''
  try {
    for await (const chunk of openInput(file, onOpen).setEncoding('utf8') as AsyncIterable<string>) {
      if (chunk.includes('"')) return undefined
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      // csv-parse reports the line.
      if (rest.length > MOST_RECORD_CHARACTERS) return undefined
      if (!lines.every(addLine)) return undefined
    }
  } catch (error) {
    throw unreadable(file, error)
  }
  return addLine(rest) ? scanner.result() : undefined
}

/** Names keep their surrounding spaces, as in pandas: live rows have them too. */
function readHeader(names: readonly string[], file: string): readonly string[] {
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) {
    throw new ModeltapError('INPUT_INVALID', {
      message: `${file}: line 1: column "${repeated}" occurs twice`,
      hint: 'Column names must be unique; rename one.',
    })
  }
  const value = firstValue(names)
  if (value !== undefined) {
    throw new ModeltapError('INPUT_INVALID', {
      message: `${file}: line 1 looks like a row of values and not like names: it holds "${value}"`,
      hint: 'A CSV file begins with a line of column names. Numeric names must be ascending whole numbers, as in a data frame without names.',
    })
  }
  return names
}

/**
 * A value in the first line that shows that it is not a header. Used as names, its values would be lost and the columns
 * unknown.
 */
function firstValue(names: readonly string[]): string | undefined {
  const values = names.filter((name) => cellType(name) === 'number' || cellType(name) === 'boolean')
  const areNumbered = values.every(
    (name, index) => /^\d+$/.test(name.trim()) && (index === 0 || Number(name) > Number(values[index - 1])),
  )
  return areNumbered ? undefined : values[0]
}

async function* records(file: string, delimiter: string, onOpen?: OnOpen): AsyncGenerator<string[]> {
  const input = openInput(file, onOpen)
  const parser = input.pipe(
    parse({
      ...{ bom: true, delimiter, record_delimiter: LINE_ENDS, skip_empty_lines: true },
      max_record_size: MOST_RECORD_CHARACTERS,
    }),
  )
  input.on('error', (error) => parser.destroy(error))
  try {
    for await (const record of parser) yield record as string[]
  } catch (error) {
    if (error instanceof CsvError) throw invalidCsv(file, error)
    throw unreadable(file, error)
  } finally {
    input.destroy()
  }
}

function invalidCsv(file: string, error: CsvError): ModeltapError {
  const line = typeof error['lines'] === 'number' ? `line ${error['lines']}: ` : ''
  if (error.code === 'CSV_MAX_RECORD_SIZE')
    return new ModeltapError('INPUT_INVALID', {
      message: `${file}: ${line}a record has more than ${MOST_RECORD_CHARACTERS} characters`,
      hint: 'Check for an unclosed quote, and that this is a CSV file. Records end with a line break.',
      cause: error,
    })
  return new ModeltapError('INPUT_INVALID', {
    message: `${file}: ${line}${error.message}`,
    hint: 'Every line has as many cells as the header; cells with a delimiter, a quote or a line break are in double quotes.',
    cause: error,
  })
}

/** The most frequent candidate in the first non-empty line, outside quotes. */
async function detectDelimiter(file: string): Promise<string> {
  let text = ''
  try {
    for await (const chunk of openInput(file).setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk
      if (/[^\s\ufeff][^\n]*\n/.test(text) || text.length >= SAMPLE_BYTES) break
    }
  } catch (error) {
    throw unreadable(file, error)
  }
  const line = text.split(/\r?\n|\r/).find((one) => one.trim() !== '') ?? ''
  const bare = line.replace(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length - 1)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}
