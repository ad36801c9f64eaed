/** Durations of a call's phases inside the server, from TGI's and TEI's headers of unstreamed answers. */
import type { Call } from '../calls/call.ts'
import { headerNumber } from '../calls/header-number.ts'

/** In processing order: the values of the label `phase`. */
export const SERVER_PHASES = ['validation', 'tokenization', 'queue', 'inference'] as const
export type ServerPhase = (typeof SERVER_PHASES)[number]

export type PhaseSeconds = Readonly<Partial<Record<ServerPhase, number>>>

/** Each is in milliseconds. */
const HEADERS = {
  validation: 'x-validation-time',
  tokenization: 'x-tokenization-time',
  queue: 'x-queue-time',
  inference: 'x-inference-time',
} as const satisfies Record<ServerPhase, string>

/** `undefined` when the server reports no phases, as most do. */
export function phaseSecondsOf(call: Call): PhaseSeconds | undefined {
  if (headerNumber(call, HEADERS.inference) === undefined) return undefined
  const seconds: Partial<Record<ServerPhase, number>> = {}
  for (const phase of SERVER_PHASES) {
    const milliseconds = headerNumber(call, HEADERS[phase])
    if (milliseconds !== undefined) seconds[phase] = milliseconds / 1000
  }
  return seconds
}
