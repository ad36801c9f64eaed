/**
 * Text Embeddings Inference:
 *
 *     POST /embed         {"inputs": "…" | […]}                → [[number, …], …]
 *     POST /embed_sparse  the same                             → [[{"index", "value"}, …], …]
 *     POST /predict       the same                             → [{"score", "label"}, …] or a list of such
 *     POST /rerank        {"query", "texts": […]}              → [{"index", "score"}, …] best first
 *     POST /similarity    {"inputs": {"source_sentence", "sentences": […]}} → [number, …]
 */
import type { Call } from '../calls/call.ts'
import type { Operation } from '../calls/recognition.ts'
import { isObject, type JsonObject, objectOf } from '../formats/json-value.ts'
import { embeddingFacts } from '../generation/embedding-facts.ts'
import { embeddingsSide, inputsSide, normOf } from '../generation/embeddings.ts'
import { pair, type Side } from '../records/pairing.ts'
import { labelledScores, placedScoresSide, rankingsSide } from '../records/ranking.ts'
import { rowSide } from '../records/row-side.ts'
import type { Protocol } from './protocol.ts'

interface Route {
  readonly operation: Operation
  readonly request: (body: JsonObject) => Side
  readonly response: (answer: unknown) => Side
}

const ROUTES: Readonly<Record<string, Route>> = {
  '/embed': { operation: 'embeddings', request: readInputs, response: embeddingsSide },
  '/embed_sparse': { operation: 'embeddings', request: readInputs, response: sparseSide },
  '/predict': { operation: 'predict', request: readInputs, response: labelsSide },
  '/rerank': {
    operation: 'predict',
    request: ({ texts }) => inputsSide(texts),
    response: (answer) => placedScoresSide(answer, 'score'),
  },
  '/similarity': { operation: 'predict', request: readSentences, response: scoresSide },
}

export const tei: Protocol = {
  name: 'tei',
  summary: 'Text Embeddings Inference: `/embed`, `/embed_sparse`, `/predict`, `/rerank`, `/similarity`',

  recognise(call) {
    const { exchange } = call
    const route = exchange.method === 'POST' ? routeOf(call) : undefined
    if (route === undefined) return undefined
    // Other servers use this path too; only this one reports the number of computed characters.
    const isOwn = exchange.response.header('x-compute-characters') !== undefined
    return isOwn || isDistinctive(call) ? { operation: route.operation, model: '', version: '' } : undefined
  },

  decode(call, batch) {
    const route = routeOf(call)
    const request = call.requestJson()
    const response = call.responseJson()
    if (route === undefined) return { failure: 'shape-unknown' }
    const features = 'failure' in request ? request : readBody(request.value, route)
    const predictions = 'failure' in response ? response : route.response(response.value)
    return pair(batch, features, predictions)
  },

  generation(call) {
    return routeOf(call)?.operation === 'embeddings' ? embeddingFacts(call, 'x-compute-tokens') : undefined
  },
}

function routeOf({ path }: Call): Route | undefined {
  return Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined
}

function isDistinctive(call: Call): boolean {
  const { inputs, query, texts } = objectOf(call.requestJson()) ?? {}
  if (call.path === '/rerank') return query !== undefined && Array.isArray(texts)
  return call.path.startsWith('/embed') && inputs !== undefined
}

function readBody(body: unknown, { request }: Route): Side {
  return isObject(body) ? request(body) : { failure: 'shape-unknown' }
}

/** A pair of texts is one input. */
function readInputs({ inputs }: JsonObject): Side {
  if (!Array.isArray(inputs)) return inputsSide(inputs)
  return inputsSide(inputs.map((input: unknown) => (Array.isArray(input) ? input.join(' ') : input)))
}

function readSentences({ inputs }: JsonObject): Side {
  return isObject(inputs) ? inputsSide(inputs['sentences']) : { failure: 'shape-unknown' }
}

function scoresSide(scores: unknown): Side {
  return Array.isArray(scores) ? rowSide(scores, { name: '', names: [] }) : { failure: 'shape-unknown' }
}

/** The number of non-zero entries, and the length of the vector. */
function sparseSide(vectors: unknown): Side {
  if (!Array.isArray(vectors) || !vectors.every((vector) => Array.isArray(vector)))
    return { failure: 'shape-unknown' }
  const rows = vectors.map((vector) => {
    const values = vector.map((entry: unknown) => (isObject(entry) ? Number(entry['value']) : NaN))
    return { embedding_norm: normOf(values), embedding_entries: values.length }
  })
  return rowSide(rows, { name: '', names: [] })
}

function labelsSide(answer: unknown): Side {
  if (!Array.isArray(answer) || answer.length === 0) return { failure: 'shape-unknown' }
  // One text is answered by its ranking, several texts by a list of rankings.
  const rankings: readonly unknown[] = Array.isArray(answer[0]) ? answer : [answer]
  return rankingsSide(rankings.map(labelledScores)) ?? { failure: 'shape-unknown' }
}
