/**
 * The receiver's report of a push with rejected data points. OpenTelemetry's exporter only passes it to its diagnostic
 * logger, just before it reports the push as a success.
 */
import { diag, DiagLogLevel } from '@opentelemetry/api'
import { isObject } from '../formats/json-value.ts'

export interface PartialSuccess {
  /** 0 for a mere warning. */
  readonly rejectedDataPoints: number
  readonly message: string
}

const LONGEST_MESSAGE = 300

export class PartialSuccessLog {
  #last: PartialSuccess | undefined

  /** Installs this as the process's diagnostic logger, which nothing else uses. */
  listen(): void {
    const ignore = (): void => undefined
    const warn = (message: string, ...details: unknown[]): void => {
      if (message.startsWith('Received Partial Success')) this.#last = parsePartialSuccess(details[0])
    }
    diag.setLogger(
      { error: ignore, warn, info: ignore, debug: ignore, verbose: ignore },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    )
  }

  /** The report of the last push; `undefined` when everything was accepted. */
  readonly take = (): PartialSuccess | undefined => {
    const last = this.#last
    this.#last = undefined
    return last
  }
}

export function parsePartialSuccess(details: unknown): PartialSuccess | undefined {
  if (typeof details !== 'string') return undefined
  let value: unknown
  try {
    value = JSON.parse(details)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  // 64-bit integers are strings in OTLP's JSON.
  const rejected = Number(value['rejectedDataPoints'] ?? 0)
  const text = value['errorMessage']
  const message = typeof text === 'string' ? text.slice(0, LONGEST_MESSAGE) : ''
  const rejectedDataPoints = Number.isFinite(rejected) && rejected > 0 ? rejected : 0
  return rejectedDataPoints === 0 && message === '' ? undefined : { rejectedDataPoints, message }
}
