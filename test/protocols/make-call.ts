/** Calls from literals, for the tests of protocols. */
import { type Call, createCall, type ReusableCall } from '../../src/calls/call.ts'
import type { DecodeSettings } from '../../src/calls/settings.ts'
import type { Exchange, Message } from '../../src/observe/exchange.ts'
import { type Decoding, decodingOf } from '../../src/protocols/decoding.ts'
import { protocolsOptions } from '../../src/protocols/options.ts'

export interface MessageSpec {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly truncated?: boolean
}

export interface CallSpec {
  readonly method?: string
  readonly target: string
  readonly status?: number
  readonly request?: MessageSpec
  readonly response?: MessageSpec
  /** The keys of `protocolsOptions`, as a user writes them. */
  readonly options?: unknown
}

/** @param options the keys of `protocolsOptions`, as a user writes them */
export function decodingFor(options: unknown = {}): Decoding {
  return decodingOf(protocolsOptions.parse(options), { maxBodyBytes: 1_048_576 })
}

export function makeCall(
  { method = 'POST', target, status = 200, request = {}, response = {}, options = {} }: CallSpec,
  reused?: (settings: DecodeSettings) => ReusableCall,
): Call {
  const exchange: Exchange = {
    connection: 1,
    wireProtocol: 'http/1.1',
    method,
    target,
    status,
    grpcStatus: undefined,
    outcome: 'success',
    request: makeMessage(request, 0),
    response: makeMessage(response, 10),
  }
  const { settings } = decodingFor(options)
  return reused === undefined ? createCall(exchange, settings) : reused(settings).begin(exchange)
}

function makeMessage({ headers = {}, body = '', truncated = false }: MessageSpec, timeMs: number): Message {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const header = (name: string): string | undefined =>
    Object.hasOwn(headers, name) ? headers[name] : undefined
  return { header, body: bytes, bodyBytes: bytes.length, truncated, firstByteMs: timeMs, lastByteMs: timeMs }
}
