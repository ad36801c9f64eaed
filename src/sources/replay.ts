/**
 * Delivers a batch file (JSON lines, CSV or Parquet) row by row on the file's own clock. Lines are parsed as in `tail`.
 */
import { statSync } from 'node:fs'
import { parseJsonText } from '../formats/json.ts'
import type { FileClock } from './file-clock.ts'
import { fileFields, type FileFieldsOptions } from './file-fields.ts'
import { readError } from './input-errors.ts'
import { openInput } from './input-file.ts'
import { inputFormatOf } from './input-formats.ts'
import type { LineFields } from './line-fields.ts'
import { LineReader } from './line-reader.ts'
import type { ColumnNames } from './line-rows.ts'
import { LineSplitter } from './line-splitter.ts'
import type { RecordSink } from './record-sink.ts'
import { readRecording, recordingNotes, type RecordingOptions } from './recording.ts'
import { columnsLeftOut } from './rows.ts'
import { sampledLines } from './sampled-rows.ts'
import { SAMPLE_ROWS, type Table, tableObjects, type TableOptions } from './table.ts'
import { sendBatches } from './table-batches.ts'
import type { TailStats } from './tail-stats.ts'

export interface ReplayInput extends FileFieldsOptions, Pick<TableOptions, 'missing' | 'decimal'> {
  /** Maximum line length in bytes. */
  readonly maxLineBytes: number
  /** For recordings of packets. */
  readonly packets: Pick<RecordingOptions, 'ports' | 'limits'>
  readonly columnNames: ColumnNames
  readonly maxColumns: number
  readonly clock: FileClock
  /** Length of the shortest pane: rows within one pane and without a time may share a batch. One by one when absent. */
  readonly paneMs?: number | undefined
  readonly sink: RecordSink
  readonly stats: TailStats
  /** Called from time to time; `part` is 0…1, or undefined when unknown. */
  readonly onProgress: (rows: number, part: number | undefined) => void
}

const PROGRESS_EVERY_ROWS = 1_000
/** Maximum bytes of lines buffered before their format is decided. */
const MOST_SAMPLED_BYTES = 4_000_000

/**
 * Resolves at the end of the file. Unreadable lines are counted in `stats`.
 *
 * @throws ModeltapError INPUT_UNREADABLE, or INPUT_INVALID when the file as a whole is unusable
 */
export async function replayFile(input: ReplayInput): Promise<void> {
  const format = inputFormatOf(input.file)
  if (format.kind === 'packets') await replayPackets(input)
  else if (format.kind === 'lines') await replayLines(input)
  else await replayTable(input, await format.open(input.file, input))
}

async function replayPackets(input: ReplayInput): Promise<void> {
  const { file, packets, sink, clock, stats, onNote, onProgress } = input
  let share = (): number => 0
  const stream = openInput(file, (read) => (share = read))
  try {
    const result = await readRecording(file, stream as AsyncIterable<Buffer>, {
      ...packets,
      onExchange: (exchange, epochMs) => {
        clock.tick(epochMs)
        stats.lines += 1
        sink.accept(exchange, 'call')
        if (stats.lines % PROGRESS_EVERY_ROWS === 0) onProgress(stats.lines, share())
      },
    })
    for (const note of recordingNotes(result)) onNote?.(`${file}: ${note}`)
  } catch (error) {
    throw readError(file, error)
  }
}

/** Columns that can hold a whole side, like `{"features": {…}}` in a line. */
const SIDES: readonly string[] = ['features', 'predictions']

/** Whether rows consist of columns only: no timestamp, no model, no configured mapping. */
function isPlain(
  { fields, columnNames }: ReplayInput,
  table: Table,
  factColumns: ReadonlySet<string>,
): boolean {
  return (
    !table.names.some((name) => factColumns.has(name) || SIDES.includes(name)) &&
    Object.values(fields).every((field) => field === undefined) &&
    columnNames.features.length + columnNames.predictions.length === 0
  )
}

async function replayTable(input: ReplayInput, table: Table): Promise<void> {
  const { fields, factColumns, leftOut } = await columnsLeftOut(table, input)
  const { paneMs, stats, onProgress } = input
  if (paneMs !== undefined && isPlain(input, table, factColumns)) {
    const onRows = (rows: number): void => {
      const before = stats.lines
      stats.lines += rows
      if (Math.floor(before / PROGRESS_EVERY_ROWS) !== Math.floor(stats.lines / PROGRESS_EVERY_ROWS))
        onProgress(stats.lines, stats.lines / table.rows)
    }
    await sendBatches({ ...input, table, leftOut, paneMs, onRows })
    return
  }
  // Metadata is read with the rows; an index is not.
  const columns = table.names.filter((name) => !(table.indexes.has(name) && leftOut.has(name)))
  const reader = readerFor(input, fields)
  for await (const row of tableObjects(table, columns)) {
    reader.acceptRow(row)
    progress(input, () => input.stats.lines / table.rows)
  }
  reader.close()
}

async function replayLines(input: ReplayInput): Promise<void> {
  const { file, stats, maxLineBytes } = input
  const lines = new SampledReader(input)
  let bytes = 0
  const size = file.endsWith('.gz') ? undefined : statSync(file).size
  const splitter = new LineSplitter({
    maxLineBytes,
    onLine: (line) => {
      lines.accept(line)
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
    throw readError(file, error)
  }
  splitter.flush()
  lines.close()
}

/** Buffers the first lines until their format is decided. */
class SampledReader {
  readonly #input: ReplayInput
  #held: Buffer[] = []
  #heldBytes = 0
  #reader: LineReader | undefined

  constructor(input: ReplayInput) {
    this.#input = input
  }

  accept(line: Buffer): void {
    if (this.#reader !== undefined) {
      this.#reader.accept(line)
      return
    }
    // A copy, because the splitter reuses its buffer.
    this.#held.push(Buffer.from(line))
    this.#heldBytes += line.length
    if (this.#held.length === SAMPLE_ROWS || this.#heldBytes > MOST_SAMPLED_BYTES) this.#decide()
  }

  close(): void {
    if (this.#reader === undefined) this.#decide()
    this.#reader?.close()
  }

  #decide(): void {
    const values = this.#held.map((line) => parseJsonText(line.toString('utf8')))
    const sampled = sampledLines(values.map((parsed) => ('failure' in parsed ? undefined : parsed.value)))
    this.#reader = readerFor(this.#input, fileFields(sampled, this.#input).fields)
    for (const line of this.#held) this.#reader.accept(line)
    this.#held = []
  }
}

function progress({ stats, onProgress }: ReplayInput, part: () => number | undefined): void {
  if (stats.lines % PROGRESS_EVERY_ROWS === 0) onProgress(stats.lines, part())
}

function readerFor(input: ReplayInput, fields: LineFields): LineReader {
  const { columnNames, maxColumns, clock, sink, stats } = input
  return new LineReader({
    options: { format: 'jsonl', maxAge: undefined },
    fields,
    columnNames,
    maxColumns,
    clock,
    sink,
    stats,
    acceptsGuesses: true,
    onTimestamp: (epochMs) => clock.tick(epochMs),
  })
}
