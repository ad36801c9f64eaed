/** What reading bytes ends in when it gives no value. Failures are values, never exceptions. */

/** Why a payload gave no rows; the value of the label `reason`, so a closed set. */
export const FAILURES = [
  'not-json',
  'not-text',
  'not-protobuf',
  'not-msgpack',
  'truncated',
  'encoding-unknown',
  'encoding-broken',
  'empty',
  'shape-unknown',
  'shape-mismatch',
  'rows-unequal',
  'too-many-rows',
  'type-unsupported',
  'selector-no-match',
  'selector-budget',
  'opaque',
] as const
export type Failure = (typeof FAILURES)[number]

/**
 * `undefined` is success. A payload that cannot be decoded is this value and a counter, never an exception. A failure
 * may leave rows in the batch: the request was over the copy's limit but the response was read, or the two have
 * different numbers of rows and only the features count. So count the failure, and use the batch when it has rows.
 */
export type DecodeResult = { readonly failure: Failure } | undefined

/** A parsed body, or why there is none. Parsed at most once an exchange, however many protocols ask. */
export type Parsed = { readonly value: unknown } | { readonly failure: Failure }

/** A body with its content encoding undone, or why there is none. */
export type Decoded = { readonly bytes: Uint8Array } | { readonly failure: Failure }
