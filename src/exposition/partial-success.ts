/**
 * What a receiver says when it took a push but not all of its data points. OpenTelemetry's exporter tells nobody but
 * its own diagnostic logger, just before it calls the push a success.
 */
import { diag, DiagLogLevel } from '@opentelemetry/api'
import { isObject } from '../formats/json-value.ts'

export interface PartialSuccess {
  /** 0 where the receiver only warns. */
  readonly rejectedDataPoints: number
  readonly message: string
}

const LONGEST_MESSAGE = 300

export class PartialSuccessLog {
  #last: PartialSuccess | undefined

  /** Makes this the process's diagnostic logger: there is one, and nothing else uses it. */
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

  /** Of the push that has just ended; `undefined` when all was taken. */
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
  // Integers of 64 bits are texts in OTLP's JSON.
  const rejected = Number(value['rejectedDataPoints'] ?? 0)
  const text = value['errorMessage']
  const message = typeof text === 'string' ? text.slice(0, LONGEST_MESSAGE) : ''
  const rejectedDataPoints = Number.isFinite(rejected) && rejected > 0 ? rejected : 0
  return rejectedDataPoints === 0 && message === '' ? undefined : { rejectedDataPoints, message }
}
