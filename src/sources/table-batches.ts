/**
 * Delivers a table without metadata in batches, column by column and without an object for each row. A batch ends with
 * a pane of the shortest window, so that every row counts at its own time.
 */
import { RecordBatch } from '../records/record-batch.ts'
import { chooseColumns, type ColumnChoice } from './column-choice.ts'
import type { FileClock } from './file-clock.ts'
import { LOG_PROTOCOL } from './line-reader.ts'
import { loggedExchange } from './logged-exchange.ts'
import type { RecordSink } from './record-sink.ts'
import { fillSide, type Table } from './table.ts'

export interface TableBatches {
  readonly table: Table
  readonly choice: ColumnChoice
  readonly leftOut: ReadonlySet<string>
  readonly maxColumns: number
  readonly clock: FileClock
  /** Length of the shortest pane. */
  readonly paneMs: number
  readonly sink: RecordSink
  readonly onRows: (rows: number) => void
}

const EXCHANGE = loggedExchange({ method: 'POST', target: '', status: 200, latencyMs: undefined })

export async function sendBatches({ table, sink, clock, paneMs, ...given }: TableBatches): Promise<void> {
  const { choice, leftOut, maxColumns, onRows } = given
  const chosen = chooseColumns({ file: table.file, columns: table.names, leftOut }, choice)
  const columns = [...new Set([...chosen.features, ...chosen.predictions].map(({ column }) => column))]
  const batch = new RecordBatch(maxColumns)
  for await (const part of table.parts(columns)) {
    for (let start = 0; start < part.rows;) {
      const rows = Math.min(part.rows - start, clock.rowsUntil(paneMs))
      const slice = { ...part, from: part.from + start, rows }
      batch.begin(rows)
      fillSide(batch.features, chosen.features, slice)
      fillSide(batch.predictions, chosen.predictions, slice)
      for (let row = 0; row < rows; row += 1) clock.tick(undefined)
      onRows(rows)
      sink.acceptDecoded({
        exchange: EXCHANGE,
        protocol: LOG_PROTOCOL,
        operation: 'predict',
        model: '',
        version: '',
        batch,
        failure: undefined,
      })
      start += rows
    }
  }
}
