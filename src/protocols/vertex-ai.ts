/**
 * Vertex AI's containers. Their path is chosen when the model is uploaded, so the bodies tell:
 *
 *     POST /v1/endpoints/{endpoint}/deployedModels/{id}:predict, or any other path
 *     {"instances": [row, …], "parameters"?: {…}} → {"predictions": [row | {"classes", "scores"}, …]}
 */
import type { Call } from '../calls/call.ts'
import type { Parsed } from '../formats/failure.ts'
import { objectOf } from '../formats/json-value.ts'
import { pathSegment } from '../formats/path.ts'
import type { Naming } from '../records/naming.ts'
import { pair, type Side } from '../records/pairing.ts'
import { listedScores, rankingsSide } from '../records/ranking.ts'
import { predictionsSide, rowSide } from '../records/row-side.ts'
import type { Protocol } from './protocol.ts'

const PATH = /\/endpoints\/(?<endpoint>[^/:]+)(?:\/deployedModels\/(?<deployed>[^/:]+))?:predict$/

export const vertexAi: Protocol = {
  name: 'vertex-ai',
  summary: 'Vertex AI: `instances` answered by `predictions`, whatever the path',

  recognise(call) {
    const instances = instancesOf(call)
    if (instances === undefined || !isAnswered(call)) return undefined
    const groups = PATH.exec(call.path)?.groups
    return {
      operation: 'predict',
      model: pathSegment(groups?.['endpoint']),
      version: pathSegment(groups?.['deployed']),
    }
  },

  decode(call, batch) {
    const { featureNames, predictionNames } = call.settings
    const instances = instancesOf(call)
    const features: Side =
      instances === undefined
        ? { failure: 'shape-unknown' }
        : rowSide(instances, { name: '', names: featureNames })
    const naming = { name: '', names: predictionNames }
    return pair(batch, features, answerSide(call.responseJson(), naming, features.rows))
  },
}

function instancesOf(call: Call): readonly unknown[] | undefined {
  if (call.exchange.method !== 'POST') return undefined
  const instances = objectOf(call.requestJson())?.['instances']
  return Array.isArray(instances) ? instances : undefined
}

/** A failed call has only its path. */
function isAnswered({ path, responseJson }: Call): boolean {
  return /[/:]predict$/.test(path) || objectOf(responseJson())?.['predictions'] !== undefined
}

function answerSide(parsed: Parsed, naming: Naming, requestRows: number | undefined): Side {
  if ('failure' in parsed) return parsed
  const predictions = objectOf(parsed)?.['predictions']
  if (predictions === undefined) return { failure: 'shape-unknown' }
  const rankings = Array.isArray(predictions) ? rankingsSide(predictions.map(listedScores)) : undefined
  return rankings ?? predictionsSide(predictions, naming, requestRows)
}
