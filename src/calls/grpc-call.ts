/** The messages of both directions of a gRPC call. */
import { grpcMessages } from '../observe/grpc.ts'
import type { Message } from '../observe/exchange.ts'
import type { Call } from './call.ts'
import type { Failure } from '../formats/failure.ts'

export interface GrpcBody {
  /** As many as could be read. */
  readonly messages: readonly Uint8Array[]
  /** Why there are no more. */
  readonly failure: Failure | undefined
}

/** Whether a call may be gRPC; the path still has to say of which service. */
export function isGrpc({ exchange }: Call): boolean {
  return exchange.request.header('content-type')?.startsWith('application/grpc') === true
}

export function grpcRequest({ exchange, settings }: Call): GrpcBody {
  return read(exchange.request, settings.maxBodyBytes)
}

export function grpcResponse({ exchange, settings }: Call): GrpcBody {
  return read(exchange.response, settings.maxBodyBytes)
}

function read({ body, header, truncated }: Message, maxBytes: number): GrpcBody {
  const { messages, ...rest } = grpcMessages(body, header('grpc-encoding'), maxBytes)
  const failure = rest.failure ?? (truncated || rest.truncated ? 'truncated' : undefined)
  return { messages, failure: failure ?? (messages.length === 0 ? 'empty' : undefined) }
}
