/**
 * An error of code that reads payloads, as a log line may show it. Messages of V8 quote what they complain about
 * (`Unexpected token 'a', "ann@..." is not valid JSON`), so only the kind, the code and the places in the code remain.
 */
export interface LoggableError {
  readonly type: string
  /** Of Node's own errors, such as `ERR_WORKER_OUT_OF_MEMORY`. */
  readonly code?: string
  /** The places in the code, without the message. */
  readonly stack: string
}

export function errorForLog(error: unknown): LoggableError {
  if (!(error instanceof Error)) return { type: typeof error, stack: '' }
  const { name, message, stack = '' } = error
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : undefined
  return { type: name, ...code, stack: placesIn(stack, message) }
}

/** Nothing if the message has changed since the error was made, because its end is then unknown. */
function placesIn(stack: string, message: string): string {
  const start = stack.indexOf(message)
  return start < 0 ? '' : stack.slice(start + message.length).trimStart()
}
