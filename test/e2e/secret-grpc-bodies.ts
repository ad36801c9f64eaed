/**
 * gRPC bodies of the inference protocols with texts in every position, written with a protobuf library and not with
 * the product's own reader.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

type Write = (message: BinaryWriter) => unknown

const message = (write: Write): Buffer => {
  const writer = new BinaryWriter()
  write(writer)
  return Buffer.from(writer.finish())
}
const text = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).string(value)
const inner = (writer: BinaryWriter, field: number, write: Write): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).bytes(message(write))
const integer = (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
  writer.tag(field, WireType.Varint).int64(value)
const entry = (writer: BinaryWriter, field: number, key: string, write: Write): BinaryWriter =>
  inner(writer, field, (pair) => inner(text(pair, 1, key), 2, write))

/** A unary call: what the client sends and what the server answers. */
export interface GrpcBodies {
  readonly path: string
  readonly request: Buffer
  readonly response: Buffer
}

/** Texts of one call; the same body has them as values, or as names where `name` gives them. */
export interface Texts {
  readonly value: () => string
  readonly name: (usual: string) => string
}

const tensorV2 = (writer: BinaryWriter, name: string, value: string | undefined): BinaryWriter => {
  integer(text(text(writer, 1, name), 2, 'BYTES'), 3, 1)
  return value === undefined ? writer : inner(writer, 5, (contents) => text(contents, 8, value))
}
const rawText = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Open Inference Protocol: typed contents in one call, raw contents in the other. */
export function openInference({ value, name }: Texts, isRaw: boolean): GrpcBodies {
  const tensors = (writer: BinaryWriter, field: number, rawField: number): void => {
    const values = [value(), value()]
    for (const [place, each] of values.entries())
      inner(writer, field, (tensor) => tensorV2(tensor, name(`t${place}`), isRaw ? undefined : each))
    if (isRaw) for (const each of values) writer.tag(rawField, WireType.LengthDelimited).bytes(rawText(each))
  }
  const model = name(isRaw ? 'raw' : 'typed')
  return {
    path: '/inference.GRPCInferenceService/ModelInfer',
    request: message((writer) => {
      text(text(writer, 1, model), 3, value())
      entry(writer, 4, name('user'), (parameter) => text(parameter, 3, value()))
      tensors(writer, 5, 7)
    }),
    response: message((writer) => {
      text(text(writer, 1, model), 3, value())
      tensors(writer, 5, 6)
    }),
  }
}

const modelSpec = (writer: BinaryWriter, field: number, name: string): BinaryWriter =>
  inner(writer, field, (spec) => text(text(spec, 1, name), 3, 'serving_default'))
const DT_STRING = 7
const tensorProto =
  (value: string): Write =>
  (tensor) => {
    inner(integer(tensor, 1, DT_STRING), 2, (shape) =>
      inner(shape, 2, (dimension) => integer(dimension, 1, 1)),
    )
    text(tensor, 8, value)
  }

/** TensorFlow Serving, `Predict`: maps of tensors by name. */
export function tensorFlowPredict({ value, name }: Texts): GrpcBodies {
  const model = name('tensorflow')
  return {
    path: '/tensorflow.serving.PredictionService/Predict',
    request: message((writer) => {
      modelSpec(writer, 1, model)
      entry(writer, 2, name('who'), tensorProto(value()))
      entry(writer, 2, name('note'), tensorProto(value()))
    }),
    response: message((writer) => {
      entry(writer, 1, name('label'), tensorProto(value()))
      modelSpec(writer, 2, model)
    }),
  }
}

/** TensorFlow Serving, `Classify`: examples by feature name, answered by labels with scores. */
export function tensorFlowClassify({ value, name }: Texts): GrpcBodies {
  const model = name('classify')
  const bytesFeature =
    (content: string): Write =>
    (feature) =>
      inner(feature, 1, (list) => text(list, 1, content))
  const label = (writer: BinaryWriter, score: number): BinaryWriter =>
    inner(writer, 1, (one) => text(one, 1, value()).tag(2, WireType.Bit32).float(score))
  return {
    path: '/tensorflow.serving.PredictionService/Classify',
    request: message((writer) => {
      modelSpec(writer, 1, model)
      inner(writer, 2, (input) =>
        inner(input, 1, (list) =>
          inner(list, 1, (example) =>
            inner(example, 1, (features) => {
              entry(features, 1, name('who'), bytesFeature(value()))
              entry(features, 1, name('note'), bytesFeature(value()))
            }),
          ),
        ),
      )
    }),
    response: message((writer) => {
      inner(writer, 1, (result) => inner(result, 1, (classes) => label(label(classes, 0.75), 0.25)))
      modelSpec(writer, 2, model)
    }),
  }
}

/** Seldon Core's first protocol: names and a list of lists. */
export function seldon({ value, name }: Texts): GrpcBodies {
  const body = (): Buffer =>
    message((writer) => {
      inner(writer, 2, (meta) => text(meta, 1, value()))
      inner(writer, 3, (data) => {
        text(text(data, 1, name('who')), 1, name('note'))
        inner(data, 3, (rows) =>
          inner(rows, 1, (row) =>
            inner(row, 6, (cells) => {
              for (let cell = 0; cell < 2; cell += 1) inner(cells, 1, (each) => text(each, 3, value()))
            }),
          ),
        )
      })
    })
  return { path: '/seldon.protos.Seldon/Predict', request: body(), response: body() }
}
