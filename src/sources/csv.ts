/**
 * CSV files with a header → batches. The file is read twice: first for the types of its columns, then for its rows. What
 * a column is can depend on its last cell, and numbers that were taken for such are no codes again: 007 is 7 by then.
 */
import { parse, CsvError } from 'csv-parse'
import { ModeltapError } from '../errors.ts'
import type { JsonObject } from '../formats/json-value.ts'
import { isFreeText, writeTextLengths } from '../records/free-text.ts'
import { givenName } from '../records/naming.ts'
import { RecordBatch, type Column, type ColumnSet } from '../records/record-batch.ts'
import { LINE_ENDS } from '../formats/csv.ts'
import { chooseColumns, type ChosenColumn, type ColumnChoice } from './column-choice.ts'
import { unreadable } from './input-errors.ts'
import { openInput, type OnOpen } from './input-file.ts'
import { cellType, textCellValue, widen, type ColumnType } from '../formats/text-cell.ts'
import { writeTextCell } from '../records/write-text-cell.ts'

const ROWS_PER_BATCH = 1_000
/** Bytes of the beginning from which the delimiter is told. */
const SAMPLE_BYTES = 65_536
const DELIMITERS = [',', ';', '\t', '|'] as const

/**
 * The batch is used again for the next rows.
 *
 * @throws ModeltapError INPUT_UNREADABLE or INPUT_INVALID with file, line and what is allowed
 */
export async function* readCsv(
  file: string,
  {
    maxColumns,
    onOpen,
    ...choice
  }: ColumnChoice & { readonly maxColumns: number; readonly onOpen?: OnOpen | undefined },
): AsyncGenerator<RecordBatch> {
  const delimiter = await detectDelimiter(file)
  const { header, types } = await scan(file, delimiter, (share) => onOpen?.(() => share() / 2))
  const chosen = chooseColumns(header, choice, file)
  const batch = new RecordBatch(maxColumns)
  let rows: string[][] = []
  const flush = (): RecordBatch => {
    batch.begin(rows.length)
    fill(batch.features, rows, columnsOf(chosen.features))
    fill(batch.predictions, rows, columnsOf(chosen.predictions))
    rows = []
    return batch
  }
  const columnsOf = (columns: readonly ChosenColumn[]): SourceColumn[] =>
    columns.map(({ column, name }) => {
      const index = header.indexOf(column)
      return { name, index, type: types[index] ?? 'number' }
    })
  let isHeader = true
  for await (const record of records(file, delimiter, (share) => onOpen?.(() => (1 + share()) / 2))) {
    if (!isHeader) rows.push(record)
    isHeader = false
    if (rows.length === ROWS_PER_BATCH) yield flush()
  }
  if (rows.length > 0) yield flush()
}

/**
 * The rows as objects, one key a column, with the types that the columns have as a whole: what the same rows are as
 * JSON lines. A missing cell is null.
 *
 * @param onTotal told the number of rows before the first one
 * @throws ModeltapError INPUT_UNREADABLE or INPUT_INVALID with file, line and what is allowed
 */
export async function* readCsvObjects(
  file: string,
  onTotal?: (rows: number) => void,
): AsyncGenerator<JsonObject> {
  const delimiter = await detectDelimiter(file)
  const { header, types, rows } = await scan(file, delimiter)
  onTotal?.(rows)
  let isHeader = true
  for await (const cells of records(file, delimiter)) {
    if (!isHeader)
      yield Object.fromEntries(
        header.map((name, index) => [name, textCellValue(cells[index] ?? '', types[index] ?? 'number')]),
      )
    isHeader = false
  }
}

interface SourceColumn {
  readonly name: string
  readonly index: number
  readonly type: ColumnType
}

function fill(set: ColumnSet, rows: readonly (readonly string[])[], columns: readonly SourceColumn[]): void {
  for (const { name, index, type } of columns) {
    let column: Column | undefined
    rows.forEach((cells, row) => {
      const cell = cells[index] ?? ''
      // Measured, as live rows are.
      if (type === 'text' && isFreeText(cell.trim())) writeTextLengths(set, row, name, cell.trim())
      else writeTextCell((column ??= set.column(name)), row, cell, type)
    })
  }
}

interface Scan {
  readonly header: readonly string[]
  /** `undefined` for columns without a value. */
  readonly types: readonly (ColumnType | undefined)[]
  readonly rows: number
}

/** Takes the records of a file one after the other, and knows the types of its columns at the end. */
class Scanner {
  readonly #file: string
  readonly #types: (ColumnType | undefined)[] = []
  #header: readonly string[] | undefined
  #width = 0
  #rows = 0

  constructor(file: string) {
    this.#file = file
  }

  /** False where there are not as many cells as in the header. */
  add(record: readonly string[]): boolean {
    if (this.#header === undefined) {
      this.#header = readHeader(record, this.#file)
      this.#width = record.length
      return true
    }
    this.#rows += 1
    for (let index = 0; index < record.length; index += 1) {
      const known = this.#types[index]
      // Nothing is wider than text.
      if (known !== 'text') this.#types[index] = widen(known, cellType(record[index] as string))
    }
    return record.length === this.#width
  }

  result(): Scan {
    if (this.#header === undefined) {
      throw new ModeltapError('INPUT_INVALID', {
        message: `${this.#file} is empty`,
        hint: 'A CSV file begins with a line of column names.',
      })
    }
    return { header: this.#header, types: this.#types, rows: this.#rows }
  }
}

async function scan(file: string, delimiter: string, onOpen?: OnOpen): Promise<Scan> {
  const plain = await scanPlain(file, delimiter, onOpen)
  if (plain !== undefined) return plain
  const scanner = new Scanner(file)
  for await (const record of records(file, delimiter, onOpen)) scanner.add(record)
  return scanner.result()
}

/**
 * The same for a file of lines that can be cut at each delimiter, in a third of the time; undefined for others, of
 * which csv-parse has to tell what they hold or what is wrong with them. Of the cells nothing is kept, which would keep
 * the text that they are cut from.
 */
async function scanPlain(file: string, delimiter: string, onOpen?: OnOpen): Promise<Scan | undefined> {
  const scanner = new Scanner(file)
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
      if (!lines.every(addLine)) return undefined
    }
  } catch (error) {
    throw unreadable(file, error)
  }
  return addLine(rest) ? scanner.result() : undefined
}

function readHeader(cells: readonly string[], file: string): readonly string[] {
  const names = cells.map((cell) => cell.trim())
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) {
    throw new ModeltapError('INPUT_INVALID', {
      message: `${file}: line 1: column "${repeated}" occurs twice`,
      hint: 'Columns are told apart by their names; rename one.',
    })
  }
  const value = firstValue(names)
  if (value !== undefined) {
    throw new ModeltapError('INPUT_INVALID', {
      message: `${file}: line 1 looks like a row of values and not like names: it holds "${value}"`,
      hint: 'A CSV file begins with a line of column names. Names that are numbers have to be whole and ascending, as those of a data frame without names are.',
    })
  }
  return names.map(givenName)
}

/** The cell by which a first line is no header; taken for names, its values would be lost and the columns unknown. */
function firstValue(names: readonly string[]): string | undefined {
  const values = names.filter((name) => cellType(name) === 'number' || cellType(name) === 'boolean')
  const areNumbered = values.every(
    (name, index) => /^\d+$/.test(name) && (index === 0 || Number(name) > Number(values[index - 1])),
  )
  return areNumbered ? undefined : values[0]
}

async function* records(file: string, delimiter: string, onOpen?: OnOpen): AsyncGenerator<string[]> {
  const input = openInput(file, onOpen)
  const parser = input.pipe(
    parse({ bom: true, delimiter, record_delimiter: LINE_ENDS, skip_empty_lines: true }),
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
  return new ModeltapError('INPUT_INVALID', {
    message: `${file}: ${line}${error.message}`,
    hint: 'Every line has as many cells as the header; cells with a delimiter, a quote or a line break are in double quotes.',
    cause: error,
  })
}

/** The candidate that is most frequent in the first line, outside quotes. */
async function detectDelimiter(file: string): Promise<string> {
  let line = ''
  try {
    for await (const chunk of openInput(file)) {
      line += String(chunk)
      if (line.includes('\n') || line.length >= SAMPLE_BYTES) break
    }
  } catch (error) {
    throw unreadable(file, error)
  }
  const bare = (line.split('\n')[0] ?? '').replace(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length - 1)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}
