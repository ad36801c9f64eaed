/**
 * The protocols, most specific first. Everything else that lists them (configuration words, label values, docs, the
 * conformance suite) iterates over this array.
 */
import type { Call } from '../calls/call.ts'
import type { Recognition } from '../calls/recognition.ts'
import { azureMl } from './azure-ml.ts'
import { freeform } from './freeform.ts'
import { guess } from './guess.ts'
import { recogniseHousekeeping } from './housekeeping.ts'
import { kserveV1 } from './kserve-v1.ts'
import { mlflow } from './mlflow.ts'
import { oipV2 } from './oip-v2.ts'
import { oipV2Grpc } from './oip-v2-grpc.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'
import type { Protocol } from './protocol.ts'
import { sagemaker } from './sagemaker.ts'
import { seldonV1 } from './seldon-v1.ts'
import { seldonV1Grpc } from './seldon-v1-grpc.ts'
import { tei } from './tei.ts'
import { tfServingGrpc } from './tf-serving-grpc.ts'
import { tgi } from './tgi.ts'
import { torchserve } from './torchserve.ts'
import { tritonGenerate } from './triton-generate.ts'
import { vertexAi } from './vertex-ai.ts'
import { vllmPooling } from './vllm-pooling.ts'

export const protocols = [
  oipV2,
  oipV2Grpc,
  tritonGenerate,
  kserveV1,
  tfServingGrpc,
  openai,
  ollama,
  tgi,
  tei,
  vllmPooling,
  seldonV1,
  seldonV1Grpc,
  torchserve,
  sagemaker,
  mlflow,
  freeform,
  azureMl,
  vertexAi,
  guess,
] as const satisfies readonly Protocol[]

export const PROTOCOL_NAMES: readonly string[] = protocols.map(({ name }) => name)

export interface Recognised {
  /** `undefined` for housekeeping calls, which have no payload to read. */
  readonly protocol: Protocol | undefined
  readonly recognition: Recognition
}

/** Recognises a call; `undefined` when no enabled protocol matches. Never throws. */
export function recognise(call: Call, enabled: readonly Protocol[] = protocols): Recognised | undefined {
  const housekeeping = recogniseHousekeeping(call.exchange.method, call.path)
  if (housekeeping !== undefined) return { protocol: undefined, recognition: housekeeping }
  for (const protocol of enabled) {
    const recognition = protocol.recognise(call)
    if (recognition !== undefined) return { protocol, recognition }
  }
  return undefined
}
