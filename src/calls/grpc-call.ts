/** The messages of both directions of a gRPC call. */
import type { Failure } from '../formats/failure.ts'
import type { Message } from '../observe/exchange.ts'
import { grpcMessages, outcomeOfGrpcStatus, parseGrpcStatus } from '../observe/grpc.ts'
import type { AnswerError } from './answer-error.ts'
import type { Call } from './call.ts'

export interface GrpcBody {
  /** All readable messages. */
  readonly messages: readonly Uint8Array[]
  /** Why there are no more messages. */
  readonly failure: Failure | undefined
}

/** Whether a call may be gRPC or gRPC-Web; the path then names the service. */
export function isGrpc({ exchange }: Call): boolean {
  return exchange.request.header('content-type')?.startsWith('application/grpc') === true
}

export function grpcRequest({ exchange, settings }: Call): GrpcBody {
  return read(exchange.request, settings.maxBodyBytes)
}

export function grpcResponse({ exchange, settings }: Call): GrpcBody {
  return read(exchange.response, settings.maxBodyBytes)
}

function read(message: Message, maxBytes: number): GrpcBody {
  const { header, truncated } = message
  const { messages, ...rest } = grpcMessages(webBody(message), header('grpc-encoding'), maxBytes)
  const failure = rest.failure ?? (truncated || rest.truncated ? 'truncated' : undefined)
  return { messages, failure: failure ?? (messages.length === 0 ? 'empty' : undefined) }
}

/** The status in the trailers of a gRPC-Web body; `undefined` for other bodies, and without trailers. */
export function grpcWebError({ exchange, settings }: Call): AnswerError | undefined {
  const { response, status } = exchange
  if (response.header('content-type')?.startsWith(WEB) !== true) return undefined
  const { trailers } = grpcMessages(
    webBody(response),
    response.header('grpc-encoding'),
    settings.maxBodyBytes,
  )
  const inBody = /^grpc-status:\s*(\d{1,3})\s*$/im.exec(trailers ?? '')?.[1]
  // An answer without messages may have its status in the headers.
  const grpcStatus = parseGrpcStatus(inBody ?? response.header('grpc-status'))
  // The end of a body beyond the limit was not copied.
  if (grpcStatus === undefined && response.truncated) return undefined
  const outcome = outcomeOfGrpcStatus(grpcStatus, status)
  if (outcome !== 'client_error' && outcome !== 'server_error') return undefined
  return { outcome, ...(grpcStatus !== undefined && { grpcStatus }) }
}

const WEB = 'application/grpc-web'

/** The text form is base64 in pieces, each of which may end in padding. */
function webBody({ header, body }: Message): Uint8Array {
  if (header('content-type')?.startsWith(`${WEB}-text`) !== true) return body
  const pieces =
    Buffer.from(body)
      .toString('latin1')
      .match(/[^=]+={0,2}/g) ?? []
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')))
}
