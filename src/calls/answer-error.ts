/**
 * Answers that say in their body that the call failed, though the HTTP status says success. Gateways and streaming
 * servers do so, because the status was sent before anything went wrong.
 */
import { isObject, type JsonObject } from '../formats/json-value.ts'

/** How a call failed by its own words. */
export interface AnswerError {
  readonly outcome: 'client_error' | 'server_error'
  /** Where the answer is gRPC in another envelope. */
  readonly grpcStatus?: number
  /** Some messages of a stream failed and others did not, so that rows can be read of the others. */
  readonly isPartial?: boolean
}

const SERVER_ERROR: AnswerError = { outcome: 'server_error' }
const CLIENT_ERROR: AnswerError = { outcome: 'client_error' }

/** What stands beside an error and is no answer. An object with any other member may be a prediction. */
const ENVELOPE: ReadonlySet<string> = new Set(
  (
    'error errors message msg detail details description reason info title type code status status_code statuscode ' +
    'error_code errorcode error_type error_message error_description errormessage originalstatuscode ' +
    'originalmessage logstreamarn __type exception traceback stack_trace stacktrace param params cause hint help ' +
    'object event id request_id requestid trace_id traceid instance path timestamp time created created_at ' +
    'jsonrpc success ok retry_after estimated_time warnings metadata meta version model done data result'
  ).split(' '),
)

/** The error that a parsed body is; `undefined` for an answer. A list of nothing but one error is one, too. */
export function answerErrorOf(body: unknown): AnswerError | undefined {
  const value: unknown = Array.isArray(body) && body.length === 1 ? body[0] : body
  if (!isObject(value)) return undefined
  // First, because of nearly every answer the first member already says that it is none.
  for (const key in value) if (!isBeside(key, value[key])) return undefined
  return saysError(value) ? errorOf(value) : undefined
}

/** `data` and `result` may stand there only empty. */
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

/** A number beside an answer may be the model's own error, of a regression. */
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

/** Whose fault: by the HTTP status or the kind that the error names; the server's where it names none. */
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
    // JSON-RPC: what was sent is no request, asks for no method or has wrong parameters.
    return number === -32_700 || (number <= -32_600 && number >= -32_602) ? CLIENT_ERROR : undefined
  }
  return typeof code === 'string' && CLIENT_WORDS.test(code) ? CLIENT_ERROR : undefined
}
