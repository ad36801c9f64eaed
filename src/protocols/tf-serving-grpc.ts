/**
 * TensorFlow Serving over gRPC, `tensorflow.serving.PredictionService`:
 *
 *     PredictRequest   model_spec 1, inputs 2 (map of TensorProto)    PredictResponse  outputs 1, model_spec 2
 *     Classify-, RegressionRequest   model_spec 1, input 2 {example_list 1 | example_list_with_context 2}
 *     ClassificationResponse  result 1 {classifications 1 {classes 1 {label 1, score 2}}}, model_spec 2
 *     RegressionResponse      result 1 {regressions 1 {value 1}}, model_spec 2
 *     MultiInferenceRequest   tasks 1 {model_spec 1, method_name 2}, input 2
 *     MultiInferenceResponse  results 1 {model_spec 1, classification_result 2 | regression_result 3}
 *     ModelSpec  name 1, version 2 {value 1}, signature_name 3, version_label 4
 */
import { type GrpcBody, grpcRequest, grpcResponse, isGrpc } from '../calls/grpc-call.ts'
import { textOrBytes } from '../formats/datatype.ts'
import { type ProtobufMessage, readProtobuf } from '../formats/protobuf.ts'
import { writeTopClass } from '../records/class-scores.ts'
import { nameOr, type Naming } from '../records/naming.ts'
import { pair, type Side } from '../records/pairing.ts'
import { rowSide, sharedRowSide } from '../records/row-side.ts'
import { tensorsSide } from '../records/tensor.ts'
import { newRoom, readTensorProto } from '../records/tensor-proto.ts'
import type { Protocol } from './protocol.ts'

const SERVICE = '/tensorflow.serving.PredictionService/'

type Reader = (message: ProtobufMessage, names: readonly string[]) => Side
type FindSpec = (message: ProtobufMessage) => ProtobufMessage | undefined

interface Method {
  readonly request: Reader
  readonly response: Reader
  /** Position of the ModelSpec, if not field 1 of the request and 2 of the response. */
  readonly specOfRequest?: FindSpec
  readonly specOfResponse?: FindSpec
}

/** Methods with rows in their messages; `MultiInference` calls several signatures of a model with the same rows. */
const METHODS: Readonly<Record<string, Method>> = {
  Predict: { request: readTensors(2), response: readTensors(1) },
  Classify: { request: readExamples, response: readClassifications },
  Regress: { request: readExamples, response: readRegressions },
  MultiInference: {
    request: readExamples,
    response: readResults,
    // All of its tasks must be for the same model.
    specOfRequest: (message) => message.messages(1)[0]?.message(1),
    specOfResponse: (message) => message.messages(1)[0]?.message(1),
  },
}

export const tfServingGrpc: Protocol = {
  name: 'tf-serving-grpc',
  summary: 'TensorFlow Serving over gRPC: `Predict`, `Classify`, `Regress` and `MultiInference`',

  recognise(call) {
    const { path } = call
    const method = path.startsWith(SERVICE) && isGrpc(call) ? methodOf(path) : undefined
    if (method === undefined) return undefined
    const findSpec = method.specOfRequest ?? ((message) => message.message(1))
    return { operation: 'predict', ...modelOf(grpcRequest(call), findSpec) }
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
    const { model, version } = modelOf(response, method?.specOfResponse ?? ((message) => message.message(2)))
    batch.model = model
    batch.version = version
    return result
  },
}

function methodOf(path: string): Method | undefined {
  const name = path.slice(SERVICE.length)
  return Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
}

function modelOf(
  { messages: [first] }: GrpcBody,
  findSpec: FindSpec,
): { readonly model: string; readonly version: string } {
  const spec = first && readProtobuf(first, (message) => specOf(findSpec(message)))
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
  return (message, names) => {
    const room = newRoom()
    return tensorsSide(
      message.map(field).map(([name, tensor]) => readTensorProto(name, tensor, room)),
      names,
    )
  }
}

function readExamples(message: ProtobufMessage, names: readonly string[]): Side {
  const input = message.message(2)
  const inContext = input?.message(2)
  const context = inContext?.message(2)
  const shared = context === undefined ? {} : readExample(context)
  const examples = (inContext ?? input?.message(1))?.messages(1) ?? []
  return sharedRowSide(shared, examples.map(readExample), { name: '', names })
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
  return classificationsSide(message.message(1), '')
}

function readRegressions(message: ProtobufMessage, names: readonly string[]): Side {
  return regressionsSide(message.message(1), { name: '', names })
}

/** The columns of each result have the name of its signature. */
function readResults(message: ProtobufMessage): Side {
  const sides = message.messages(1).map((result) => {
    const name = result.message(1)?.string(3) ?? ''
    const classified = result.message(2)
    return classified === undefined
      ? regressionsSide(result.message(3), { name, names: [] })
      : classificationsSide(classified, name)
  })
  const [first] = sides
  if (first?.rows === undefined) return first ?? { failure: 'empty' }
  const rest = sides.map((side) => (side.rows === first.rows ? side.write : undefined))
  if (!rest.every((write) => write !== undefined)) return { failure: 'rows-unequal' }
  return { rows: first.rows, write: (set) => rest.forEach((write) => write(set)) }
}

/** `ClassificationResult`. */
function classificationsSide(result: ProtobufMessage | undefined, name: string): Side {
  const rankings = (result?.messages(1) ?? []).map((classes) =>
    classes.messages(1).map((entry, index) => {
      const label = entry.string(1)
      return { label: label === '' ? String(index) : label, score: entry.floats(2)[0] ?? 0 }
    }),
  )
  if (rankings.length === 0) return { failure: 'empty' }
  return {
    rows: rankings.length,
    write: (set) => rankings.forEach((ranking, row) => writeTopClass(set, row, nameOr(set, name), ranking)),
  }
}

/** `RegressionResult`. */
function regressionsSide(result: ProtobufMessage | undefined, naming: Naming): Side {
  return rowSide(
    (result?.messages(1) ?? []).map((value) => value.floats(1)[0] ?? 0),
    naming,
  )
}
