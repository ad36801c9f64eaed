/** Destination of sources; the pipeline of src/analysis implements it. */
import type { Operation } from '../calls/recognition.ts'
import type { Failure } from '../formats/failure.ts'
import type { Exchange } from '../observe/exchange.ts'
import type { RecordBatch } from '../records/record-batch.ts'

/**
 * Completeness of a call in an exchange. Only a whole call is traffic with an outcome; an unseen side does not count as
 * undecodable. A `head` (a line of an access log) needs no payload.
 */
export type Seen = 'call' | 'request' | 'response' | 'head'

/** An exchange with the results of recognition. */
export interface RecognisedExchange {
  readonly exchange: Exchange
  readonly protocol: string
  readonly operation: Operation
  readonly model: string
  readonly version: string
}

/** A call that a source has recognised and decoded itself. */
export interface DecodedCall extends RecognisedExchange {
  /** Empty for a call without rows. Reused after the call. */
  readonly batch: RecordBatch
  readonly failure: Failure | undefined
}

export interface RecordSink {
  /**
   * A call as on the wire, or the observed half of it.
   *
   * @param named the called model, when neither path nor payload names it
   */
  readonly accept: (
    exchange: Exchange,
    seen: Seen,
    named?: { readonly model: string; readonly version: string },
  ) => void
  readonly acceptDecoded: (call: DecodedCall) => void
  /** A label or another outcome of a prediction, as parsed JSON; docs/outcomes.md lists the forms. */
  readonly acceptOutcome?: (
    outcome: unknown,
    named: { readonly model: string; readonly version: string },
  ) => void
}
