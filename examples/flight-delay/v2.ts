/** The Open Inference Protocol (V2), JSON without the binary extension: one tensor of shape [rows, 1] a feature. */
import { randomUUID } from 'node:crypto'
import {
  CATEGORICAL_FEATURES,
  type Cell,
  type Columns,
  FEATURES,
  MODEL_NAME,
  MODEL_VERSION,
  NUMERIC_FEATURES,
} from './features.ts'
import type { Predictions } from './model.ts'
import { checkedCell, isObject, RequestError } from './request.ts'

export interface InferRequest {
  readonly id: string
  readonly columns: Columns
  readonly rows: number
  /** Names of the outputs that the client wants. */
  readonly outputs: readonly string[]
}

const OUTPUTS = ['label', 'probability'] as const
const NUMBER_DATATYPES = new Set(['FP32', 'FP64', 'INT64', 'INT32', 'INT16', 'INT8', 'UINT8'])

export const serverMetadata = { name: 'flight-delay-server', version: '1.0.0', extensions: [] as string[] }

export const modelMetadata = {
  name: MODEL_NAME,
  versions: [MODEL_VERSION],
  platform: 'onnx_onnxv1',
  inputs: [
    ...NUMERIC_FEATURES.map((name) => ({ name, datatype: 'FP32', shape: [-1, 1] })),
    ...CATEGORICAL_FEATURES.map((name) => ({ name, datatype: 'BYTES', shape: [-1, 1] })),
  ],
  outputs: [
    { name: 'label', datatype: 'BYTES', shape: [-1, 1] },
    { name: 'probability', datatype: 'FP32', shape: [-1, 1] },
  ],
}

export function readInferRequest(body: unknown): InferRequest {
  if (!isObject(body) || !Array.isArray(body['inputs'])) {
    throw new RequestError(400, 'expected an array "inputs"')
  }
  const columns = new Map<string, Cell[]>()
  for (const input of body['inputs'] as unknown[]) {
    const { name, cells } = readTensor(input)
    columns.set(name, cells)
  }
  const rows = columns.values().next().value?.length ?? 0
  for (const name of FEATURES) {
    const length = columns.get(name)?.length
    if (length === undefined) throw new RequestError(400, `inputs: ${name} is missing`)
    if (length !== rows) throw new RequestError(400, `inputs: ${name} has ${length} rows, others ${rows}`)
  }
  const id = typeof body['id'] === 'string' ? body['id'] : randomUUID()
  return { id, columns, rows, outputs: readOutputs(body['outputs']) }
}

function readTensor(input: unknown): { name: string; cells: Cell[] } {
  if (!isObject(input) || typeof input['name'] !== 'string') {
    throw new RequestError(400, 'inputs: every tensor needs a name')
  }
  const { name, datatype, shape, data } = input
  if (!FEATURES.includes(name)) throw new RequestError(400, `inputs: the model has no input ${name}`)
  const numeric = (NUMERIC_FEATURES as readonly string[]).includes(name)
  if (typeof datatype !== 'string' || !(numeric ? NUMBER_DATATYPES.has(datatype) : datatype === 'BYTES')) {
    throw new RequestError(400, `${name}: datatype ${String(datatype)} does not fit`)
  }
  if (!Array.isArray(data) || !Array.isArray(shape)) {
    throw new RequestError(400, `${name}: expected the arrays "shape" and "data"`)
  }
  const flat = data.flat() as unknown[]
  const elements = (shape as unknown[]).reduce<number>((product, length) => product * Number(length), 1)
  if (shape.length > 2 || (shape.length === 2 && shape[1] !== 1) || elements !== flat.length) {
    throw new RequestError(400, `${name}: shape [${shape.join(', ')}] does not fit ${flat.length} values`)
  }
  return { name, cells: flat.map((value, row) => checkedCell(name, value, `${name}[${row}]`)) }
}

function readOutputs(requested: unknown): readonly string[] {
  if (requested === undefined) return OUTPUTS
  if (!Array.isArray(requested)) throw new RequestError(400, 'outputs: expected an array')
  return requested.map((output: unknown) => {
    const name = isObject(output) ? output['name'] : undefined
    if (typeof name === 'string' && (OUTPUTS as readonly string[]).includes(name)) return name
    throw new RequestError(400, `outputs: the model has no output ${String(name)}`)
  })
}

export function writeInferResponse(
  request: InferRequest,
  { labels, probabilities }: Predictions,
): Readonly<Record<string, unknown>> {
  const tensors: Readonly<Record<string, { datatype: string; data: readonly unknown[] }>> = {
    label: { datatype: 'BYTES', data: labels },
    probability: { datatype: 'FP32', data: probabilities },
  }
  return {
    model_name: MODEL_NAME,
    model_version: MODEL_VERSION,
    id: request.id,
    outputs: request.outputs.map((name) => ({ name, shape: [request.rows, 1], ...tensors[name] })),
  }
}
