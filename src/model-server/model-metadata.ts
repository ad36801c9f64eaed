/**
 * Parses V2 model metadata, `GET /v2/models/{model}[/versions/{version}]`: names, datatypes and shapes. A body with one
 * raw tensor carries none of these.
 */
import type { ModelMetadata, TensorMetadata } from '../calls/tensor-metadata.ts'
import { isDatatype } from '../formats/datatype.ts'
import { isObject } from '../formats/json-value.ts'

/** The parsed metadata; `undefined` for other documents. */
export function readModelMetadata(document: unknown): ModelMetadata | undefined {
  if (!isObject(document)) return undefined
  const inputs = readTensors(document['inputs'])
  const outputs = readTensors(document['outputs'])
  return inputs === undefined || outputs === undefined ? undefined : { inputs, outputs }
}

function readTensors(entries: unknown): TensorMetadata[] | undefined {
  if (!Array.isArray(entries)) return undefined
  const tensors = entries.map((entry: unknown) => {
    if (!isObject(entry)) return undefined
    const { name, datatype, shape } = entry
    if (typeof name !== 'string' || !isDatatype(datatype) || !Array.isArray(shape)) return undefined
    const dimensions = shape.map(Number)
    return dimensions.every(Number.isSafeInteger) ? { name, datatype, shape: dimensions } : undefined
  })
  return tensors.every((tensor) => tensor !== undefined) ? tensors : undefined
}
