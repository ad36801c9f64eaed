/**
 * Seldon Core's first protocol, of its engine and of a model's own wrapper:
 *
 *     POST [/seldon/{namespace}/{deployment}]/api/v1.0/predictions   (also v0.1, and /predict without an engine)
 *     {"data": {"names": […], "ndarray": [[…], …] | "tensor": {"shape": […], "values": […]}}}
 *     {"jsonData": …} | {"strData": "…"} | {"binData": "…"}
 *
 * Older clients post the JSON as the field `json` of a form. The response has the same form; for classifiers its `names` are the classes.
 */
import type { Call } from '../calls/call.ts'
import type { Parsed } from '../formats/failure.ts'
import { parseJsonText } from '../formats/json.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../formats/json-value.ts'
import { multipartParts } from '../formats/multipart.ts'
import { pathSegment } from '../formats/path.ts'
import { givenName } from '../records/naming.ts'
import { pair, type Side } from '../records/pairing.ts'
import { rowSide } from '../records/row-side.ts'
import { shapeOf, tensorsSide } from '../records/tensor.ts'
import type { Protocol } from './protocol.ts'

const PATH = /^(?:\/seldon\/[^/]+\/(?<deployment>[^/]+))?\/api\/v(?:0\.1|1\.0)\/(?:predictions|explanations)$/

export const seldonV1: Protocol = {
  name: 'seldon-v1',
  summary: 'Seldon Core V1: `/api/v1.0/predictions` with `ndarray`, `tensor`, `jsonData` or `strData`',

  recognise(call) {
    const { exchange, path } = call
    if (exchange.method !== 'POST') return undefined
    const match = PATH.exec(path)
    if (match === null)
      return isFromEngine(call) ? { operation: 'predict', model: '', version: '' } : undefined
    return {
      operation: path.endsWith('explanations') ? 'explain' : 'predict',
      model: pathSegment(match.groups?.['deployment']),
      version: '',
    }
  },

  decode(call, batch) {
    const { featureNames, predictionNames } = call.settings
    return pair(batch, side(requestOf(call), featureNames), side(call.responseJson(), predictionNames))
  },
}

/** Seldon's engine calls the model's own wrapper under a generic path. */
function isFromEngine(call: Call): boolean {
  if (call.path !== '/predict') return false
  const { data, jsonData, strData, binData } = objectOf(requestOf(call)) ?? {}
  if (isObject(data)) return ['ndarray', 'tensor', 'tftensor'].some((key) => data[key] !== undefined)
  return (jsonData ?? strData ?? binData) !== undefined
}

function requestOf(call: Call): Parsed {
  return call.once(readRequest)
}

function readRequest(call: Call): Parsed {
  const type = call.exchange.request.header('content-type')
  if (type?.includes('form') !== true) return call.requestJson()
  const body = call.requestBytes()
  if ('failure' in body) return body
  const part = multipartParts(body.bytes, type)?.find(({ name }) => name === 'json')
  const text =
    part === undefined
      ? new URLSearchParams(Buffer.from(body.bytes).toString('utf8')).get('json')
      : Buffer.from(part.bytes).toString('utf8')
  return text === null ? { failure: 'shape-unknown' } : parseJsonText(text)
}

function side(parsed: Parsed, names: readonly string[]): Side {
  if ('failure' in parsed) return parsed
  if (!isObject(parsed.value)) return { failure: 'shape-unknown' }
  const { data, jsonData, strData, binData } = parsed.value
  if (isObject(data)) return dataSide(data, names)
  if (jsonData !== undefined) return seldonJsonSide(jsonData, names)
  if (typeof strData === 'string') return rowSide([strData], { name: '', names })
  if (typeof binData === 'string') return rowSide([{ b64: binData }], { name: '', names })
  return { failure: 'shape-unknown' }
}

function dataSide({ names, ndarray, tensor, tftensor }: JsonObject, configured: readonly string[]): Side {
  const own = Array.isArray(names) && names.length > 0 ? names.map(textOf).map(givenName) : configured
  if (Array.isArray(ndarray)) {
    // A single row may lack the outer array.
    const isOneRow = ndarray.length > 1 && ndarray.length === own.length && !ndarray.some(Array.isArray)
    return rowSide(isOneRow ? [ndarray] : ndarray, { name: '', names: own })
  }
  if (tftensor !== undefined) return { failure: 'type-unsupported' }
  if (!isObject(tensor)) return { failure: 'shape-unknown' }
  const shape = shapeOf(tensor['shape'])
  const { values } = tensor
  if (shape === undefined || !Array.isArray(values)) return { failure: 'shape-unknown' }
  return tensorsSide([{ name: '', datatype: 'FP64', shape, values }], own)
}

/** `jsonData`: rows when it is a list of objects or arrays, otherwise a single row. */
export function seldonJsonSide(data: unknown, names: readonly string[]): Side {
  const isTable = Array.isArray(data) && data.every((row) => typeof row === 'object' && row !== null)
  return rowSide(isTable ? data : [data], { name: '', names })
}
