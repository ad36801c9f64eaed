/** Rows as requests of either protocol, and the ways in which real clients get them wrong. */
import { CATEGORICAL_FEATURES, FEATURES, MODEL_NAME, NUMERIC_FEATURES } from './features.ts'
import type { Row } from './rows.ts'

export interface ModelRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

const V1_PATH = `/v1/models/${MODEL_NAME}:predict`
const V2_PATH = `/v2/models/${MODEL_NAME}/infer`

const post = (path: string, body: unknown): ModelRequest => ({
  method: 'POST',
  path,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

export const v1Request = (rows: readonly Row[]): ModelRequest => post(V1_PATH, { instances: rows })

/** Without an `id` the server would make one, and a label would have to name that. */
export const v2Request = (rows: readonly Row[], id?: string): ModelRequest =>
  post(V2_PATH, { id, inputs: tensors(rows) })

function tensors(rows: readonly Row[]) {
  const tensor = (datatype: string) => (name: string) => ({
    name,
    datatype,
    shape: [rows.length, 1],
    data: rows.map((row) => row[name]),
  })
  return [...NUMERIC_FEATURES.map(tensor('FP32')), ...CATEGORICAL_FEATURES.map(tensor('BYTES'))]
}

/** One of five mistakes, drawn with `random`; the server refuses each with 400 or 404. */
export function malformedRequest(row: Row, random: () => number): ModelRequest {
  const mistakes: readonly (() => ModelRequest)[] = [
    () => post(V1_PATH, JSON.stringify({ instances: [row] }).slice(0, -3)),
    () => post(V1_PATH, { instances: [{ ...row, distance_miles: 'far' }] }),
    () =>
      post(V1_PATH, { instances: [Object.fromEntries(FEATURES.slice(1).map((name) => [name, row[name]]))] }),
    () => post(V2_PATH, { inputs: tensors([row]).map((tensor) => ({ ...tensor, shape: [2, 1] })) }),
    () => post('/v1/models/flight-delays:predict', { instances: [row] }),
  ]
  const mistake = mistakes[Math.floor(random() * mistakes.length)]
  return mistake === undefined ? v1Request([row]) : mistake()
}
