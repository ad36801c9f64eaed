/**
 * Answers that report a failed call in their body although the HTTP status is a success. Gateways and streaming servers
 * do this because the status is sent before the failure.
 */
import { isObject, type JsonObject } from '../formats/json-value.ts'

/** The failure reported by the body. */
export interface AnswerError {
  readonly outcome: 'client_error' | 'server_error'
  /** Set when the answer is gRPC in another envelope. */
  readonly grpcStatus?: number
  /** Some messages of a stream failed and others did not, so the others yield rows. */
  readonly isPartial?: boolean
}

const SERVER_ERROR: AnswerError = { outcome: 'server_error' }
const CLIENT_ERROR: AnswerError = { outcome: 'client_error' }

/** Members that may accompany an error. An object with any other member may be a prediction. */
const ENVELOPE: ReadonlySet<string> = new Set(
  (
    'error errors message msg detail details description reason info title type code status status_code statuscode ' +
    'error_code errorcode error_type error_message error_description errormessage originalstatuscode ' +
    'originalmessage logstreamarn __type exception traceback stack_trace stacktrace param params cause hint help ' +
    'object event id request_id requestid trace_id traceid instance path timestamp time created created_at ' +
    'jsonrpc success ok retry_after estimated_time warnings metadata meta version model done data result'
  ).split(' '),
)

/** The error in a parsed body; `undefined` for an answer. A list with a single error counts too. */
export function answerErrorOf(body: unknown): AnswerError | undefined {
  const value: unknown = Array.isArray(body) && body.length === 1 ? body[0] : body
  if (!isObject(value)) return undefined
  // First, because the first member of nearly every answer already shows that it is not an error.
  for (const key in value) if (!isBeside(key, value[key])) return undefined
  return saysError(value) ? errorOf(value) : undefined
}

/** `data` and `result` are only allowed empty. */
function isBeside(key: string, member: unknown): boolean {
  if (member === null) return true
  const name = ENVELOPE.has(key) ? key : key.toLowerCase()
  if (!ENVELOPE.has(name)) return false
  return (
    (name !== 'data' && name !== 'result') || member === '' || (Array.isArray(member) && member.length === 0)
  )
}

function saysError(value: JsonObject): boolean {
  const { error, errors, message, status, success, ok } = value
  if (isError(error)) return true
  if (Array.isArray(errors) && errors.some(isError)) return true
  if (value['object'] === 'error' || value['type'] === 'error') return true
  // Seldon's engine.
  if (isObject(status) && (status['status'] === 'FAILURE' || status['status'] === 1)) return true
  const text = message ?? value['msg'] ?? value['detail'] ?? value['Message'] ?? value['OriginalMessage']
  if (typeof text !== 'string') return false
  if (error === true || success === false || ok === false || isFailureWord(status)) return true
  if (isErrorCode(value['error_code']) || isErrorCode(value['ErrorCode'])) return true
  const kind = value['type'] ?? value['error_type'] ?? value['__type']
  return isErrorCode(value['code']) && typeof kind === 'string'
    ? true
    : typeof kind === 'string' && /(?:Error|Exception)$/.test(kind)
}

/** A number beside an answer may be the model's own error, as in a regression. */
function isError(error: unknown): boolean {
  if (typeof error === 'string') return error !== ''
  return isObject(error) && Object.keys(error).length > 0
}

function isFailureWord(status: unknown): boolean {
  return typeof status === 'string' && /^(?:error|fail|failed|failure)$/i.test(status)
}

function isErrorCode(code: unknown): boolean {
  return (typeof code === 'number' && code !== 0 && code !== 200) || (typeof code === 'string' && code !== '')
}

const CODE_KEYS = [
  'code',
  'status',
  'status_code',
  'statusCode',
  'error_code',
  'ErrorCode',
  'OriginalStatusCode',
  'type',
  'error_type',
  '__type',
] as const

/** Attributes the error by the HTTP status or the kind in the error; without either, to the server. */
function errorOf(value: JsonObject): AnswerError {
  const { error, errors, status } = value
  const [first]: readonly unknown[] = Array.isArray(errors) ? errors : []
  for (const holder of [error, first, status, value]) {
    if (!isObject(holder)) continue
    for (const key of CODE_KEYS) {
      const found = outcomeOfCode(holder[key])
      if (found !== undefined) return found
    }
  }
  return SERVER_ERROR
}

const CLIENT_WORDS =
  /invalid|bad.?request|not.?found|unauthenticated|unauthorized|permission|forbidden|rate.?limit|quota|too.?many|validation|does.?not.?exist|already.?exists|context.?length|unprocessable/i

function outcomeOfCode(code: unknown): AnswerError | undefined {
  const number = typeof code === 'string' && /^-?\d+$/.test(code) ? Number(code) : code
  if (typeof number === 'number') {
    if (number >= 400 && number < 500) return CLIENT_ERROR
    if (number >= 500 && number < 600) return SERVER_ERROR
    // JSON-RPC: the input is not a request, names no known method or has wrong parameters.
    return number === -32_700 || (number <= -32_600 && number >= -32_602) ? CLIENT_ERROR : undefined
  }
  return typeof code === 'string' && CLIENT_WORDS.test(code) ? CLIENT_ERROR : undefined
}
