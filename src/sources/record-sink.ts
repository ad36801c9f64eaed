/** Where sources deliver to; the pipeline of src/analysis is one. */
import type { Exchange } from '../observe/exchange.ts'
import type { Failure, Operation } from '../protocols/protocol.ts'
import type { RecordBatch } from '../protocols/record-batch.ts'

export interface RecordSink {
  /**
   * A call as it went over the wire, or the half of it that was seen; `head`: without its payload. `named` says whose
   * call it is where neither path nor payload do.
   */
  readonly accept: (
    exchange: Exchange,
    seen: 'call' | 'request' | 'response' | 'head',
    named?: { readonly model: string; readonly version: string },
  ) => void
  /** A call whose rows the source has read by itself; the batch is used again after the call. */
  readonly acceptDecoded: (call: {
    readonly exchange: Exchange
    readonly protocol: string
    readonly operation: Operation
    readonly model: string
    readonly version: string
    readonly batch: RecordBatch
    readonly failure: Failure | undefined
  }) => void
}
