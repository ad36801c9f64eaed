/** Counts the series of recorded metrics with the recorders themselves, using traffic of every kind. */
import { createNoopMeter } from '@opentelemetry/api'
import type { Operation } from '../calls/recognition.ts'
import type { Config } from '../config/schema.ts'
import type { GenerationFacts } from '../generation/generation.ts'
import { SERVER_PHASES } from '../generation/server-phases.ts'
import { configuredBounds } from '../instruments/buckets.ts'
import { LlmRecorder } from '../instruments/llm-recorder.ts'
import { RequestRecorder } from '../instruments/request-recorder.ts'
import { type Exchange, type Message, type Outcome, OUTCOMES } from '../observe/exchange.ts'

/** The usual status code for each failure outcome; other codes would each be a series. */
const STATUS: Readonly<Record<Outcome, number>> = {
  ...{ success: 200, client_error: 422, server_error: 500 },
  ...{ aborted: 0, upstream_closed: 0, upstream_unreachable: 503 },
}
/** Calls other than predictions have three outcomes: success, refusal, failure. */
const PLAIN_OUTCOMES: readonly Outcome[] = ['success', 'client_error', 'server_error']

const message: Message = {
  header: () => undefined,
  ...{ body: new Uint8Array(), bodyBytes: 0, truncated: false, firstByteMs: 0, lastByteMs: 0 },
}
const exchangeThat = (outcome: Outcome): Exchange => ({
  ...{ connection: 0, wireProtocol: 'http/1.1', method: 'POST', target: '/', status: STATUS[outcome] },
  ...{ grpcStatus: undefined, outcome, request: message, response: message },
})

interface Call {
  readonly operation: Operation
  readonly outcomes: readonly Outcome[]
}

function countRequests(config: Config, calls: readonly Call[]): number {
  const recorder = new RequestRecorder({
    latencyBoundsSeconds: configuredBounds(config),
    maxSeries: Number.MAX_SAFE_INTEGER,
    exemplars: false,
    epochMs: () => 0,
  })
  const of = { protocol: 'p', model: 'm', version: '1' } as const
  for (const { operation, outcomes } of calls)
    for (const outcome of outcomes)
      recorder.recordExchange({ ...of, operation, exchange: exchangeThat(outcome) })
  return recorder.series
}

/** For one model: predictions with every outcome, and metadata calls. */
export const modelRequestSeries = (config: Config): number =>
  countRequests(config, [
    { operation: 'predict', outcomes: OUTCOMES },
    { operation: 'health', outcomes: PLAIN_OUTCOMES },
    { operation: 'metadata', outcomes: PLAIN_OUTCOMES },
  ])

/** For requests without a model, and for nonexistent models. */
export const strangeRequestSeries = (config: Config): number =>
  countRequests(config, [
    { operation: 'health', outcomes: PLAIN_OUTCOMES },
    { operation: 'metadata', outcomes: PLAIN_OUTCOMES },
    { operation: 'other', outcomes: OUTCOMES },
  ]) + countRequests(config, [{ operation: 'predict', outcomes: ['client_error', 'server_error'] }])

const facts: GenerationFacts = {
  ...{ operation: 'chat', streamed: false, isComplete: true, brokeOff: false, isEstimated: false },
  ...{ timeToFirstToken: 1, timePerOutputToken: 1, finishReason: 'stop' },
  ...{ inputTokens: 1, outputTokens: 1, cachedTokens: 1, reasoningTokens: 1 },
  phaseSeconds: Object.fromEntries(SERVER_PHASES.map((phase) => [phase, 1])),
}

/** Additional series of a language model: chat calls, and answers with every outcome. */
export function languageModelSeries(config: Config): number {
  const recorder = new LlmRecorder({ meter: createNoopMeter(), maxSeries: Number.MAX_SAFE_INTEGER })
  const of = { protocol: 'p', operation: 'chat', model: 'm', version: '1' } as const
  for (const outcome of OUTCOMES) recorder.recordAnswer({ ...of, exchange: exchangeThat(outcome) }, facts)
  const stream: GenerationFacts = { ...facts, streamed: true }
  const success = exchangeThat('success')
  recorder.recordAnswer({ ...of, exchange: success }, { ...stream, finishReason: 'error' })
  recorder.recordAnswer({ ...of, exchange: success }, { ...stream, isComplete: false, brokeOff: true })
  return recorder.series + countRequests(config, [{ operation: 'chat', outcomes: OUTCOMES }])
}
