/**
 * TorchServe, `POST /predictions/{model}[/{version}]`. Handlers define their own formats; the usual ones are:
 *
 *     a file, raw or as a form's part       its size
 *     text                                  its length
 *     {"instances": rows} | {"data": …} | rows | one object
 *     → {label: probability, …} best first | a list of answers, one a row | anything
 */
import { bodyText } from '../calls/body-text.ts'
import type { Call } from '../calls/call.ts'
import { mediaType } from '../calls/invocations.ts'
import { textOrBytes } from '../formats/datatype.ts'
import type { Failure } from '../formats/failure.ts'
import { isObject, type JsonObject } from '../formats/json-value.ts'
import { multipartParts } from '../formats/multipart.ts'
import { pathSegment } from '../formats/path.ts'
import type { Naming } from '../records/naming.ts'
import { pair, type Side } from '../records/pairing.ts'
import { type Ranking, rankingsSide } from '../records/ranking.ts'
import { rowSide } from '../records/row-side.ts'
import type { Protocol } from './protocol.ts'

const PATH = /^\/(?<verb>predictions|explanations)\/(?<model>[^/]+)(?:\/(?<version>[^/]+))?$/

export const torchserve: Protocol = {
  name: 'torchserve',
  summary: 'TorchServe: `/predictions/{model}` with JSON, text or files',

  recognise({ exchange, path }) {
    if (exchange.method !== 'POST' && exchange.method !== 'PUT') return undefined
    const groups = PATH.exec(path)?.groups
    if (groups === undefined) return undefined
    return {
      operation: groups['verb'] === 'explanations' ? 'explain' : 'predict',
      model: pathSegment(groups['model']),
      version: pathSegment(groups['version']),
    }
  },

  decode(call, batch) {
    const { featureNames, predictionNames } = call.settings
    const features = requestSide(call, { name: '', names: featureNames })
    return pair(batch, features, answerSide(call, { name: '', names: predictionNames }, features.rows))
  },
}

function requestSide(call: Call, naming: Naming): Side {
  const body = call.requestBytes()
  if ('failure' in body) return body
  const contentType = call.exchange.request.header('content-type')
  const parts = multipartParts(body.bytes, contentType)
  if (parts !== undefined)
    return rowSide([Object.fromEntries(parts.map(({ name, bytes }) => [name, textOrBytes(bytes)]))], naming)
  const json = call.requestJson()
  if ('value' in json) return valueSide(json.value, naming)
  if (mediaType(contentType) === 'application/json') return json
  return rowSide([textOrBytes(body.bytes)], { ...naming, name: 'feature' })
}

function valueSide(value: unknown, naming: Naming): Side {
  const rows = isObject(value) ? (value['instances'] ?? value['data'] ?? value) : value
  const isTable = Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null)
  return rowSide(isTable ? rows : [rows], naming)
}

function answerSide(call: Call, naming: Naming, requestRows: number | undefined): Side {
  const parsed = call.responseJson()
  if ('failure' in parsed) return textAnswer(call, parsed, naming)
  const { value } = parsed
  const envelope = isObject(value) && Array.isArray(value['predictions']) ? value['predictions'] : value
  const rows =
    Array.isArray(envelope) && (envelope !== value || envelope.length === requestRows) ? envelope : [envelope]
  return (
    rankingsSide(rows.map((row) => (isObject(row) ? rankingOf(row) : undefined))) ?? rowSide(rows, naming)
  )
}

/** For example a label as plain text. */
function textAnswer(call: Call, failed: { readonly failure: Failure }, naming: Naming): Side {
  if (mediaType(call.exchange.response.header('content-type')) === 'application/json') return failed
  const body = bodyText(call.responseBytes())
  return 'failure' in body ? body : rowSide([body.text.trim()], naming)
}

/** A classifier's answer: probabilities by label, descending, of some or of all classes. */
function rankingOf(answer: JsonObject): Ranking | undefined {
  const ranking: { label: string; score: number }[] = []
  let sum = 0
  let last = 1
  for (const [label, score] of Object.entries(answer)) {
    if (typeof score !== 'number' || !(score >= 0 && score <= last + 1e-6)) return undefined
    last = score
    sum += score
    ranking.push({ label, score })
  }
  return ranking.length >= 2 && sum <= 1.002 ? ranking : undefined
}
