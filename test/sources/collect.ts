/** A sink that keeps what sources deliver, as plain values. */
import type { Exchange } from '../../src/observe/exchange.ts'
import type { RecordSink } from '../../src/sources/record-sink.ts'
import { type CellValue, readColumns } from '../protocols/read-batch.ts'

export interface Delivered {
  readonly seen: string
  readonly exchange: Exchange
  readonly model: string
  readonly version: string
  readonly rows: number
  readonly features: Record<string, CellValue[]>
  readonly predictions: Record<string, CellValue[]>
  readonly failure: string | undefined
}

export function collectingSink(): { readonly sink: RecordSink; readonly delivered: Delivered[] } {
  const delivered: Delivered[] = []
  const sink: RecordSink = {
    accept: (exchange, seen) =>
      delivered.push({
        seen,
        exchange,
        model: '',
        version: '',
        rows: 0,
        features: {},
        predictions: {},
        failure: undefined,
      }),
    acceptDecoded: ({ exchange, model, version, batch, failure }) =>
      delivered.push({
        seen: 'decoded',
        exchange,
        model,
        version,
        rows: batch.rows,
        features: readColumns(batch.features, batch.rows),
        predictions: readColumns(batch.predictions, batch.rows),
        failure,
      }),
  }
  return { sink, delivered }
}
