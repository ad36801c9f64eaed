/** Builds an exchange from a log or an event, as if it was seen on the wire. */
import { type Exchange, LOGGED, type Message, type Outcome } from '../observe/exchange.ts'
import { outcomeOfStatus } from '../observe/http1-exchange.ts'

export interface LoggedMessage {
  /** Names in lower case. */
  readonly headers?: ReadonlyMap<string, string>
  readonly body?: Uint8Array
  /** For bodies that are not available; `undefined`: unknown. */
  readonly bodyBytes?: number | undefined
}

export interface LoggedCall {
  readonly method: string
  /** The request target; empty when the log has none. */
  readonly target: string
  readonly status: number
  /** Duration of the call in milliseconds; `undefined`: unknown. */
  readonly latencyMs: number | undefined
  readonly request?: LoggedMessage
  readonly response?: LoggedMessage
}

const NOTHING = new Uint8Array(0)
/** The client disconnected before the answer: nginx logs 499, Envoy, Traefik and Caddy 0. */
const CLIENT_LEFT: ReadonlySet<number> = new Set([499, 0])

export function loggedExchange(call: LoggedCall): Exchange {
  const { method, target, status, latencyMs, request = {}, response = {} } = call
  // Only differences of an exchange's times are used, so they may start at 0.
  const startMs = latencyMs === undefined ? Number.NaN : 0
  const endMs = latencyMs ?? Number.NaN
  return {
    connection: LOGGED,
    wireProtocol: 'http/1.1',
    method,
    target,
    status,
    grpcStatus: undefined,
    outcome: outcomeOf(status),
    request: { ...message(request, startMs), firstByteMs: startMs },
    response: message(response, endMs),
    endedMs: endMs,
  }
}

function outcomeOf(status: number): Outcome {
  return CLIENT_LEFT.has(status) ? 'aborted' : outcomeOfStatus(status)
}

/** Logs do not contain the time of the first response byte. */
function message({ headers, body, bodyBytes }: LoggedMessage, timeMs: number): Message {
  return {
    header: (name) => headers?.get(name),
    body: body ?? NOTHING,
    bodyBytes: bodyBytes ?? body?.length ?? Number.NaN,
    truncated: false,
    firstByteMs: Number.NaN,
    lastByteMs: timeMs,
  }
}
