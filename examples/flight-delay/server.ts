/**
 * A model server as others write them: node:http, a model, two protocols, and nothing of modeltap.
 *
 *     node examples/flight-delay/server.ts --listen 127.0.0.1:8080 --slow-ratio 0.02 --error-ratio 0.005
 *
 * Prints `listening on HOST:PORT` on stdout once the model answers. Port 0 takes a free one.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { MODEL_NAME, MODEL_VERSION } from './features.ts'
import { loadModel } from './model.ts'
import { createRandom, exponential } from './random.ts'
import { RequestError } from './request.ts'
import { readInstances, writePredictions } from './v1.ts'
import { modelMetadata, readInferRequest, serverMetadata, writeInferResponse } from './v2.ts'

const MAX_BODY_BYTES = 10 * 2 ** 20
/** The slow tail: an exponentially distributed wait with this mean, as of a lookup in a cold feature store. */
const SLOW_MEAN_MS = 120

const { values: options } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:8080' },
    'slow-ratio': { type: 'string', default: '0' },
    'error-ratio': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
})
const slowRatio = Number(options['slow-ratio'])
const errorRatio = Number(options['error-ratio'])
const random = createRandom(Number(options.seed))
const model = loadModel()

interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: RegExp
  readonly answer: (body: unknown) => Promise<unknown>
}

/** What no part of the real model does: some calls are slow, some fail. */
async function misbehave(): Promise<void> {
  if (random() < slowRatio) await sleep(exponential(random, SLOW_MEAN_MS))
  if (random() < errorRatio) throw new Error('the feature store did not answer')
}

const modelPath = String.raw`/v2/models/${MODEL_NAME}(?:/versions/${MODEL_VERSION})?`

const routes: readonly Route[] = [
  {
    method: 'POST',
    path: new RegExp(`^/v1/models/${MODEL_NAME}:predict$`),
    async answer(body) {
      const { columns, rows } = readInstances(body)
      await misbehave()
      return writePredictions(model.predict(columns, rows))
    },
  },
  {
    method: 'POST',
    path: new RegExp(`^${modelPath}/infer$`),
    async answer(body) {
      const request = readInferRequest(body)
      await misbehave()
      return writeInferResponse(request, model.predict(request.columns, request.rows))
    },
  },
  constant(/^\/v1\/models$/, { models: [MODEL_NAME] }),
  constant(new RegExp(`^/v1/models/${MODEL_NAME}$`), { name: MODEL_NAME, ready: true }),
  constant(/^\/v2\/?$/, serverMetadata),
  constant(/^\/v2\/health\/live$/, { live: true }),
  constant(/^\/v2\/health\/ready$/, { ready: true }),
  constant(new RegExp(`^${modelPath}$`), modelMetadata),
  constant(new RegExp(`^${modelPath}/ready$`), { name: MODEL_NAME, ready: true }),
]

function constant(path: RegExp, answer: unknown): Route {
  return { method: 'GET', path, answer: () => Promise.resolve(answer) }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES)
      throw new RequestError(413, `the body is larger than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw new RequestError(400, `the body is not JSON: ${(error as Error).message}`)
  }
}

async function answer(request: IncomingMessage): Promise<unknown> {
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  const found = routes.filter((route) => route.path.test(path))
  const route = found.find(({ method }) => method === request.method)
  if (found.length === 0) throw new RequestError(404, `nothing is served at ${path}`)
  if (route === undefined) throw new RequestError(405, `${path} does not take ${request.method}`)
  return route.answer(route.method === 'POST' ? await readBody(request) : undefined)
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

const server = createServer((request, response) => {
  answer(request).then(
    (body) => send(response, 200, body),
    (error: unknown) => {
      // What was not read of a refused body would be taken for the next request.
      if (!request.complete) response.setHeader('connection', 'close')
      send(response, error instanceof RequestError ? error.status : 500, { error: (error as Error).message })
    },
  )
})

const at = options.listen.lastIndexOf(':')
server.listen(Number(options.listen.slice(at + 1)), options.listen.slice(0, at), () => {
  const { address, port } = server.address() as AddressInfo
  process.stdout.write(`listening on ${address}:${port}\n`)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close()
    server.closeIdleConnections()
  })
}
