/**
 * JSON of any shape without configuration: its meaning is learned for each route from its first exchanges
 * (records/structure). `modeltap_model_info` shows the name, so that learned structure is not mistaken for a standard;
 * `guess: false` disables it.
 */
import { requestValue, responseValue } from '../calls/body-value.ts'
import type { Call } from '../calls/call.ts'
import type { Recognition } from '../calls/recognition.ts'
import { isRecordingPath } from '../calls/recording-path.ts'
import type { Offer } from '../calls/route-learner.ts'
import type { Decoded } from '../formats/failure.ts'
import { countDuplicateKeys } from '../formats/json-duplicates.ts'
import { learn } from '../records/structure/learn.ts'
import { StructurePlan } from '../records/structure/plan.ts'
import { isAdministration, isAdministrativePath } from './administration.ts'
import type { Protocol } from './protocol.ts'

const ASKING = new Set(['POST', 'PUT', 'PATCH', 'GET'])
const PREDICT: Recognition = { operation: 'predict', model: '', version: '' }

/** Maximum columns of a side without a configured limit. */
const MAX_COLUMNS = 200

export const guess: Protocol = {
  name: 'guess',
  summary:
    'JSON of any shape, also forms, queries and MessagePack: rows, features and predictions are learned for each route; off when selectors are configured or `guess: false`',

  recognise(call) {
    const { exchange, route } = call
    if (!ASKING.has(exchange.method) || isAdministrativePath(call.path)) return undefined
    if (route === undefined) return call.once(learnAlone) === undefined ? undefined : PREDICT
    const { learner } = route
    if (learner.state === 'understood') return PREDICT
    if (learner.state === 'not-understood' || exchange.outcome !== 'success') return undefined
    return !isServersOwn(call) && learner.looksLikePrediction(offerOf(call)) ? PREDICT : undefined
  },

  decode(call, batch) {
    const learner = call.route?.learner
    if (learner !== undefined) return learner.read(offerOf(call), batch)
    const plan = call.once(learnAlone)
    if (plan === undefined) return { failure: 'shape-unknown' }
    return plan.read(call.once(requestValue), call.once(responseValue), batch)
  },
}

/** The input of a learner. */
export function offerOf(call: Call): Offer {
  const { request, response } = call.exchange
  return {
    request: call.once(requestValue),
    response: call.once(responseValue),
    bytes: request.body.length + response.body.length,
    nowMs: response.lastByteMs,
    path: call.path,
    duplicateNames: () => duplicatesIn(call.requestBytes()) + duplicatesIn(call.responseBytes()),
  }
}

function duplicatesIn(body: Decoded): number {
  return 'bytes' in body
    ? countDuplicateKeys(Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.length))
    : 0
}

/** Whether the call is administrative instead of a prediction. */
function isServersOwn(call: Call): boolean {
  const request = call.once(requestValue)
  const response = call.once(responseValue)
  if ('failure' in request || 'failure' in response) return true
  return isAdministration(call.path, listOf(request.value), listOf(response.value))
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

/** A single call without other information. */
function learnAlone(call: Call): StructurePlan | undefined {
  if (call.exchange.method === 'GET' || isServersOwn(call)) return undefined
  const request = call.once(requestValue)
  const response = call.once(responseValue)
  if ('failure' in request || 'failure' in response) return undefined
  const structure = learn([{ request: request.value, response: response.value }], {
    nowEpochMs: Number.NaN,
    maxColumns: MAX_COLUMNS,
    needsAnswer: isRecordingPath(call.path),
  })
  return structure.isPrediction ? new StructurePlan(structure) : undefined
}
