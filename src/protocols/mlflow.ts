/**
 * MLflow's scoring server and Hugging Face's containers, `POST /invocations`:
 *
 *     {"dataframe_split": {"columns": […], "data": [[…], …]}}    {"dataframe_records": [{…}, …]}
 *     {"instances": rows}    {"inputs": tensor | {name: tensor}}    CSV with a header
 *     {"inputs": "…"}
 *     → {"predictions": rows | {name: column}}, or without this envelope; [{"label", "score"}, …] for a text
 */
import { type Invocation, invocationOf, invocationRecognition } from '../calls/invocations.ts'
import type { Parsed } from '../formats/failure.ts'
import { isObject, type JsonObject, textOf } from '../formats/json-value.ts'
import { givenName } from '../records/naming.ts'
import { pair, type Side } from '../records/pairing.ts'
import { labelledScores, listedScores, rankingsSide } from '../records/ranking.ts'
import { namedRowSide, predictionsSide, rowSide, tensorSide } from '../records/row-side.ts'
import { textTableSide } from '../records/text-table.ts'
import type { Protocol } from './protocol.ts'

export const mlflow: Protocol = {
  name: 'mlflow',
  summary: 'MLflow and Hugging Face: `/invocations` with data frames, tensors, texts or CSV with a header',

  recognise(call) {
    const invocation = invocationOf(call)
    if (invocation?.kind === 'csv') return invocation.hasHeader ? invocationRecognition(call) : undefined
    return invocation?.kind === 'json' && isMlflow(invocation.body) ? invocationRecognition(call) : undefined
  },

  decode(call, batch) {
    const { featureNames, predictionNames } = call.settings
    const invocation = invocationOf(call)
    const features: Side =
      invocation === undefined || invocation.kind === 'other'
        ? failureOf(call.requestJson())
        : featuresSide(invocation, featureNames)
    return pair(batch, features, answerSide(call.responseJson(), predictionNames, features.rows))
  },
}

function isMlflow({
  dataframe_split,
  dataframe_records,
  instances,
  inputs,
  columns,
  data,
}: JsonObject): boolean {
  if (dataframe_split !== undefined || dataframe_records !== undefined) return true
  return instances !== undefined || inputs !== undefined || (columns !== undefined && data !== undefined)
}

function failureOf(parsed: Parsed): Side {
  return 'failure' in parsed ? parsed : { failure: 'shape-unknown' }
}

function featuresSide(invocation: Invocation, names: readonly string[]): Side {
  if (invocation.kind === 'csv') {
    const [header = [], ...rows] = invocation.rows
    return textTableSide(rows, { name: '', names }, header)
  }
  if (invocation.kind !== 'json') return { failure: 'type-unsupported' }
  const { dataframe_split: split, dataframe_records: records, instances, inputs, columns } = invocation.body
  const naming = { name: '', names }
  if (Array.isArray(records)) return rowSide(records, naming)
  if (isObject(split)) return splitSide(split, names)
  if (Array.isArray(instances)) return rowSide(instances, naming)
  if (columns !== undefined) return splitSide(invocation.body, names)
  return typeof inputs === 'string' ? rowSide([inputs], naming) : tensorSide(inputs, naming)
}

/** pandas' orientation "split". */
export function splitSide({ columns, data }: JsonObject, names: readonly string[]): Side {
  if (!Array.isArray(data)) return { failure: 'shape-unknown' }
  return Array.isArray(columns)
    ? namedRowSide(data, columns.map(textOf).map(givenName))
    : rowSide(data, { name: '', names })
}

function answerSide(parsed: Parsed, names: readonly string[], requestRows: number | undefined): Side {
  if ('failure' in parsed) return parsed
  const { predictions = parsed.value } = isObject(parsed.value) ? parsed.value : {}
  return (
    rankedSide(predictions, requestRows) ?? predictionsSide(predictions, { name: '', names }, requestRows)
  )
}

/** All classes of each row, or of a single row. */
function rankedSide(answer: unknown, requestRows: number | undefined): Side | undefined {
  if (!Array.isArray(answer)) return rankingsSide([listedScores(answer)])
  const isOnlyRow = requestRows === 1 && answer.length > 1
  const rows: readonly unknown[] = isOnlyRow ? [answer] : answer
  return rankingsSide(rows.map((row) => labelledScores(row) ?? listedScores(row)))
}
