/**
 * Why traffic that flowed by became no exchange; the values of the label `reason`. A reason is counted once for each
 * exchange known to be lost, and once for a connection where their number cannot be known.
 */
export const UNOBSERVED_REASONS = [
  /** TLS that is only passed through: the bytes are sealed. Once a connection. */
  'tls',
  /** Neither HTTP/1.x nor HTTP/2. Once a connection. */
  'not_http',
  /** `101 Switching Protocols` to anything but h2c; the request itself is observed. Once a connection. */
  'upgrade',
  /** A tunnel after CONNECT; the CONNECT itself is observed. Once a connection. */
  'connect',
  /** Framing that two readers may understand differently (request smuggling forms). The connection is given up. */
  'ambiguous',
  /** A head, chunk or frame that breaks its grammar without being ambiguous. The connection is given up. */
  'malformed',
  /** A head, chunk line or trailer beyond `limits.headerBytes`. */
  'head_too_large',
  /** Bytes that the ring had no room for, where they carried framing. */
  'hole',
  /** The connection began before this observer did, and what was seen of it begins inside a message. */
  'midstream',
  /** A capture stopped following the connection before the response: see `modeltap_capture_forgotten_total`. */
  'forgotten',
  /** A response without a request, such as a 408 on an idle connection. */
  'unmatched_response',
  /** The connection ended inside a request's head. */
  'incomplete_request',
  /** A request on a connection beyond `limits.connections`. */
  'too_many_connections',
  /** More requests in flight than `limits.inFlight` on one connection, or 16 times that on all. */
  'too_many_requests',
  /** All copies together reached `limits.copyBytes`: a body copy was cut, or, when it was a head, the exchange lost. */
  'copy_memory',
] as const
export type UnobservedReason = (typeof UNOBSERVED_REASONS)[number]
