/**
 * Seldon Core's first protocol over gRPC, `seldon.protos.{Seldon,Model}/Predict`: the same message both ways.
 *
 *     SeldonMessage  data 3 {names 1, tensor 2 {shape 1, values 2}, ndarray 3, tftensor 4}, binData 4, strData 5, jsonData 6
 *     ndarray and jsonData are google.protobuf.ListValue and Value
 *
 * The deployment's name is in the metadata, where Seldon's ingress routes by it.
 */
import { type GrpcBody, grpcRequest, grpcResponse, isGrpc } from '../calls/grpc-call.ts'
import { textOrBytes } from '../formats/datatype.ts'
import { type ProtobufMessage, readProtobuf } from '../formats/protobuf.ts'
import { readListValue, readValue } from '../formats/struct-value.ts'
import { givenName } from '../records/naming.ts'
import { pair, type Side } from '../records/pairing.ts'
import { rowSide } from '../records/row-side.ts'
import { tensorsSide } from '../records/tensor.ts'
import { newRoom, readTensorProto } from '../records/tensor-proto.ts'
import type { Protocol } from './protocol.ts'
import { seldonJsonSide } from './seldon-v1.ts'

const PATH =
  /^\/seldon\.protos\.(?:Seldon|Model|Generic|Transformer|OutputTransformer)\/(?:Predict|TransformInput|TransformOutput)$/

export const seldonV1Grpc: Protocol = {
  name: 'seldon-v1-grpc',
  summary: 'Seldon Core V1 over gRPC: `seldon.protos.Seldon/Predict`',

  recognise(call) {
    if (!PATH.test(call.path) || !isGrpc(call)) return undefined
    return { operation: 'predict', model: call.exchange.request.header('seldon') ?? '', version: '' }
  },

  decode(call, batch) {
    const { featureNames, predictionNames } = call.settings
    return pair(batch, side(grpcRequest(call), featureNames), side(grpcResponse(call), predictionNames))
  },
}

function side({ messages: [first], failure }: GrpcBody, names: readonly string[]): Side {
  if (first === undefined) return { failure: failure ?? 'empty' }
  return readProtobuf(first, (message) => messageSide(message, names)) ?? { failure: 'not-protobuf' }
}

function messageSide(message: ProtobufMessage, names: readonly string[]): Side {
  const data = message.message(3)
  if (data !== undefined) return dataSide(data, names)
  const text = message.bytes(5)
  if (text !== undefined) return rowSide([textOrBytes(text)], { name: '', names })
  const bytes = message.bytes(4)
  if (bytes !== undefined) return rowSide([bytes], { name: '', names })
  const json = message.message(6)
  return json === undefined ? { failure: 'shape-unknown' } : seldonJsonSide(readValue(json), names)
}

function dataSide(data: ProtobufMessage, configured: readonly string[]): Side {
  const own = data.all(1).map((name) => Buffer.from(name).toString('utf8'))
  const names = own.length > 0 ? own.map(givenName) : configured
  const list = data.message(3)
  if (list !== undefined) return rowSide(readListValue(list), { name: '', names })
  const tensorFlow = data.message(4)
  if (tensorFlow !== undefined) return tensorsSide([readTensorProto('', tensorFlow, newRoom())], names)
  const tensor = data.message(2)
  if (tensor === undefined) return { failure: 'shape-unknown' }
  const shape = tensor.int32s(1)
  if (!shape.every((size) => size >= 0)) return { failure: 'shape-unknown' }
  return tensorsSide([{ name: '', datatype: 'FP64', shape, values: tensor.doubles(2) }], names)
}
