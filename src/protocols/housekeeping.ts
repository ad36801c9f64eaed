/** Calls for a server's state instead of predictions: probes, scrapes, listings. */
import type { Recognition } from '../calls/recognition.ts'
import { pathSegment } from '../formats/path.ts'
import { rememberLast } from '../lib/remember-last.ts'

const HEALTH = new Set([
  '/health',
  '/healthz',
  '/livez',
  '/readyz',
  '/ping',
  '/-/healthy',
  '/-/healthz',
  '/health/ping',
  '/health/status',
  '/health/live',
  '/health/ready',
  '/v2/health/live',
  '/v2/health/ready',
  '/grpc.health.v1.Health/Check',
  '/inference.GRPCInferenceService/ServerLive',
  '/inference.GRPCInferenceService/ServerReady',
])
const METADATA = new Set([
  '/version',
  '/metrics',
  '/v2',
  '/v2/',
  '/v2/repository/index',
  '/v1/models',
  '/openai/v1/models',
  '/info',
  '/openapi.json',
  '/docs',
  '/inference.GRPCInferenceService/ServerMetadata',
  '/inference.GRPCInferenceService/ModelMetadata',
  '/tensorflow.serving.PredictionService/GetModelMetadata',
  '/tensorflow.serving.ModelService/GetModelStatus',
])
/** Paths that load, unload and list models in Triton, Ollama, vLLM, SGLang, llama.cpp and TorchServe. */
const ADMINISTRATION =
  /^(?:\/v2\/repository\/models\/[^/]+\/(?:load|unload)|\/v2\/(?:logging|trace\/setting|models\/[^/]+\/trace\/setting)|\/v2\/(?:system|cuda)sharedmemory\/.*|\/api\/(?:pull|push|create|copy|delete|show|ps|tags|version|blobs\/[^/]+)|\/v1\/(?:un)?load_lora_adapter|\/(?:sleep|wake_up|reset_prefix_cache|flush_cache|abort_request|update_weights\w*|start_profile|stop_profile|tokenize|detokenize|apply-template|props|slots\/\d+|lora-adapters|get_server_info|get_model_info|models))$/
const MODEL_READY = /^\/v2\/models\/(?<model>[^/]+)(?:\/versions\/(?<version>[^/]+))?\/ready$/
const MODEL_METADATA =
  /^\/(?:v1|v2)\/models\/(?![^/]*:(?:predict|explain|classify|regress)$)(?<model>[^/]+)(?:\/(?:versions|labels)\/(?<version>[^/:]+))?(?:\/(?:metadata|config|stats))?$/

/** By method and path alone; `undefined` for a possible prediction. Cached: 0.3 µs of each request. */
export const recogniseHousekeeping = rememberLast((method: string, path: string): Recognition | undefined => {
  if (HEALTH.has(path)) return { operation: 'health', model: '', version: '' }
  if (METADATA.has(path)) return { operation: 'metadata', model: '', version: '' }
  if (ADMINISTRATION.test(path)) return { operation: 'metadata', model: '', version: '' }
  const ready = MODEL_READY.exec(path)?.groups
  if (ready !== undefined) return ofModel('health', ready)
  if (method !== 'GET' && method !== 'HEAD') return undefined
  const metadata = MODEL_METADATA.exec(path)?.groups
  return metadata === undefined ? undefined : ofModel('metadata', metadata)
})

function ofModel(
  operation: 'health' | 'metadata',
  { model, version }: Readonly<Record<string, string | undefined>>,
): Recognition {
  return { operation, model: pathSegment(model), version: pathSegment(version) }
}
