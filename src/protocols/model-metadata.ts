/**
 * What a V2 server says of a model, `GET /v2/models/{model}[/versions/{version}]`: names, datatypes and shapes. A body
 * that is one raw tensor has none of these on the wire.
 */
import type { IncomingMessage } from 'node:http'
import type { Address } from '../lib/address.ts'
import { http } from '../lib/node-http.ts'
import { timeoutSignal } from '../lib/timers.ts'
import { isDatatype, type Datatype } from './datatype.ts'
import { parseJson } from './json.ts'
import { isObject } from './json-value.ts'

export interface TensorMetadata {
  readonly name: string
  readonly datatype: Datatype
  /** −1 for a dimension of any length. */
  readonly shape: readonly number[]
}

export interface ModelMetadata {
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
}

/** `undefined` while it is not known, and for good when the server does not say. */
export type FindMetadata = (model: string, version: string) => ModelMetadata | undefined

/** A metadata document; `undefined` when it is none. */
export function readModelMetadata(document: unknown): ModelMetadata | undefined {
  if (!isObject(document)) return undefined
  const inputs = readTensors(document['inputs'])
  const outputs = readTensors(document['outputs'])
  return inputs === undefined || outputs === undefined ? undefined : { inputs, outputs }
}

function readTensors(entries: unknown): TensorMetadata[] | undefined {
  if (!Array.isArray(entries)) return undefined
  const tensors = entries.map((entry: unknown) => {
    if (!isObject(entry)) return undefined
    const { name, datatype, shape } = entry
    if (typeof name !== 'string' || !isDatatype(datatype) || !Array.isArray(shape)) return undefined
    const dimensions = shape.map(Number)
    return dimensions.every(Number.isSafeInteger) ? { name, datatype, shape: dimensions } : undefined
  })
  return tensors.every((tensor) => tensor !== undefined) ? tensors : undefined
}

const MAX_MODELS = 64
const MAX_BYTES = 1_048_576

export interface MetadataStoreOptions {
  readonly upstream: Address
  readonly timeoutMs: number
}

/**
 * Asks once for each model and version, in the background, and never again: a server that does not know the path says
 * so only once in its log. At most 64 models.
 */
export function createMetadataStore({ upstream, timeoutMs }: MetadataStoreOptions): FindMetadata {
  const known = new Map<string, ModelMetadata | undefined>()
  return (model, version) => {
    const path = pathOf(model, version)
    if (!known.has(path) && known.size < MAX_MODELS) {
      known.set(path, undefined)
      void fetchMetadata(upstream, path, timeoutMs).then((metadata) => known.set(path, metadata))
    }
    return known.get(path)
  }
}

function pathOf(model: string, version: string): string {
  const ofModel = `/v2/models/${encodeURIComponent(model)}`
  return version === '' ? ofModel : `${ofModel}/versions/${encodeURIComponent(version)}`
}

/** Every failure is `undefined`: without metadata everything goes on as before. */
function fetchMetadata(
  upstream: Address,
  path: string,
  timeoutMs: number,
): Promise<ModelMetadata | undefined> {
  const where =
    upstream.kind === 'unix' ? { socketPath: upstream.path } : { host: upstream.host, port: upstream.port }
  return new Promise((resolve) => {
    const signal = timeoutSignal(timeoutMs)
    const outgoing = http.request(
      { ...where, path, signal, headers: { accept: 'application/json' } },
      (response) => {
        readAnswer(response).then(resolve, () => resolve(undefined))
      },
    )
    outgoing.once('error', () => resolve(undefined))
    outgoing.end()
  })
}

async function readAnswer(response: IncomingMessage): Promise<ModelMetadata | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  if (response.statusCode !== 200) return undefined
  const parsed = parseJson(Buffer.concat(chunks))
  return 'value' in parsed ? readModelMetadata(parsed.value) : undefined
}
