/**
 * Open Inference Protocol, version 2, over gRPC: `ModelInfer`, and Triton's `ModelStreamInfer`, whose messages are
 * read as one batch. Field numbers are those of `inference.GRPCInferenceService`:
 *
 *     ModelInferRequest   model_name 1, model_version 2, inputs 5, raw_input_contents 7
 *     ModelInferResponse  model_name 1, model_version 2, outputs 5, raw_output_contents 6
 *     tensor              name 1, datatype 2, shape 3, parameters 4, contents 5
 *     contents            bool 1, int 2, int64 3, uint 4, uint64 5, fp32 6, fp64 7, bytes 8
 *     ModelStreamInferResponse  error_message 1, infer_response 2
 */
import type { Call } from '../calls/call.ts'
import { type GrpcBody, grpcRequest, grpcResponse, isGrpc } from '../calls/grpc-call.ts'
import { type Datatype, isDatatype, readElements, textOrBytes } from '../formats/datatype.ts'
import { type ProtobufMessage, readProtobuf } from '../formats/protobuf.ts'
import { pair, type Side } from '../records/pairing.ts'
import { concatenate, sizeOf, type TensorOrFailure, tensorsSide } from '../records/tensor.ts'
import type { Protocol } from './protocol.ts'

const SERVICE = '/inference.GRPCInferenceService/'
const RAW_INPUTS = 7
const RAW_OUTPUTS = 6

export const oipV2Grpc: Protocol = {
  name: 'oip-v2-grpc',
  summary:
    'Open Inference Protocol V2 over gRPC: `ModelInfer` and `ModelStreamInfer`, typed and raw contents',

  recognise(call) {
    const { path } = call
    if (!path.startsWith(SERVICE) || !isGrpc(call)) return undefined
    const method = path.slice(SERVICE.length)
    if (method !== 'ModelInfer' && method !== 'ModelStreamInfer') return undefined
    return { operation: 'predict', ...modelOf(grpcRequest(call)) }
  },

  decode(call, batch) {
    const { settings } = call
    const { requests, answers } = isStream(call)
      ? withoutFailed(grpcRequest(call), grpcResponse(call))
      : { requests: grpcRequest(call), answers: grpcResponse(call) }
    const result = pair(
      batch,
      side(requests, RAW_INPUTS, settings.featureNames),
      side(answers, RAW_OUTPUTS, settings.predictionNames),
    )
    const { model, version } = modelOf(answers)
    batch.model = model
    batch.version = version
    return result
  },

  error(call) {
    if (!isStream(call)) return undefined
    const { messages } = grpcResponse(call)
    const failed = messages.filter(isError).length
    return failed === 0 ? undefined : { outcome: 'server_error', isPartial: failed < messages.length }
  },
}

function isStream({ path }: Call): boolean {
  return path.endsWith('/ModelStreamInfer')
}

/** A message of a stream with an error; the status of the call is still 0. */
function isError(message: Uint8Array): boolean {
  return readProtobuf(message, (envelope) => envelope.string(1) !== '') === true
}

function modelOf({ messages: [first] }: GrpcBody): { readonly model: string; readonly version: string } {
  const named =
    first && readProtobuf(first, (message) => ({ model: message.string(1), version: message.string(2) }))
  return named ?? { model: '', version: '' }
}

interface Stream {
  readonly requests: GrpcBody
  readonly answers: GrpcBody
}

/** Responses of a stream have an envelope. If each request has one, those with errors are left out. */
function withoutFailed(requests: GrpcBody, responses: GrpcBody): Stream {
  const failed = responses.messages.map(isError)
  const inner = responses.messages.flatMap(
    (message) => readProtobuf(message, (envelope) => envelope.all(2)) ?? [],
  )
  const answers = {
    messages: inner,
    failure: responses.failure ?? (inner.length === 0 ? ('empty' as const) : undefined),
  }
  if (requests.messages.length !== failed.length) return { requests, answers }
  return {
    requests: { ...requests, messages: requests.messages.filter((_, place) => failed[place] === false) },
    answers,
  }
}

function side({ messages, failure }: GrpcBody, rawField: number, names: readonly string[]): Side {
  const read = messages.map((bytes) => readProtobuf(bytes, (message) => readTensors(message, rawField)))
  if (!read.every((tensors) => tensors !== undefined)) return { failure: 'not-protobuf' }
  const tensors = concatenate(read)
  if (tensors === undefined) return { failure: failure ?? 'shape-mismatch' }
  const all = tensorsSide(tensors, names)
  return failure === undefined ? all : { ...all, failure }
}

/** Inputs and outputs have the same field number. */
function readTensors(message: ProtobufMessage, rawField: number): TensorOrFailure[] {
  const raw = message.all(rawField)
  // Tensors in shared memory have no entry in the raw contents.
  let next = 0
  return message.messages(5).map((tensor): TensorOrFailure => {
    if (isInSharedMemory(tensor)) return { failure: 'opaque' }
    const name = tensor.string(1)
    const datatype = tensor.string(2)
    const shape = tensor.int64s(3).map(Number)
    if (!isDatatype(datatype)) return { failure: 'type-unsupported' }
    if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return { failure: 'shape-unknown' }
    const bytes = raw.length > 0 ? raw[next++] : undefined
    const values =
      bytes === undefined
        ? typedContents(datatype, tensor.message(5))
        : readElements(datatype, bytes, sizeOf(shape))
    return values === undefined ? { failure: 'shape-mismatch' } : { name, datatype, shape, values }
  })
}

function isInSharedMemory(tensor: ProtobufMessage): boolean {
  return tensor.map(4).some(([key]) => key === 'shared_memory_region')
}

/** `undefined` for FP16 and BF16, which have raw contents only. */
function typedContents(
  datatype: Datatype,
  contents: ProtobufMessage | undefined,
): ArrayLike<unknown> | undefined {
  if (contents === undefined) return []
  switch (datatype) {
    case 'BOOL':
      return contents.bools(1)
    case 'INT8':
    case 'INT16':
    case 'INT32':
      return contents.int32s(2)
    case 'INT64':
      return contents.int64s(3)
    case 'UINT8':
    case 'UINT16':
    case 'UINT32':
      return contents.uint32s(4)
    case 'UINT64':
      return contents.uint64s(5)
    case 'FP32':
      return contents.floats(6)
    case 'FP64':
      return contents.doubles(7)
    case 'BYTES':
      return contents.all(8).map(textOrBytes)
    case 'FP16':
    case 'BF16':
      return undefined
  }
}
