/**
 * KServe V1 and the REST API of TensorFlow Serving, which share their paths and most of their bodies:
 *
 *     POST /v1/models/{model}[/versions/{version}|/labels/{label}]:predict
 *     {"instances": [row, …]} → {"predictions": [row, …]}              rows: scalars, arrays or objects
 *     {"inputs": tensor | {name: tensor}} → {"outputs": the same}      columns
 *
 *     :classify  {"context"?: {…}, "examples": [{feature: value}, …]} → {"result": [[[label, score], …], …]}
 *     :regress   the same → {"result": [value, …]}
 */
import type { Operation, Recognition } from '../calls/recognition.ts'
import type { Parsed } from '../formats/failure.ts'
import { isObject } from '../formats/json-value.ts'
import { pathSegment } from '../formats/path.ts'
import { rememberLast } from '../lib/remember-last.ts'
import { writeTopClass } from '../records/class-scores.ts'
import type { Naming } from '../records/naming.ts'
import { pair, type Side } from '../records/pairing.ts'
import { predictionsSide, rowSide, sharedRowSide, tensorSide } from '../records/row-side.ts'
import type { Protocol } from './protocol.ts'

const PATH =
  /^(?:\/[^/]+)*\/v1\/models\/(?<model>[^/]+)(?:\/versions\/(?<version>[^/:]+)|\/labels\/(?<label>[^/:]+))?:(?<verb>predict|explain|classify|regress)$/
const OPERATION_OF_VERB: Readonly<Record<string, Operation>> = {
  predict: 'predict',
  classify: 'predict',
  regress: 'predict',
  explain: 'explain',
}

/** Cached: 0.3 µs of each request. */
const recognisePath = rememberLast((method: string, path: string): Recognition | undefined => {
  if (method !== 'POST' || !path.includes(':')) return undefined
  const groups = PATH.exec(path)?.groups
  const operation = OPERATION_OF_VERB[groups?.['verb'] ?? '']
  if (groups === undefined || operation === undefined) return undefined
  return {
    operation,
    model: pathSegment(groups['model']),
    version: pathSegment(groups['version'] ?? groups['label']),
  }
})

export const kserveV1: Protocol = {
  name: 'kserve-v1',
  summary: 'KServe V1 and TensorFlow Serving REST: `/v1/models/{model}:predict`, row and column form',

  decodesOnlyJson: true,

  recognise({ exchange, path }) {
    return recognisePath(exchange.method, path)
  },

  decode(call, batch) {
    const { featureNames, predictionNames } = call.settings
    const features = requestSide(call.requestJson(), { name: '', names: featureNames })
    const predictions = responseSide(call.responseJson(), { name: '', names: predictionNames }, features.rows)
    return pair(batch, features, predictions)
  },
}

function requestSide(parsed: Parsed, naming: Naming): Side {
  if ('failure' in parsed) return parsed
  if (!isObject(parsed.value)) return { failure: 'shape-unknown' }
  const { instances, inputs, examples, context } = parsed.value
  if (Array.isArray(instances)) return rowSide(instances, naming)
  // `:classify` and `:regress` may have features shared by all examples.
  if (Array.isArray(examples)) return sharedRowSide(isObject(context) ? context : {}, examples, naming)
  return tensorSide(inputs, naming)
}

function responseSide(parsed: Parsed, naming: Naming, requestRows: number | undefined): Side {
  if ('failure' in parsed) return parsed
  if (!isObject(parsed.value)) return { failure: 'shape-unknown' }
  const { predictions, outputs, result, results } = parsed.value
  const classified = result ?? results
  if (Array.isArray(classified)) return classifiedSide(classified, naming)
  return predictions === undefined
    ? tensorSide(outputs, naming)
    : predictionsSide(predictions, naming, requestRows)
}

/** `:regress` returns a number for each example, `:classify` a list of `[label, score]`. */
function classifiedSide(result: readonly unknown[], naming: Naming): Side {
  const rankings = result.map(rankingOf)
  if (!rankings.every((ranking) => ranking !== undefined)) return rowSide(result, naming)
  return {
    rows: rankings.length,
    write: (set) => rankings.forEach((ranking, row) => writeTopClass(set, row, set.role, ranking)),
  }
}

/** Empty labels are replaced by the index of their class. */
function rankingOf(entry: unknown): { label: string; score: number }[] | undefined {
  if (!Array.isArray(entry)) return undefined
  const ranking = entry.map((pair: unknown, index) => {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined
    const [label, score] = pair as [unknown, unknown]
    if (typeof label !== 'string' || typeof score !== 'number') return undefined
    return { label: label === '' ? String(index) : label, score }
  })
  return ranking.every((pair) => pair !== undefined) ? ranking : undefined
}
