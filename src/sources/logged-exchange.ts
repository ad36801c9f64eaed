/** What a log or an event says of a call → an exchange, as if it had been seen on the wire. */
import { type Exchange, LOGGED, type Message, type Outcome } from '../observe/exchange.ts'
import { outcomeOfStatus } from '../observe/http1-exchange.ts'

export interface LoggedMessage {
  /** By name in lower case. */
  readonly headers?: ReadonlyMap<string, string>
  readonly body?: Uint8Array
  /** Where the body itself is not at hand; `undefined`: unknown. */
  readonly bodyBytes?: number | undefined
}

export interface LoggedCall {
  readonly method: string
  /** The request's target; the empty string where the log does not say. */
  readonly target: string
  readonly status: number
  /** Time that the call took, milliseconds; `undefined`: unknown. */
  readonly latencyMs: number | undefined
  readonly request?: LoggedMessage
  readonly response?: LoggedMessage
}

const NOTHING = new Uint8Array(0)
/** The client left before the answer: nginx logs 499, Envoy, Traefik and Caddy 0. */
const CLIENT_LEFT: ReadonlySet<number> = new Set([499, 0])

export function loggedExchange(call: LoggedCall): Exchange {
  const { method, target, status, latencyMs, request = {}, response = {} } = call
  // Only differences are read of the times of an exchange, so that they may begin at 0.
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

/** The first byte of a response is in no log. */
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
