/**
 * Open Inference Protocol, version 2, over REST (KServe V2, Triton, MLServer, OpenVINO Model Server):
 *
 *     POST /v2/models/{model}[/versions/{version}]/infer
 *     {"inputs":  [{"name", "shape": [rows, …], "datatype", "data": flat or nested, row-major}]}
 *     {"outputs": [the same], "model_name", "model_version"}
 *
 * The first dimension of every tensor is the rows. With the binary tensor extension the JSON is followed by the data of
 * those tensors that have a `binary_data_size`, in their order.
 */
import type { Call } from '../calls/call.ts'
import { isDatatype, readElements, sizeOfElement, textOrBytes } from '../formats/datatype.ts'
import type { Decoded, Parsed } from '../formats/failure.ts'
import { parseJson, parseJsonText } from '../formats/json.ts'
import { isObject, textOf } from '../formats/json-value.ts'
import { pathSegment } from '../formats/path.ts'
import { pair, type Side } from '../records/pairing.ts'
import { shapeOf, sizeOf, type TensorOrFailure, tensorsSide } from '../records/tensor.ts'
import type { Protocol } from './protocol.ts'

const PATH = /^(?:\/[^/]+)*\/v2\/models\/(?<model>[^/]+)(?:\/versions\/(?<version>[^/]+))?\/infer$/
/** The length of the JSON before the binary data; 0 when the whole body is one raw tensor. */
const JSON_LENGTH_HEADER = 'inference-header-content-length'

export const oipV2: Protocol = {
  name: 'oip-v2',
  summary: 'Open Inference Protocol V2 over REST: `/v2/models/{model}/infer`, JSON and binary tensors',

  recognise({ exchange, path }) {
    if (exchange.method !== 'POST' || !path.endsWith('/infer')) return undefined
    const groups = PATH.exec(path)?.groups
    if (groups === undefined) return undefined
    return {
      operation: 'predict',
      model: pathSegment(groups['model']),
      version: pathSegment(groups['version']),
    }
  },

  decode(call, batch) {
    const { exchange, settings } = call
    const request = split(call.requestBytes, call.requestJson, exchange.request.header(JSON_LENGTH_HEADER))
    const response = split(
      call.responseBytes,
      call.responseJson,
      exchange.response.header(JSON_LENGTH_HEADER),
    )
    const features = request.isRaw
      ? rawSide(request, call)
      : tensors(request, 'inputs', settings.featureNames)
    const result = pair(batch, features, tensors(response, 'outputs', settings.predictionNames))
    if ('value' in response.json && isObject(response.json.value)) {
      batch.model = textOf(response.json.value['model_name'])
      batch.version = textOf(response.json.value['model_version'])
    }
    return result
  },
}

interface Body {
  readonly json: Parsed
  /** The bytes after the JSON. */
  readonly binary: Uint8Array
  /** The whole body is one tensor. */
  readonly isRaw?: boolean
}

const NOTHING = new Uint8Array(0)

function split(bytes: () => Decoded, json: () => Parsed, jsonLength: string | undefined): Body {
  if (jsonLength === undefined) return { json: json(), binary: NOTHING }
  const body = bytes()
  if ('failure' in body) return { json: body, binary: NOTHING }
  const length = Number(jsonLength)
  if (!Number.isSafeInteger(length) || length < 0 || length > body.bytes.length)
    return { json: { failure: 'shape-unknown' }, binary: NOTHING }
  // A raw tensor has no name, type or shape on the wire.
  if (length === 0) return { json: { failure: 'opaque' }, binary: body.bytes, isRaw: true }
  return { json: parseJson(body.bytes.subarray(0, length)), binary: body.bytes.subarray(length) }
}

function tensors({ json, binary }: Body, key: 'inputs' | 'outputs', names: readonly string[]): Side {
  if ('failure' in json) return json
  if (!isObject(json.value)) return { failure: 'shape-unknown' }
  const entries = json.value[key]
  if (!Array.isArray(entries)) return { failure: 'shape-unknown' }
  let at = 0
  const read = entries.map((entry: unknown): TensorOrFailure => {
    const size = binarySize(entry)
    if (size === undefined) return readTensor(entry)
    const data = binary.subarray(at, at + size)
    at += size
    return readTensor(entry, data)
  })
  return tensorsSide(read, names)
}

/** The only input of a model with known metadata in which at most the number of rows is open. */
function rawSide({ binary, json }: Body, call: Call): Side {
  const unknown: Side = 'failure' in json ? json : { failure: 'opaque' }
  const groups = PATH.exec(call.path)?.groups
  const model = pathSegment(groups?.['model'])
  const metadata = call.settings.findMetadata?.(model, pathSegment(groups?.['version']))
  const [input, ...others] = metadata?.inputs ?? []
  if (input === undefined || others.length > 0) return unknown
  const { name, datatype, shape } = input
  // A single element; the body's length gives its length.
  if (datatype === 'BYTES')
    return tensorsSide([{ name, datatype, shape: [1], values: [textOrBytes(binary)] }], [])
  const width = sizeOf(shape.slice(1))
  const count = binary.length / sizeOfElement(datatype)
  const rows = count / width
  if (width <= 0 || !Number.isSafeInteger(rows)) return { failure: 'shape-mismatch' }
  const values = readElements(datatype, binary, count)
  if (values === undefined) return { failure: 'shape-mismatch' }
  const tensor = { name, datatype, shape: [rows, ...shape.slice(1)], values }
  return tensorsSide([tensor], call.settings.featureNames)
}

function binarySize(entry: unknown): number | undefined {
  if (!isObject(entry) || !isObject(entry['parameters'])) return undefined
  const size = entry['parameters']['binary_data_size']
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined
}

/** One entry of `inputs` or `outputs`, with its data in the JSON or separate. */
function readTensor(entry: unknown, binary?: Uint8Array): TensorOrFailure {
  if (!isObject(entry)) return { failure: 'shape-unknown' }
  const { name = '', datatype, data } = entry
  if (isInSharedMemory(entry['parameters'])) return { failure: 'opaque' }
  const shape = shapeOf(entry['shape'])
  if (typeof name !== 'string' || shape === undefined) return { failure: 'shape-unknown' }
  if (!isDatatype(datatype)) return { failure: 'type-unsupported' }
  if (binary !== undefined) {
    const values = readElements(datatype, binary, sizeOf(shape))
    return values === undefined ? { failure: 'shape-mismatch' } : { name, datatype, shape, values }
  }
  if (!Array.isArray(data)) return { failure: 'shape-unknown' }
  const values = Array.isArray(data[0]) ? flatten(data) : data
  const read = datatype === 'BYTES' ? READERS.get(contentTypeOf(entry['parameters'])) : undefined
  return { name, datatype, shape, values: read === undefined ? values : Array.from(values, read) }
}

/** Content types that MLServer assigns to texts of a tensor. */
const READERS: ReadonlyMap<unknown, (text: unknown) => unknown> = new Map([
  ['base64', readBase64],
  ['pillow_image', readBase64],
  ['hg_json', readJson],
  ['hg_jsonlist', readJson],
])

function contentTypeOf(parameters: unknown): unknown {
  return isObject(parameters) ? parameters['content_type'] : undefined
}

function readBase64(text: unknown): unknown {
  return { b64: text }
}

function readJson(text: unknown): unknown {
  const parsed = typeof text === 'string' ? parseJsonText(text) : { value: text }
  return 'value' in parsed ? parsed.value : text
}

/** Data in memory shared by client and server is not on the wire. */
function isInSharedMemory(parameters: unknown): boolean {
  return isObject(parameters) && parameters['shared_memory_region'] !== undefined
}

const MAX_DIMENSIONS = 16

function flatten(data: readonly unknown[]): ArrayLike<unknown> {
  const numbers = flattenNumbers(data)
  if (numbers !== undefined) return numbers
  const flat: unknown[] = []
  fill(flat, data, { at: 0, depth: 1 })
  return flat
}

/**
 * A table of numbers only, the usual form of nested data (measured: all of decoding from 2.2 to 1.3 times
 * `JSON.parse`).
 */
function flattenNumbers(data: readonly unknown[]): Float64Array | undefined {
  const width = Array.isArray(data[0]) ? data[0].length : 0
  // Checked before allocation, so that a long first row does not determine the size of all others.
  if (!data.every((row) => Array.isArray(row) && row.length === width)) return undefined
  const flat = new Float64Array(data.length * width)
  for (let row = 0, at = 0; row < data.length; row += 1, at += width) {
    const cells = data[row] as readonly unknown[]
    for (let index = 0; index < width; index += 1) {
      const value = cells[index]
      if (typeof value !== 'number') return undefined
      flat[at + index] = value
    }
  }
  return flat
}

/** Returns the position after the last value. */
function fill(
  flat: unknown[],
  data: readonly unknown[],
  { at, depth }: { at: number; depth: number },
): number {
  let next = at
  for (let index = 0; index < data.length; index += 1) {
    const value = data[index]
    if (typeof value === 'object' && Array.isArray(value) && depth < MAX_DIMENSIONS)
      next = fill(flat, value, { at: next, depth: depth + 1 })
    else flat[next++] = value
  }
  return next
}
