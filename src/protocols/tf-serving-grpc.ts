/**
 * TensorFlow Serving over gRPC, `tensorflow.serving.PredictionService`:
 *
 *     PredictRequest   model_spec 1, inputs 2 (map of TensorProto)    PredictResponse  outputs 1, model_spec 2
 *     Classify-, RegressionRequest   model_spec 1, input 2 {example_list 1 | example_list_with_context 2}
 *     ClassificationResponse  result 1 {classifications 1 {classes 1 {label 1, score 2}}}, model_spec 2
 *     RegressionResponse      result 1 {regressions 1 {value 1}}, model_spec 2
 *     ModelSpec  name 1, version 2 {value 1}, version_label 4
 */
import { writeTopClass } from './class-scores.ts'
import { textOrBytes } from './datatype.ts'
import { grpcRequest, grpcResponse, isGrpc, type GrpcBody } from './grpc-call.ts'
import { pair, type Side } from './pairing.ts'
import { readProtobuf, type ProtobufMessage } from './protobuf.ts'
import type { Protocol } from './protocol.ts'
import { rowSide } from './row-side.ts'
import { tensorsSide } from './tensor.ts'
import { readTensorProto } from './tensor-proto.ts'

const SERVICE = '/tensorflow.serving.PredictionService/'

type Reader = (message: ProtobufMessage, names: readonly string[]) => Side

/** The methods whose messages are rows; `MultiInference` asks several models at once. */
const METHODS: Readonly<Record<string, { readonly request: Reader; readonly response: Reader }>> = {
  Predict: { request: readTensors(2), response: readTensors(1) },
  Classify: { request: readExamples, response: readClassifications },
  Regress: { request: readExamples, response: readRegressions },
}

export const tfServingGrpc: Protocol = {
  name: 'tf-serving-grpc',
  summary: 'TensorFlow Serving over gRPC: `Predict`, `Classify` and `Regress`',

  recognise(call) {
    const { path } = call
    if (!path.startsWith(SERVICE) || !isGrpc(call) || methodOf(path) === undefined) return undefined
    return { operation: 'predict', ...modelOf(grpcRequest(call), 1) }
  },

  decode(call, batch) {
    const { path, settings } = call
    const method = methodOf(path)
    const request = grpcRequest(call)
    const response = grpcResponse(call)
    const result = pair(
      batch,
      side(request, method?.request, settings.featureNames),
      side(response, method?.response, settings.predictionNames),
    )
    const { model, version } = modelOf(response, 2)
    batch.model = model
    batch.version = version
    return result
  },
}

function methodOf(path: string): (typeof METHODS)[string] | undefined {
  const name = path.slice(SERVICE.length)
  return Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
}

function modelOf(
  { messages: [first] }: GrpcBody,
  field: number,
): { readonly model: string; readonly version: string } {
  const spec = first && readProtobuf(first, (message) => specOf(message.message(field)))
  return spec ?? { model: '', version: '' }
}

function specOf(spec: ProtobufMessage | undefined): { readonly model: string; readonly version: string } {
  const number = spec?.message(2)?.int64s(1).at(-1)
  return {
    model: spec?.string(1) ?? '',
    version: number === undefined ? (spec?.string(4) ?? '') : String(number),
  }
}

function side(
  { messages: [first], failure }: GrpcBody,
  read: Reader | undefined,
  names: readonly string[],
): Side {
  if (first === undefined || read === undefined) return { failure: failure ?? 'empty' }
  return readProtobuf(first, (message) => read(message, names)) ?? { failure: 'not-protobuf' }
}

function readTensors(field: number): Reader {
  return (message, names) =>
    tensorsSide(
      message.map(field).map(([name, tensor]) => readTensorProto(name, tensor)),
      names,
    )
}

function readExamples(message: ProtobufMessage, names: readonly string[]): Side {
  const input = message.message(2)
  const inContext = input?.message(2)
  const context = inContext?.message(2)
  const shared = context === undefined ? {} : readExample(context)
  const examples = (inContext ?? input?.message(1))?.messages(1) ?? []
  return rowSide(
    examples.map((example) => ({ ...shared, ...readExample(example) })),
    { name: '', names },
  )
}

/** `tf.Example`: features 1 {feature 1: map of bytes_list 1, float_list 2, int64_list 3}. */
function readExample(example: ProtobufMessage): Readonly<Record<string, unknown>> {
  const features = example.message(1)?.map(1) ?? []
  return Object.fromEntries(features.map(([name, feature]) => [name, readFeature(feature)]))
}

function readFeature(feature: ProtobufMessage): readonly unknown[] {
  const bytes = feature.message(1)
  if (bytes !== undefined) return bytes.all(1).map(textOrBytes)
  const floats = feature.message(2)
  return floats === undefined ? (feature.message(3)?.int64s(1) ?? []) : Array.from(floats.floats(1))
}

function readClassifications(message: ProtobufMessage): Side {
  const results = message.message(1)?.messages(1) ?? []
  const rankings = results.map((result) =>
    result.messages(1).map((entry, index) => {
      const label = entry.string(1)
      return { label: label === '' ? String(index) : label, score: entry.floats(2)[0] ?? 0 }
    }),
  )
  if (rankings.length === 0) return { failure: 'empty' }
  return {
    rows: rankings.length,
    write: (set) => rankings.forEach((ranking, row) => writeTopClass(set, row, set.role, ranking)),
  }
}

function readRegressions(message: ProtobufMessage, names: readonly string[]): Side {
  const results = message.message(1)?.messages(1) ?? []
  const values = results.map((result) => result.floats(1)[0] ?? 0)
  return rowSide(values, { name: '', names })
}
