/** Fetches model metadata from a V2 server, `GET /v2/models/{model}[/versions/{version}]`, in the background. */
import type { FindMetadata, ModelMetadata } from '../calls/tensor-metadata.ts'
import { parseJson } from '../formats/json.ts'
import type { Address } from '../lib/address.ts'
import type { Get } from './bounded-get.ts'
import { readModelMetadata } from './model-metadata.ts'

const MAX_MODELS = 64
const MAX_BYTES = 1_048_576
const HEADERS = { accept: 'application/json' }

export interface MetadataStoreOptions {
  readonly upstream: Address
  readonly timeoutMs: number
  readonly get: Get
}

/**
 * Fetches once for each model and version, in the background, and never again, so that a server without this path logs
 * only one error. At most 64 models.
 */
export function createMetadataStore({ upstream, timeoutMs, get }: MetadataStoreOptions): FindMetadata {
  const known = new Map<string, ModelMetadata | undefined>()
  return (model, version) => {
    const path = pathOf(model, version)
    if (!known.has(path) && known.size < MAX_MODELS) {
      known.set(path, undefined)
      void fetchMetadata({ upstream, timeoutMs, get }, path).then((metadata) => known.set(path, metadata))
    }
    return known.get(path)
  }
}

function pathOf(model: string, version: string): string {
  const ofModel = `/v2/models/${encodeURIComponent(model)}`
  return version === '' ? ofModel : `${ofModel}/versions/${encodeURIComponent(version)}`
}

/** Every failure is `undefined`: decoding continues without metadata. */
async function fetchMetadata(
  { upstream: address, timeoutMs, get }: MetadataStoreOptions,
  path: string,
): Promise<ModelMetadata | undefined> {
  const got = await get({ address, path }, HEADERS, { timeoutMs, maxBytes: MAX_BYTES })
  if ('failure' in got) return undefined
  const parsed = parseJson(got.body)
  return 'value' in parsed ? readModelMetadata(parsed.value) : undefined
}
