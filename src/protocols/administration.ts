/**
 * Calls that resemble predictions but are not: they load models, log in, save settings. `guess` ignores them, because a
 * supposed prediction becomes a model with a baseline.
 */
import { lastSegment } from '../calls/route-path.ts'
import { isObject } from '../formats/json-value.ts'

/** Last path segments of administrative actions. */
const VERBS: ReadonlySet<string> = new Set(
  (
    'load unload reload reset flush clear sleep wake wake_up pause resume start stop shutdown restart abort cancel ' +
    'ping login logout signin signup register unregister token tokens refresh auth ' +
    'subscribe unsubscribe settings config configure setting ' +
    'pull push delete ps checkpoint start_profile stop_profile ' +
    'load_lora_adapter unload_lora_adapter flush_cache reset_prefix_cache update_weights'
  ).split(' '),
)

/** Members of an answer that only acknowledges a request. */
const ACKNOWLEDGEMENT: ReadonlySet<string> = new Set(
  'ok status success message msg acknowledged accepted received result done done_reason id request_id code'.split(
    ' ',
  ),
)

/** Members that mark a procedure call of any name. */
const PROCEDURE = ['jsonrpc', 'keep_alive'] as const

/** Whether the path alone indicates an administrative call. */
export function isAdministrativePath(path: string): boolean {
  return VERBS.has(lastSegment(path))
}

export function isAdministration(
  path: string,
  requests: readonly unknown[],
  answers: readonly unknown[],
): boolean {
  if (isAdministrativePath(path)) return true
  if (requests.some((request) => isObject(request) && PROCEDURE.some((key) => key in request))) return true
  return answers.every(isAcknowledgement)
}

/** Any number in an answer may be a prediction; a text result may be a class. */
function isAcknowledgement(answer: unknown): boolean {
  if (!isObject(answer)) return false
  const members = Object.entries(answer)
  const hasPrediction = members.some(
    ([key, value]) => !ACKNOWLEDGEMENT.has(key) || (key === 'result' && !isTaken(value)) || isFraction(value),
  )
  return members.length > 0 && !hasPrediction
}

function isTaken(result: unknown): boolean {
  return (
    result === null ||
    result === true ||
    (typeof result === 'string' && /^(?:ok|success|pong|done)$/i.test(result))
  )
}

function isFraction(value: unknown): boolean {
  return typeof value === 'number' && !Number.isInteger(value)
}
