/**
 * The result of observation: one request and its response. Later stages only use exchanges; they never see a socket, a
 * frame or a chunk.
 */

/** How an exchange ended; the value of the label `outcome`. */
export const OUTCOMES = [
  'success',
  'client_error',
  'server_error',
  'aborted',
  'upstream_closed',
  'upstream_unreachable',
] as const
export type Outcome = (typeof OUTCOMES)[number]

export type WireProtocol = 'http/1.0' | 'http/1.1' | 'http/2'

/** One direction of an exchange. */
export interface Message {
  /** The value of a header (name in lower case), several values joined with `, `; `undefined` when absent. */
  readonly header: (name: string) => string | undefined
  /** A copy of the body as on the wire (without chunking, with content encoding), truncated at `limits.bodyBytes`. */
  readonly body: Uint8Array
  /** Size of the whole body on the wire, even when the copy is truncated; NaN when a log has none. */
  readonly bodyBytes: number
  /** The copy lacks bytes: over the limit, or lost because the ring was full. */
  readonly truncated: boolean
  /** Monotonic milliseconds (see Clock) of the first and the last byte; NaN without bytes. */
  readonly firstByteMs: number
  readonly lastByteMs: number
}

/** `Exchange.connection` of an exchange from a log or an event. */
export const LOGGED = -1

export interface Exchange {
  /** Identifies the client connection for the life of the process; `LOGGED` without a connection. */
  readonly connection: number
  readonly wireProtocol: WireProtocol
  readonly method: string
  /** Request target as sent, query included. */
  readonly target: string
  /** 0 when no response head was seen. */
  readonly status: number
  /** gRPC status code from the trailers; `undefined` for anything but gRPC. */
  readonly grpcStatus: number | undefined
  readonly outcome: Outcome
  readonly request: Message
  readonly response: Message
  /** Monotonic milliseconds of its end: the last response byte, or the earlier end of the connection. */
  readonly endedMs?: number
  /** The observer that followed the response's body as it arrived (see `ObserverOptions.onStreamedResponse`). */
  readonly responseObserver?: BodyObserver | undefined
}

/** Follows one body as it arrives, for the times of its parts. */
export interface BodyObserver {
  /** Body bytes `[start, end)`, without chunking, with content encoding; valid during the call only. */
  readonly data: (bytes: Uint8Array, start: number, end: number, timeMs: number) => void
  /** `count` body bytes were forwarded but not copied by the ring. */
  readonly gap?: (count: number, timeMs: number) => void
}

/** Seconds from the first request byte to the last response byte (or to the end of the connection); NaN: unknown. */
export function durationSeconds({ request, response, endedMs }: Exchange): number {
  const lastByteMs = Number.isNaN(response.lastByteMs) ? request.lastByteMs : response.lastByteMs
  const endMs = endedMs ?? lastByteMs
  return Math.max(0, (endMs - request.firstByteMs) / 1000)
}

const NOTHING = new Uint8Array()

const withoutBody = (message: Message): Message => ({
  header: (name) => message.header(name),
  body: NOTHING,
  bodyBytes: message.bodyBytes,
  truncated: true,
  firstByteMs: message.firstByteMs,
  lastByteMs: message.lastByteMs,
})

/** The same exchange as if no body bytes had been copied. */
export function withoutBodies(exchange: Exchange): Exchange {
  const { connection, wireProtocol, method, target, status, grpcStatus, outcome, endedMs } = exchange
  return {
    ...{ connection, wireProtocol, method, target, status, grpcStatus, outcome },
    ...(endedMs !== undefined && { endedMs }),
    request: withoutBody(exchange.request),
    response: withoutBody(exchange.response),
  }
}

/** The same exchange with the outcome from its payload, if it differs from the status on the wire. */
export function withOutcome(
  exchange: Exchange,
  {
    outcome,
    grpcStatus = exchange.grpcStatus,
  }: { readonly outcome: Outcome; readonly grpcStatus?: number | undefined },
): Exchange {
  const { connection, wireProtocol, method, target, status, request, response, responseObserver } = exchange
  const same = { connection, wireProtocol, method, target, status, request, response, responseObserver }
  return {
    ...same,
    ...(exchange.endedMs !== undefined && { endedMs: exchange.endedMs }),
    outcome,
    grpcStatus,
  }
}
