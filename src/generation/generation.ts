/** What is known of an answer that a language model wrote, whatever the format it came in. */
import type { AnswerError } from '../calls/answer-error.ts'
import { isObject, type JsonObject } from '../formats/json-value.ts'
import { TextMeter } from '../records/free-text.ts'
import type { PhaseSeconds } from './server-phases.ts'

/** Why a model stopped, in the words of the chat completions format; a closed set, so that it can be a label. */
export const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'content_filter', 'error', 'other'] as const
export type FinishReason = (typeof FINISH_REASONS)[number]

/** What was asked for, in the words of OpenTelemetry's `gen_ai.operation.name`. */
export type GenerationOperation = 'chat' | 'text_completion' | 'embeddings'

/** Counts are `undefined` where nothing says them. Times are in seconds. */
export interface GenerationFacts {
  readonly operation: GenerationOperation
  readonly streamed: boolean
  /** From the first byte of the request to the first piece of content, reasoning or a tool call; streams only. */
  readonly timeToFirstToken: number | undefined
  /** From the first piece to the end, for each output token but the first; of a stream that broke off, to its last piece. */
  readonly timePerOutputToken: number | undefined
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
  /** Input tokens that the server had in its cache. */
  readonly cachedTokens: number | undefined
  readonly reasoningTokens: number | undefined
  /** `outputTokens` is the number of pieces, as no usage came. */
  readonly isEstimated: boolean
  readonly finishReason: FinishReason | undefined
  /** The last event of a stream came, or the reason why it ended, or the answer in one piece. */
  readonly isComplete: boolean
  /** A stream ended without any of these, and all of it was seen. */
  readonly brokeOff: boolean
  /** Where the server says how long its phases took. */
  readonly phaseSeconds?: PhaseSeconds | undefined
}

/** What the meter cannot know of an answer. Times are in milliseconds of the monotonic clock. */
export interface AnswerFrame {
  readonly operation: GenerationOperation
  readonly streamed: boolean
  /** All of the answer was read. */
  readonly isWhole: boolean
  /** First byte of the request. */
  readonly requestMs: number
  /** Last byte of the answer; NaN when it did not come whole. */
  readonly endMs: number
}

const FINISH_WORDS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  eos_token: 'stop',
  completed: 'stop',
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  model_context_window_exceeded: 'length',
  incomplete: 'length',
  tool_calls: 'tool_calls',
  tool_use: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  refusal: 'content_filter',
  error: 'error',
  failed: 'error',
}

/** More answers to one prompt than this are not told apart. */
const MOST_CHOICES = 128
/** Beyond it a count is nonsense; what a counter adds up has to stay a number. */
const MOST_TOKENS = 1e9

/** Collects the pieces of one answer: events of a stream, or a whole answer at once. */
export class GenerationMeter {
  readonly text = new TextMeter()
  pieces = 0
  toolCalls = 0
  firstPieceMs = NaN
  lastPieceMs = NaN
  inputTokens: number | undefined
  outputTokens: number | undefined
  cachedTokens: number | undefined
  reasoningTokens: number | undefined
  finishReason: FinishReason | undefined
  /** The model that answered, by its own words; the empty string where it does not say. */
  model = ''
  /** How the server says that it failed. */
  error: AnswerError | undefined
  /** The last event of the stream came. */
  hasEnded = false
  /** Pieces may be missing: counts are too low. */
  hasGap = false
  #missedStart = false
  /** Answers to the same prompt that have begun and have no finish reason. */
  readonly #open = new Set<number>()

  /** Not every server sends a last event; an answer that says why it ended has ended. */
  get isComplete(): boolean {
    return this.hasEnded || (this.finishReason !== undefined && this.#open.size === 0)
  }

  /** Something of the answer was lost, here between the pieces. */
  lose(): void {
    this.hasGap = true
    if (this.pieces === 0) this.#missedStart = true
  }

  /** Text that the reader gets. */
  addText(text: unknown, timeMs: number): void {
    if (typeof text !== 'string' || text === '') return
    this.text.add(text)
    this.#addPiece(timeMs)
  }

  /** Reasoning, arguments of a tool, sound: it took the model's time but is not text that the reader gets. */
  addHidden(piece: unknown, timeMs: number): void {
    if (typeof piece === 'string' ? piece !== '' : Array.isArray(piece) && piece.length > 0)
      this.#addPiece(timeMs)
  }

  /** @param choice which of several answers to the same prompt */
  begin(choice: number): void {
    if (this.#open.size < MOST_CHOICES) this.#open.add(choice)
  }

  finish(reason: unknown, choice = 0): void {
    if (typeof reason !== 'string' || reason === '') return
    this.#open.delete(choice)
    if (this.error !== undefined) return
    const word = Object.hasOwn(FINISH_WORDS, reason) ? FINISH_WORDS[reason] : 'other'
    if (word === 'error') this.fail({ outcome: 'server_error' })
    else this.finishReason = word
  }

  /** Whatever comes after it, the answer has failed. */
  fail(error: AnswerError): void {
    this.error ??= error
    this.finishReason = 'error'
  }

  /** Any of the usage objects in use; later ones win, as streams count up. A 0 does not take back what was counted. */
  use(usage: unknown): void {
    if (!isObject(usage)) return
    this.inputTokens = later(this.inputTokens, inputTokensOf(usage))
    this.outputTokens = later(
      this.outputTokens,
      countOf(usage, 'completion_tokens', 'output_tokens', 'eval_count'),
    )
    this.cachedTokens = later(
      this.cachedTokens,
      countIn(usage, ['prompt_tokens_details', 'input_tokens_details'], 'cached_tokens') ??
        countOf(usage, 'cache_read_input_tokens', 'prompt_cache_hit_tokens', 'cached_tokens'),
    )
    this.reasoningTokens = later(
      this.reasoningTokens,
      countIn(usage, ['completion_tokens_details', 'output_tokens_details'], 'reasoning_tokens') ??
        countOf(usage, 'reasoning_tokens'),
    )
  }

  facts({ operation, streamed, isWhole, requestMs, endMs }: AnswerFrame): GenerationFacts {
    const tokens = this.outputTokens ?? (streamed && this.pieces > 0 ? this.pieces : undefined)
    const isEstimated = this.outputTokens === undefined && tokens !== undefined
    const isTimed = streamed && !this.#missedStart && !Number.isNaN(this.firstPieceMs - requestMs)
    const isPaced = isTimed && tokens !== undefined && tokens > 1 && (isWhole || !isEstimated)
    const spanMs = (Number.isNaN(endMs) ? this.lastPieceMs : endMs) - this.firstPieceMs
    return {
      operation,
      streamed,
      timeToFirstToken: isTimed ? Math.max(0, (this.firstPieceMs - requestMs) / 1000) : undefined,
      timePerOutputToken: isPaced ? Math.max(0, spanMs / 1000 / (tokens - 1)) : undefined,
      inputTokens: this.inputTokens,
      outputTokens: tokens,
      cachedTokens: this.cachedTokens,
      reasoningTokens: this.reasoningTokens,
      isEstimated,
      finishReason: this.finishReason,
      isComplete: this.isComplete,
      brokeOff: streamed && isWhole && !this.isComplete,
    }
  }

  #addPiece(timeMs: number): void {
    this.pieces += 1
    if (Number.isNaN(this.firstPieceMs)) this.firstPieceMs = timeMs
    this.lastPieceMs = timeMs
  }
}

function later(known: number | undefined, told: number | undefined): number | undefined {
  if (told === undefined) return known
  return told === 0 ? (known ?? 0) : told
}

/** The messages format counts apart what was read from the cache or written to it; all others count it in. */
function inputTokensOf(usage: JsonObject): number | undefined {
  const tokens = countOf(usage, 'prompt_tokens', 'input_tokens', 'prompt_eval_count')
  if (tokens === undefined) return undefined
  const cached = countOf(usage, 'cache_read_input_tokens') ?? 0
  return tokens + cached + (countOf(usage, 'cache_creation_input_tokens') ?? 0)
}

function countOf(usage: JsonObject, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const count = usage[key]
    if (typeof count === 'number' && count >= 0 && count <= MOST_TOKENS) return count
  }
  return undefined
}

function countIn(usage: JsonObject, groups: readonly string[], key: string): number | undefined {
  for (const group of groups) {
    const details = usage[group]
    const count = isObject(details) ? countOf(details, key) : undefined
    if (count !== undefined) return count
  }
  return undefined
}
