/**
 * Why observed traffic yielded no exchange; the values of the label `reason`. A reason is counted once for each
 * exchange known to be lost, or once for a connection when their number is unknown.
 */
export const UNOBSERVED_REASONS = [
  /** TLS that is only forwarded. Once a connection. */
  'tls',
  /** Neither HTTP/1.x nor HTTP/2. Once a connection. */
  'not_http',
  /** `101 Switching Protocols` to anything other than h2c; the request itself is observed. Once a connection. */
  'upgrade',
  /** A tunnel after CONNECT; the CONNECT itself is observed. Once a connection. */
  'connect',
  /** Framing that two readers may interpret differently (request smuggling). Observation of the connection ends. */
  'ambiguous',
  /** A head, chunk or frame with invalid syntax that is not ambiguous. Observation of the connection ends. */
  'malformed',
  /** A head, chunk line or trailer beyond `limits.headerBytes`. */
  'head_too_large',
  /** Bytes with framing that were dropped because the ring was full. */
  'hole',
  /** The connection started before this observer, and its first observed bytes are inside a message. */
  'midstream',
  /** A capture stopped tracking the connection before the response: see `modeltap_capture_forgotten_total`. */
  'forgotten',
  /** A response without a request, such as a 408 on an idle connection. */
  'unmatched_response',
  /** The connection ended inside a request's head. */
  'incomplete_request',
  /** A request on a connection beyond `limits.connections`. */
  'too_many_connections',
  /** More requests in flight than `limits.inFlight` on one connection, or 16 times that on all. */
  'too_many_requests',
  /**
   * All copies together reached `limits.copyBytes`: a body copy was truncated, or the exchange was lost if it was a
   * head.
   */
  'copy_memory',
] as const
export type UnobservedReason = (typeof UNOBSERVED_REASONS)[number]
