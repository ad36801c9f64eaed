/**
 * vLLM's models that do not generate, also of SGLang, Infinity and llama.cpp; each path also below /v1, /v2 or another version:
 *
 *     POST /classify  {"model", "input": "…" | […]}                     → {"data": [{"label", "probs": […]}, …]}
 *     POST /score     {"model", "text_1", "text_2": "…" | […]}          → {"data": [{"index", "score"}, …]}
 *     POST /rerank    {"model", "query", "documents": […], "top_n"?}    → {"results": [{"index", "relevance_score"}, …]}
 *     POST /pooling   {"model", "input": "…" | […]}                     → {"data": [{"data": vector}, …]}
 */
import type { Call } from '../calls/call.ts'
import type { Operation } from '../calls/recognition.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../formats/json-value.ts'
import { embeddingFacts } from '../generation/embedding-facts.ts'
import { embeddingsSide, inputsSide } from '../generation/embeddings.ts'
import { writeClass } from '../records/class-scores.ts'
import { pair, type Side } from '../records/pairing.ts'
import { placedScoresSide } from '../records/ranking.ts'
import type { Protocol } from './protocol.ts'

interface Task {
  readonly operation: Operation
  /** The texts of a request, one for each row; `undefined` for other requests. */
  readonly texts: (body: JsonObject) => unknown
  /** @param rows number of texts in the request */
  readonly answer: (body: JsonObject, rows: number | undefined) => Side
}

const PATH = /^(?:\/v\d+)?\/(?<task>classify|score|rerank|pooling)$/
const TASKS: Readonly<Record<string, Task>> = {
  classify: { operation: 'predict', texts: ({ input }) => input, answer: ({ data }) => classesSide(data) },
  score: {
    operation: 'predict',
    texts: ({ text_1: one, text_2: other }) => (one === undefined ? undefined : other),
    answer: ({ data }, rows) => placedScoresSide(data, 'score', rows),
  },
  rerank: {
    operation: 'predict',
    texts: ({ query, documents }) =>
      query !== undefined && Array.isArray(documents) ? documents.map(textOfDocument) : undefined,
    answer: ({ results }, rows) => placedScoresSide(results, 'relevance_score', rows),
  },
  pooling: {
    operation: 'embeddings',
    texts: ({ input }) => input,
    answer: ({ data }) => embeddingsSide(Array.isArray(data) ? data.map(dataOf) : undefined),
  },
}

export const vllmPooling: Protocol = {
  name: 'vllm-pooling',
  summary: 'vLLM and others: `/classify`, `/score`, `/rerank`, `/pooling`, also below `/v1` or `/v2`',

  recognise(call) {
    const task = taskOf(call)
    const request = objectOf(call.requestJson())
    if (task === undefined || request === undefined || task.texts(request) === undefined) return undefined
    const model = textOf(request['model'])
    // The model may be omitted; then only the answer identifies the server.
    const isOwn =
      model !== '' || task.answer(objectOf(call.responseJson()) ?? {}, undefined).rows !== undefined
    return isOwn ? { operation: task.operation, model, version: '' } : undefined
  },

  decode(call, batch) {
    const task = taskOf(call)
    const request = call.requestJson()
    const response = call.responseJson()
    if (task === undefined) return { failure: 'shape-unknown' }
    const features: Side = 'failure' in request ? request : inputsSide(task.texts(objectOf(request) ?? {}))
    const answer = objectOf(response) ?? {}
    return pair(batch, features, 'failure' in response ? response : task.answer(answer, features.rows))
  },

  generation(call) {
    return taskOf(call)?.operation === 'embeddings' ? embeddingFacts(call) : undefined
  },
}

function taskOf({ exchange, path }: Call): Task | undefined {
  const name = exchange.method === 'POST' ? PATH.exec(path)?.groups?.['task'] : undefined
  return name === undefined ? undefined : TASKS[name]
}

function textOfDocument(document: unknown): unknown {
  return isObject(document) ? document['text'] : document
}

function dataOf(entry: unknown): unknown {
  return isObject(entry) ? entry['data'] : undefined
}

/** Each entry names only the class with its highest probability. */
function classesSide(entries: unknown): Side {
  if (!Array.isArray(entries) || entries.length === 0) return { failure: 'shape-unknown' }
  const classes = entries.map((entry: unknown) => {
    const { label, probs } = isObject(entry) ? entry : {}
    return typeof label === 'string' && isNumbers(probs) ? { label, probs } : undefined
  })
  if (!classes.every((entry) => entry !== undefined)) return { failure: 'shape-unknown' }
  return {
    rows: classes.length,
    write: (set) =>
      classes.forEach(({ label, probs }, row) => {
        const labels = probs.map(() => label)
        writeClass(set, row, set.role, { values: probs, from: 0, to: probs.length, labels })
      }),
  }
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'number')
}
