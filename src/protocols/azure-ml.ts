/**
 * Azure Machine Learning's scoring scripts, `POST /score`:
 *
 *     {"data": rows}    {"Inputs": {"data": rows} | {name: rows}, "GlobalParameters"?}
 *     {"input_data": rows | {"columns", "index"?, "data"} | {name: column}, "params"?}
 *     → rows, {"result": rows} or {"Results": rows | {name: rows}}; scripts that answer `json.dumps(…)` send any of
 *       these as one JSON text
 */
import type { Call } from '../calls/call.ts'
import type { Parsed } from '../formats/failure.ts'
import { parseJsonText } from '../formats/json.ts'
import { isObject, type JsonObject, objectOf } from '../formats/json-value.ts'
import type { Naming } from '../records/naming.ts'
import { pair, type Side } from '../records/pairing.ts'
import { predictionsSide, rowSide, tensorSide } from '../records/row-side.ts'
import { splitSide } from './mlflow.ts'
import type { Protocol } from './protocol.ts'

export const azureMl: Protocol = {
  name: 'azure-ml',
  summary: 'Azure Machine Learning: `/score` with `data`, `Inputs` or `input_data`',

  recognise(call) {
    return bodyOf(call) === undefined ? undefined : { operation: 'predict', model: '', version: '' }
  },

  decode(call, batch) {
    const { featureNames, predictionNames } = call.settings
    const body = bodyOf(call)
    const features: Side =
      body === undefined ? { failure: 'shape-unknown' } : requestSide(body, { name: '', names: featureNames })
    const naming = { name: '', names: predictionNames }
    return pair(batch, features, answerSide(call.responseJson(), naming, features.rows))
  },
}

/** `undefined` for other calls; the path alone is not sufficient. */
function bodyOf(call: Call): JsonObject | undefined {
  if (call.exchange.method !== 'POST' || !call.path.endsWith('/score')) return undefined
  const body = objectOf(call.requestJson())
  if (body === undefined) return undefined
  const { data, input_data: inputData, Inputs: inputs, columns } = body
  // With a header beside it, the data is a table of another API.
  if ((inputData ?? inputs) !== undefined) return body
  return Array.isArray(data) && !Array.isArray(columns) && !isSomebodyElses(call) ? body : undefined
}

/** `{"data": rows}` to `/score` is sent to many servers; Azure's scripts do not answer with several members. */
function isSomebodyElses(call: Call): boolean {
  if (call.exchange.outcome !== 'success') return call.route?.learner.state === 'understood'
  const answer = objectOf(call.responseJson())
  if (answer === undefined || 'result' in answer || 'Results' in answer) return false
  if ('data' in answer) return true
  return !Array.isArray(onlyList(answer))
}

function requestSide({ data, input_data: inputData, Inputs: inputs }: JsonObject, naming: Naming): Side {
  if (Array.isArray(data)) return rowSide(data, naming)
  if (inputs !== undefined) return rowsSide(onlyList(inputs), naming)
  if (isObject(inputData) && Array.isArray(inputData['data'])) return splitSide(inputData, naming.names)
  return tensorSide(inputData, naming)
}

function rowsSide(rows: unknown, naming: Naming): Side {
  return Array.isArray(rows) ? rowSide(rows, naming) : { failure: 'shape-unknown' }
}

/** The list itself, or the only list below a user-defined name. */
function onlyList(value: unknown): unknown {
  if (!isObject(value)) return value
  const lists = Object.values(value).filter((member) => Array.isArray(member))
  return lists.length === 1 ? lists[0] : value
}

function answerSide(parsed: Parsed, naming: Naming, requestRows: number | undefined): Side {
  if ('failure' in parsed) return parsed
  const { value } = typeof parsed.value === 'string' ? textValue(parsed.value) : parsed
  const { Results = value, result = Results } = isObject(value) ? value : {}
  return predictionsSide(onlyList(result), naming, requestRows)
}

/** JSON in a text, or the text. */
function textValue(text: string): { readonly value: unknown } {
  const parsed = parseJsonText(text)
  return 'value' in parsed ? parsed : { value: text }
}
