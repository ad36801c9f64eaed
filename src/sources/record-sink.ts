/** Where sources deliver to; the pipeline of src/analysis is one. */
import type { Operation } from '../calls/recognition.ts'
import type { Failure } from '../formats/failure.ts'
import type { Exchange } from '../observe/exchange.ts'
import type { RecordBatch } from '../records/record-batch.ts'

/**
 * How much of a call an exchange holds. Only a whole call is traffic with an outcome; a side that nobody saw is not
 * counted as undecodable. Of a `head` (a line of an access log) no payload is wanted.
 */
export type Seen = 'call' | 'request' | 'response' | 'head'

/** An exchange with what recognition found out about it. */
export interface RecognisedExchange {
  readonly exchange: Exchange
  readonly protocol: string
  readonly operation: Operation
  readonly model: string
  readonly version: string
}

/** A call that a source has recognised and decoded by itself. */
export interface DecodedCall extends RecognisedExchange {
  /** Rows of 0 for a call without any. Used again after the call. */
  readonly batch: RecordBatch
  readonly failure: Failure | undefined
}

export interface RecordSink {
  /**
   * A call as it went over the wire, or the half of it that was seen.
   *
   * @param named the model that is called, where neither path nor payload say
   */
  readonly accept: (
    exchange: Exchange,
    seen: Seen,
    named?: { readonly model: string; readonly version: string },
  ) => void
  readonly acceptDecoded: (call: DecodedCall) => void
  /** A label or another outcome of a prediction, as parsed JSON; docs/outcomes.md has the forms. */
  readonly acceptOutcome?: (
    outcome: unknown,
    named: { readonly model: string; readonly version: string },
  ) => void
}
