import { decodeContent } from './content-encoding.ts'
import type { Outcome } from './exchange.ts'

/** Compression flag and big-endian length before each message. */
const PREFIX_BYTES = 5
const COMPRESSED = 1
/** A frame of gRPC-Web that holds the trailers and no message. */
const TRAILERS = 0x80

/** Maximum messages read from one body copy: empty ones take five bytes each. */
const MOST_MESSAGES = 10_000

/** gRPC itself, not gRPC-Web, which has its status in the body. */
export function isGrpcType(contentType: string | undefined): boolean {
  return (
    contentType?.startsWith('application/grpc') === true && !contentType.startsWith('application/grpc-web')
  )
}

export function parseGrpcStatus(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : undefined
}

/** Codes of server errors, as in OpenTelemetry's semantic conventions for gRPC servers. */
const SERVER_FAULTS: ReadonlySet<number> = new Set([
  2, // UNKNOWN
  4, // DEADLINE_EXCEEDED
  12, // UNIMPLEMENTED
  13, // INTERNAL
  14, // UNAVAILABLE
  15, // DATA_LOSS
])

/**
 * The outcome of a call that ended normally. Without a gRPC status the HTTP status decides, and 200 is not a success.
 */
export function outcomeOfGrpcStatus(grpcStatus: number | undefined, httpStatus: number): Outcome {
  if (grpcStatus === undefined) return httpStatus >= 400 && httpStatus < 500 ? 'client_error' : 'server_error'
  if (grpcStatus === 0) return 'success'
  return SERVER_FAULTS.has(grpcStatus) ? 'server_error' : 'client_error'
}

export interface GrpcMessages {
  /** The bytes of each message, decompressed if flagged; otherwise views of the body. */
  readonly messages: readonly Uint8Array[]
  /** The body ended inside a message, or exceeds the allowed bytes or messages; earlier messages are returned. */
  readonly truncated: boolean
  /** A compressed message could not be decompressed; earlier messages are returned. */
  readonly failure: 'encoding-unknown' | 'encoding-broken' | undefined
  /** Trailers in the body of gRPC-Web, as `name: value` lines. */
  readonly trailers?: string
}

/**
 * Undoes the length-prefixed framing of a gRPC body (gRPC over HTTP/2, "Length-Prefixed-Message").
 *
 * @param body The body of one direction, possibly cut.
 * @param encoding The `grpc-encoding` field of the same direction.
 * @param maxBytes Most bytes that all messages together may have when decompressed.
 *
 * @example
 * grpcMessages(exchange.request.body, exchange.request.header('grpc-encoding'), 2 ** 20).messages
 */
export function grpcMessages(body: Uint8Array, encoding: string | undefined, maxBytes: number): GrpcMessages {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const messages: Uint8Array[] = []
  let at = 0
  let total = 0
  while (at < body.length) {
    if (body.length - at < PREFIX_BYTES) return { messages, truncated: true, failure: undefined }
    const flags = body[at] as number
    const isCompressed = (flags & COMPRESSED) !== 0
    const length = view.getUint32(at + 1)
    at += PREFIX_BYTES
    if (body.length - at < length) return { messages, truncated: true, failure: undefined }
    let message: Uint8Array = body.subarray(at, at + length)
    at += length
    if ((flags & TRAILERS) !== 0) {
      const trailers = isCompressed ? '' : Buffer.from(message).toString('latin1')
      return { messages, truncated: false, failure: undefined, trailers }
    }
    if (isCompressed) {
      if (encoding === undefined) return { messages, truncated: false, failure: 'encoding-unknown' }
      const decoded = decodeContent(message, encoding, Math.max(1, maxBytes - total))
      if ('failure' in decoded) {
        const { failure } = decoded
        if (failure === 'truncated') return { messages, truncated: true, failure: undefined }
        return { messages, truncated: false, failure }
      }
      if (decoded.truncated) return { messages, truncated: false, failure: 'encoding-broken' }
      message = decoded.bytes
    }
    total += message.length
    if (total > maxBytes || messages.length === MOST_MESSAGES)
      return { messages, truncated: true, failure: undefined }
    messages.push(message)
  }
  return { messages, truncated: false, failure: undefined }
}
