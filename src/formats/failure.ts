/** Failures of reading bytes. They are values, never exceptions. */

/** Why a payload yielded no rows; the value of the label `reason`, so a closed set. */
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
 * may leave rows in the batch: the request exceeded the copy's limit but the response was read, or the two have
 * different numbers of rows and only the features count. Count the failure, and use the batch if it has rows.
 */
export type DecodeResult = { readonly failure: Failure } | undefined

/** A parsed body, or the failure. Parsed at most once for each exchange, whatever the number of protocols. */
export type Parsed = { readonly value: unknown } | { readonly failure: Failure }

/** A body after decoding its content encoding, or the failure. */
export type Decoded = { readonly bytes: Uint8Array } | { readonly failure: Failure }
