/**
 * Answers of language models. Metrics that exist in OpenTelemetry's GenAI conventions for servers have their names and
 * bounds; the others are modeltap's own. The conventions are in development, so all of these metrics are experimental,
 * and only this file uses their names: docs/decisions/language-models.md.
 *
 * https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-metrics.md
 */
import { recorded } from './metric.ts'

/** The conventions' attributes as labels: dots become underscores, as in Prometheus' conversion of OTLP. */
export const GEN_AI_LABELS = {
  operation: 'gen_ai_operation_name',
  provider: 'gen_ai_provider_name',
  errorType: 'error_type',
  tokenType: 'gen_ai_token_type',
} as const

/** `model` is the conventions' `gen_ai.request.model`, under modeltap's usual name. */
const LABELS = ['model', 'version', GEN_AI_LABELS.operation, GEN_AI_LABELS.provider] as const

/** Inclusive upper bounds in seconds, as recommended by the conventions where they define the metric. */
export const LLM_BOUNDS_SECONDS = {
  requestDuration: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  timeToFirstToken: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  phaseDuration: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  timePerOutputToken: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
} as const satisfies Record<string, readonly number[]>

/** Why a stream ended early; the label `reason`. */
export const STREAM_BREAKS = ['aborted', 'upstream_closed', 'error', 'incomplete'] as const
export type StreamBreak = (typeof STREAM_BREAKS)[number]

/** `gen_ai.token.type` has no values for parts of these two; cached and reasoning tokens have their own metrics. */
export type TokenType = 'input' | 'output'

const stability = 'experimental'
const ZERO = 'Starts at 0 with the first answer of a model.'

const llmRequestDuration = recorded({
  name: 'gen_ai_server_request_duration_seconds',
  type: 'histogram',
  unit: 'seconds',
  labels: [...LABELS, GEN_AI_LABELS.errorType],
  help: 'Time from the first byte of a request for generated text or embeddings to the last byte of its answer, in seconds; error_type is empty for a success.',
  absence: 'Absent until such a request has ended.',
  stability,
})

const timeToFirstToken = recorded({
  name: 'gen_ai_server_time_to_first_token_seconds',
  type: 'histogram',
  unit: 'seconds',
  labels: LABELS,
  help: 'Time from the first byte of a request to the first piece of content, reasoning or a tool call in its stream, in seconds.',
  absence: 'Absent until an answer was streamed; answers that come in one piece are not in it.',
  stability,
})

const timePerOutputToken = recorded({
  name: 'gen_ai_server_time_per_output_token_seconds',
  type: 'histogram',
  unit: 'seconds',
  labels: LABELS,
  help: 'Time from the first token of a streamed answer to its end, for each further output token, in seconds.',
  absence: 'Absent until an answer of at least two tokens was streamed.',
  stability,
})

const phaseDuration = recorded({
  name: 'modeltap_llm_phase_duration_seconds',
  type: 'histogram',
  unit: 'seconds',
  labels: [...LABELS, 'phase'],
  help: 'Time that a request spent in a phase inside the server (validation, tokenization, queue, inference), as the response headers report it, in seconds.',
  absence:
    'Absent for servers that do not report it; TGI and TEI report it for responses that are not streamed.',
  stability,
})

const tokens = recorded({
  name: 'modeltap_llm_tokens_total',
  type: 'counter',
  unit: 'tokens',
  labels: [...LABELS, GEN_AI_LABELS.tokenType, 'estimated'],
  help: 'Tokens read (input) and written (output), as the server reports them; estimated is true when the server reports none and modeltap counts the chunks of the stream.',
  absence: ZERO,
  stability,
})

const cachedTokens = recorded({
  name: 'modeltap_llm_cached_tokens_total',
  type: 'counter',
  unit: 'tokens',
  labels: LABELS,
  help: 'Input tokens that the server had in its cache; they are among the input tokens of modeltap_llm_tokens_total.',
  absence: ZERO,
  stability,
})

const reasoningTokens = recorded({
  name: 'modeltap_llm_reasoning_tokens_total',
  type: 'counter',
  unit: 'tokens',
  labels: LABELS,
  help: 'Output tokens that were reasoning; they are among the output tokens of modeltap_llm_tokens_total.',
  absence: ZERO,
  stability,
})

const finishReasons = recorded({
  name: 'modeltap_llm_finish_reasons_total',
  type: 'counter',
  unit: 'requests',
  labels: [...LABELS, 'reason'],
  help: 'Responses by finish reason; length means that the token limit cut the response.',
  absence:
    'Every reason starts at 0 with the first answer of a model; answers without a reason are not in it.',
  stability,
})

const streams = recorded({
  name: 'modeltap_llm_streams_total',
  type: 'counter',
  unit: 'requests',
  labels: LABELS,
  help: 'Finished streamed responses, complete or not.',
  absence: ZERO,
  stability,
})

const streamsAborted = recorded({
  name: 'modeltap_llm_streams_aborted_total',
  type: 'counter',
  unit: 'requests',
  labels: [...LABELS, 'reason'],
  help: 'Streamed responses that did not complete: the client disconnected (aborted), the server closed the connection (upstream_closed), sent an error, or omitted the last event (incomplete).',
  absence: 'Every reason starts at 0 with the first answer of a model.',
  stability,
})

/** In the order of the exposition. */
export const llmMetrics = {
  llmRequestDuration,
  timeToFirstToken,
  timePerOutputToken,
  phaseDuration,
  tokens,
  cachedTokens,
  reasoningTokens,
  finishReasons,
  streams,
  streamsAborted,
} as const
